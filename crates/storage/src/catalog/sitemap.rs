//! The addresses of all games that are shown, a stretch of numbers at a time.

use std::ops::RangeInclusive;

use domain::clock::Timestamp;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::CatalogRepository;
use crate::Error;
use crate::tables::Games;

/// A game as a list of addresses names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapEntry {
    /// Its address in the shop.
    pub slug: String,
    /// When its page last came to say something else.
    pub changed_at: Timestamp,
}

impl<C: ConnectionTrait> CatalogRepository<'_, C> {
    /// The games that are shown and bear one of these numbers, in that order: one statement.
    pub async fn listed(&self, numbers: RangeInclusive<i64>) -> Result<Vec<SitemapEntry>, Error> {
        let select = Query::select()
            .columns([Games::Slug, Games::UpdatedAt, Games::Hidden])
            .from(Games::Table)
            .and_where(Expr::col(Games::Number).between(*numbers.start(), *numbers.end()))
            .order_by(Games::Number, Order::Asc)
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        let mut listed = Vec::with_capacity(rows.len());
        for found in rows {
            // Asked for what is not hidden, SQLite takes an index of that column and reads all games for one stretch.
            if !found.try_get_by_index::<bool>(2)? {
                listed.push(SitemapEntry {
                    slug: found.try_get_by_index(0)?,
                    changed_at: Timestamp::from_micros(found.try_get_by_index(1)?),
                });
            }
        }
        Ok(listed)
    }
}
