//! Runs as staff watch them: listed, the last one of each supplier, and what parked ones would change.

use domain::id::{GameId, OfferId, ProductId};
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{SyncRun, SyncRunRepository, run};
use crate::listing::{Conditions, ListSource, SortKind, page};
use crate::{Error, sql};

/// A change that waits for a decision, with what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingChange {
    /// The offer.
    pub offer: OfferId,
    /// Its game.
    pub game: GameId,
    /// The game's title.
    pub title: String,
    /// The supplier's product.
    pub product: ProductId,
    /// Copies that the supplier has.
    pub supplier_qty: i64,
    /// The present price.
    pub price: Cents,
    /// The lower price; `None` if the offer would be hidden.
    pub lower: Option<Cents>,
}

const COLUMNS: &str = "r.id, r.supplier, r.kind, r.holder, r.started_at, r.finished_at, r.outcome, r.progress, r.report, \
                       r.parked_at";
const RUNS: ListSource = ListSource {
    columns: "r.id, r.supplier, r.kind, r.holder, r.started_at, r.finished_at, r.outcome, r.progress, r.report, \
              r.parked_at",
    joins: "JOIN sync_runs r ON r.id = k.id",
    table: "sync_runs l",
    id: "l.id",
    usual: ("begun", "l.started_at", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> SyncRunRepository<'_, C> {
    /// Runs by when they began (`begun`). Filters: `supplier`; `kind`; `outcome`, which may be `open`.
    pub async fn watched_list(&self, query: &ListQuery) -> Result<ListPage<SyncRun>, Error> {
        let mut conditions = Conditions::default();
        for (name, column) in [("supplier", "l.supplier"), ("kind", "l.kind")] {
            match query.filter(name) {
                "" => {}
                value => conditions.add(&format!("{column} = ?"), [value.into()]),
            }
        }
        match query.filter("outcome") {
            "" => {}
            "open" => conditions.add("l.outcome IS NULL", []),
            outcome => conditions.add("l.outcome = ?", [outcome.into()]),
        }
        page(self.conn, &RUNS, query, conditions, run).await
    }

    /// The run of each supplier that began last: one statement.
    pub async fn latest_of_each(&self) -> Result<Vec<SyncRun>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM (SELECT DISTINCT supplier FROM sync_runs) s JOIN sync_runs r ON r.id = \
             (SELECT l.id FROM sync_runs l WHERE l.supplier = s.supplier ORDER BY l.started_at DESC, l.id DESC LIMIT 1)"
        );
        let rows = sql::all(self.conn, &text, []).await?;
        rows.iter().map(run).collect()
    }

    /// Some of the changes of a run that wait for a decision, the offers that would be hidden first.
    pub async fn waiting(&self, run: Uuid, limit: u32) -> Result<Vec<WaitingChange>, Error> {
        let text = format!(
            "SELECT p.offer_id, o.game_id, g.title, o.product_id, o.supplier_qty, o.price_cents, p.hides, \
             p.price_cents AS lower_cents FROM parked_changes p JOIN offers o ON o.id = p.offer_id \
             JOIN games g ON g.id = o.game_id WHERE p.run_id = $1 ORDER BY p.hides DESC, p.offer_id LIMIT {limit}"
        );
        let rows = sql::all(self.conn, &text, [run.into()]).await?;
        rows.iter().map(waiting).collect()
    }

    /// How many offers a run would hide, and how many prices it would lower.
    pub async fn waiting_counts(&self, run: Uuid) -> Result<(u64, u64), Error> {
        let text = "SELECT COUNT(CASE WHEN hides THEN 1 END), COUNT(CASE WHEN NOT hides THEN 1 END) \
                    FROM parked_changes WHERE run_id = $1";
        let Some(row) = sql::one(self.conn, text, [run.into()]).await? else {
            return Ok((0, 0));
        };
        let (hides, lower): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok((hides.unsigned_abs(), lower.unsigned_abs()))
    }
}

fn waiting(row: &QueryResult) -> Result<WaitingChange, Error> {
    let product: String = row.try_get_by_index(3)?;
    let lower = Cents::new(row.try_get_by_index(7)?);
    Ok(WaitingChange {
        offer: OfferId(row.try_get_by_index(0)?),
        game: GameId(row.try_get_by_index(1)?),
        title: row.try_get_by_index(2)?,
        product: ProductId::parse(&product).ok_or_else(|| Error::Unreadable {
            table: "offers",
            reason: format!("product {product:?}"),
        })?,
        supplier_qty: row.try_get_by_index(4)?,
        price: Cents::new(row.try_get_by_index(5)?),
        lower: (!row.try_get_by_index::<bool>(6)?).then_some(lower),
    })
}
