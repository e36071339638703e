//! Lists of games: filtered, sorted, one page at a time.

use domain::catalog::{Game, GameFilter, Page, Sort};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};

use super::{Catalog, row};
use crate::tables::{Games, Links, Term, Terms};
use crate::{Error, portable};

impl<C: ConnectionTrait> Catalog<'_, C> {
    /// One page of the games that `filter` admits: three statements, whatever the page's size.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, filter: &GameFilter) -> Result<Page<Game>, Error> {
        let count = Query::select()
            .expr_as(Expr::cust("COUNT(*)"), "games")
            .from(Games::Table)
            .cond_where(conditions(filter))
            .to_owned();
        let total = match self.conn.query_one(&count).await? {
            Some(row) => u64::try_from(row.try_get::<i64>("", "games")?).unwrap_or(0),
            None => 0,
        };
        let offset = u64::from(filter.page.saturating_sub(1)) * u64::from(filter.page_size);
        let items = if offset < total {
            let mut select = row::select();
            select
                .cond_where(conditions(filter))
                .limit(u64::from(filter.page_size))
                .offset(offset);
            sort(&mut select, filter.sort);
            self.read(&select).await?
        } else {
            Vec::new()
        };
        Ok(Page {
            items,
            total,
            page: filter.page,
            page_size: filter.page_size,
        })
    }

    /// The first games for sale in the given order that were released in the days from and to (`yyyy-mm-dd`).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn released(
        &self,
        after: Option<&str>,
        until: Option<&str>,
        newest_first: bool,
        limit: u64,
    ) -> Result<Vec<Game>, Error> {
        let order = if newest_first { Order::Desc } else { Order::Asc };
        let mut select = row::select();
        select
            .cond_where(conditions(&GameFilter::default()))
            .and_where(Expr::col(Games::ReleaseDate).is_not_null())
            .and_where_option(after.map(|day| Expr::col(Games::ReleaseDate).gt(day)))
            .and_where_option(until.map(|day| Expr::col(Games::ReleaseDate).lte(day)))
            .order_by(Games::ReleaseDate, order)
            .order_by(Games::Id, Order::Asc)
            .limit(limit);
        self.read(&select).await
    }
}

/// Copies for sale, as a number that the database computes.
pub(super) fn for_sale() -> SimpleExpr {
    Expr::col(Games::SupplierQty).sub(Expr::col(Games::Reserved))
}

pub(super) fn conditions(filter: &GameFilter) -> Cond {
    let one_of = |column: Games, names: &[String]| (!names.is_empty()).then(|| Expr::col(column).is_in(names));
    let mut all = Cond::all().add(Expr::col((Games::Table, Games::Hidden)).eq(false));
    if filter.in_stock_only {
        all = all.add(for_sale().gt(0));
    }
    for word in filter.search.split(' ').filter(|word| !word.is_empty()) {
        // Folded text is letters, digits and spaces alone, so that no character of it means anything to LIKE.
        all = all.add(Expr::col(Games::SearchText).like(format!("%{word}%")));
    }
    all.add_option(
        filter
            .min_price
            .map(|price| Expr::col(Games::PriceCents).gte(price.get())),
    )
    .add_option(
        filter
            .max_price
            .map(|price| Expr::col(Games::PriceCents).lte(price.get())),
    )
    .add_option(
        filter
            .multiplayer
            .map(|played_online| Expr::col(Games::Multiplayer).eq(played_online)),
    )
    .add_option(
        filter
            .released_from
            .map(|year| Expr::col(Games::ReleaseDate).gte(format!("{year:04}-01-01"))),
    )
    .add_option(
        filter
            .released_to
            .map(|year| Expr::col(Games::ReleaseDate).lte(format!("{year:04}-12-31"))),
    )
    .add_option(one_of(Games::ActivationService, &filter.activation_services))
    .add_option(one_of(Games::Region, &filter.regions))
    .add_option(one_of(Games::Publisher, &filter.publishers))
    .add_option(linked_to(Term::Platform, &filter.platforms))
    .add_option(linked_to(Term::Genre, &filter.genres))
}

fn linked_to(term: Term, names: &[String]) -> Option<SimpleExpr> {
    let (links, table) = (Alias::new(term.links_name()), Alias::new(term.table_name()));
    let linked = Query::select()
        .column((links.clone(), Links::GameId))
        .from(links.clone())
        .inner_join(
            table.clone(),
            Expr::col((table.clone(), Terms::Id)).equals((links, Links::TermId)),
        )
        .and_where(Expr::col((table, Terms::Name)).is_in(names))
        .to_owned();
    (!names.is_empty()).then(|| Expr::col((Games::Table, Games::Id)).in_subquery(linked))
}

fn sort(select: &mut SelectStatement, sort: Sort) {
    match sort {
        Sort::Popular => portable::order_nulls_last(select, for_sale(), Order::Desc),
        Sort::Newest => portable::order_nulls_last(select, Expr::col(Games::ReleaseDate), Order::Desc),
        Sort::PriceAsc => portable::order_nulls_last(select, Expr::col(Games::PriceCents), Order::Asc),
        Sort::PriceDesc => portable::order_nulls_last(select, Expr::col(Games::PriceCents), Order::Desc),
    }
    select.order_by((Games::Table, Games::Id), Order::Asc);
}
