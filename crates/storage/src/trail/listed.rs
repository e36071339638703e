//! The trail as staff list it: newest first, filtered, by pages.

use domain::listing::{ListPage, ListPlace, ListQuery, ListStart, SortValue};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use super::{StoredEntry, TrailRepository, entries, number, signed};
use crate::Error;
use crate::listing::cut;

/// Which entries are asked for; without anything all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Only those of this account or command.
    pub actor: Option<String>,
    /// Only those with this action.
    pub action: Option<String>,
    /// Only those about this kind of thing.
    pub subject_kind: Option<String>,
    /// Only those about things with this id.
    pub subject: Option<String>,
}

impl<C: ConnectionTrait> TrailRepository<'_, C> {
    /// Up to `limit` entries before the number `before`, newest first, without the first `skipped` ones.
    pub async fn list(
        &self,
        filter: &TrailFilter,
        before: Option<u64>,
        limit: u32,
        skipped: u64,
    ) -> Result<Vec<StoredEntry>, Error> {
        let mut select = entries();
        filter.apply(&mut select);
        if let Some(before) = before {
            select.and_where(Expr::col(("trail_entries", "seq")).lt(signed(before)));
        }
        select
            .order_by(("trail_entries", "seq"), Order::Desc)
            .limit(u64::from(limit))
            .offset(skipped);
        self.read(&select).await
    }

    /// A page of the entries by their numbers; the filters of `query` are not looked at.
    pub async fn managed_list(&self, filter: &TrailFilter, query: &ListQuery) -> Result<ListPage<StoredEntry>, Error> {
        let mut select = entries();
        filter.apply(&mut select);
        let is_backward = matches!(query.start, ListStart::Before(_));
        let is_falling = query.is_descending != is_backward;
        let seq = || Expr::col(("trail_entries", "seq"));
        if let Some(ListPlace {
            value: SortValue::Number(place),
            ..
        }) = query.start.place()
        {
            select.and_where(if is_falling { seq().lt(*place) } else { seq().gt(*place) });
        }
        let order = if is_falling { Order::Desc } else { Order::Asc };
        select
            .order_by(("trail_entries", "seq"), order)
            .limit(u64::from(query.limit) + 1);
        let found = self.read(&select).await?.into_iter().map(|entry| {
            let place = ListPlace {
                value: SortValue::Number(signed(entry.0.seq)),
                id: Uuid::nil(),
            };
            (place, entry)
        });
        Ok(cut(found.collect(), query))
    }

    /// How many entries there are.
    pub async fn count(&self, filter: &TrailFilter) -> Result<u64, Error> {
        let mut select = Query::select();
        select.expr_as(Expr::cust("COUNT(*)"), "seq").from("trail_entries");
        filter.apply(&mut select);
        let row = self.conn.query_one(&select).await?;
        row.as_ref().map_or(Ok(0), number)
    }
}

impl TrailFilter {
    fn apply(&self, select: &mut SelectStatement) {
        for (column, wanted) in [
            ("actor", &self.actor),
            ("action", &self.action),
            ("subject_kind", &self.subject_kind),
            ("subject", &self.subject),
        ] {
            if let Some(wanted) = wanted {
                select.and_where(Expr::col(("trail_entries", column)).eq(wanted.as_str()));
            }
        }
    }
}
