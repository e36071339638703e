//! What the catalogue can be filtered by, counted over the games for sale.

use domain::catalog::{Facet, FilterOptions, GameFilter};
use domain::money::Cents;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};

use super::Catalog;
use super::list::conditions;
use crate::Error;
use crate::tables::{Games, Links, Term, Terms};

/// The most names that one filter offers.
const FACETS_MAX: u64 = 100;

impl<C: ConnectionTrait> Catalog<'_, C> {
    /// What games for sale can be filtered by: six statements, whatever the catalogue's size.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn filter_options(&self) -> Result<FilterOptions, Error> {
        Ok(FilterOptions {
            platforms: self.facets(by_term(Term::Platform)).await?,
            genres: self.facets(by_term(Term::Genre)).await?,
            publishers: self.facets(by_column(Games::Publisher)).await?,
            activation_services: self.facets(by_column(Games::ActivationService)).await?,
            regions: self.facets(by_column(Games::Region)).await?,
            price_range: self.price_range().await?,
        })
    }

    async fn facets(&self, mut select: SelectStatement) -> Result<Vec<Facet>, Error> {
        select
            .order_by_expr(Expr::cust("games"), Order::Desc)
            .order_by_expr(Expr::cust("name"), Order::Asc)
            .limit(FACETS_MAX);
        let mut facets = Vec::new();
        for row in self.conn.query_all(&select).await? {
            let games = u64::try_from(row.try_get::<i64>("", "games")?).unwrap_or(0);
            facets.push(Facet {
                name: row.try_get("", "name")?,
                games,
            });
        }
        Ok(facets)
    }

    async fn price_range(&self) -> Result<(Cents, Cents), Error> {
        let select = for_sale()
            .expr_as(Expr::col(Games::PriceCents).min(), "cheapest")
            .expr_as(Expr::col(Games::PriceCents).max(), "dearest")
            .to_owned();
        let Some(row) = self.conn.query_one(&select).await? else {
            return Ok((Cents::ZERO, Cents::ZERO));
        };
        let price = |column: &str| -> Result<Cents, Error> {
            Ok(Cents::new(row.try_get::<Option<i64>>("", column)?.unwrap_or(0)))
        };
        Ok((price("cheapest")?, price("dearest")?))
    }
}

fn for_sale() -> SelectStatement {
    Query::select()
        .from(Games::Table)
        .cond_where(conditions(&GameFilter::default()))
        .to_owned()
}

fn counted(mut select: SelectStatement, name: SimpleExpr) -> SelectStatement {
    select
        .expr_as(name.clone(), "name")
        .expr_as(Expr::cust("COUNT(*)"), "games")
        .add_group_by([name]);
    select
}

fn by_column(column: Games) -> SelectStatement {
    let mut select = for_sale();
    select.and_where(Expr::col(column).is_not_null());
    counted(select, Expr::col(column))
}

fn by_term(term: Term) -> SelectStatement {
    let (links, names) = (Alias::new(term.links_name()), Alias::new(term.table_name()));
    let mut select = for_sale();
    select
        .inner_join(
            links.clone(),
            Expr::col((links.clone(), Links::GameId)).equals((Games::Table, Games::Id)),
        )
        .inner_join(
            names.clone(),
            Expr::col((names.clone(), Terms::Id)).equals((links, Links::TermId)),
        );
    counted(select, Expr::col((names, Terms::Name)))
}
