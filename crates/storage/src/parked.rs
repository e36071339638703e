//! Parked changes: what runs of syncs found and did not do.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, SupplierName};
use domain::money::Cents;
use domain::parking::{HeldChanges, Parked, ParkedChange};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use crate::dialect::Kind;
use crate::tables::ParkedChanges;
use crate::{Error, dialect, sql};

/// The repository of parked changes.
#[derive(Clone, Copy, Debug)]
pub struct ParkedRepository<'a, C> {
    conn: &'a C,
}

/// Which changes of a run are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Lower prices of offers that are still sold at the higher one.
    LowerOfSold,
    /// Offers to be hidden.
    Hides,
    /// All.
    All,
}

const COLUMNS: [(&str, Kind); 6] = [
    ("offer_id", Kind::Uuid),
    ("run_id", Kind::Uuid),
    ("hides", Kind::Truth),
    ("cost_cents", Kind::Number),
    ("price_cents", Kind::Number),
    ("fingerprint", Kind::Number),
];

impl<'a, C: ConnectionTrait> ParkedRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Changes of a run, at most `limit`, in the order of their offers.
    pub async fn of_run(&self, run: Uuid, which: Which, limit: u32) -> Result<Vec<ParkedChange>, Error> {
        let condition = match which {
            Which::LowerOfSold => "AND NOT p.hides AND NOT o.parked",
            Which::Hides => "AND p.hides",
            Which::All => "",
        };
        let text = format!(
            "SELECT p.offer_id, o.game_id, p.hides, p.cost_cents, p.price_cents, p.fingerprint FROM parked_changes p \
             JOIN offers o ON o.id = p.offer_id WHERE p.run_id = $1 {condition} \
             ORDER BY p.offer_id LIMIT {limit}"
        );
        let rows = sql::all(self.conn, &text, [run.into()]).await?;
        rows.iter().map(change).collect()
    }

    /// What a run would change, and of how many of its supplier's offers. Offers that it added do not count.
    pub async fn held(&self, run: Uuid, supplier: &SupplierName, begun: Timestamp) -> Result<HeldChanges, Error> {
        let sold = "NOT o.hidden AND NOT o.parked AND o.supplier_qty > o.reserved";
        let text = format!(
            "SELECT COUNT(CASE WHEN p.hides THEN 1 END), \
             COUNT(CASE WHEN p.hides AND {sold} THEN 1 END), \
             COUNT(CASE WHEN NOT p.hides AND NOT o.parked THEN 1 END), \
             COUNT(CASE WHEN NOT p.hides AND o.parked THEN 1 END) \
             FROM parked_changes p JOIN offers o ON o.id = p.offer_id WHERE p.run_id = $1"
        );
        let found = sql::one(self.conn, &text, [run.into()]).await?;
        let mut held = HeldChanges::default();
        if let Some(row) = found {
            held.hides = count(&row, 0)?;
            held.hides_for_sale = count(&row, 1)?;
            held.lower = count(&row, 2)?;
            held.parked_before = count(&row, 3)?;
        }
        if held.is_empty() {
            return Ok(held);
        }
        (held.shown, held.for_sale) = self.offers_before(supplier, begun).await?;
        Ok(held)
    }

    /// How many offers of a supplier are not hidden, and how many of these are for sale; without those added since `begun`.
    pub async fn offers_before(&self, supplier: &SupplierName, begun: Timestamp) -> Result<(u64, u64), Error> {
        let text = "SELECT COUNT(*), COUNT(CASE WHEN NOT parked AND supplier_qty > reserved THEN 1 END) FROM offers \
                    WHERE supplier = $1 AND NOT hidden AND created_at < $2";
        let values = [supplier.as_str().into(), begun.as_micros().into()];
        let found = sql::one(self.conn, text, values).await?;
        found.map_or(Ok((0, 0)), |row| Ok((count(&row, 0)?, count(&row, 1)?)))
    }

    /// How many changes of a run are left.
    pub async fn left(&self, run: Uuid) -> Result<u64, Error> {
        let text = "SELECT COUNT(*) FROM parked_changes WHERE run_id = $1";
        let found = sql::one(self.conn, text, [run.into()]).await?;
        found.map_or(Ok(0), |row| count(&row, 0))
    }
}

impl ParkedRepository<'_, DatabaseTransaction> {
    /// Records changes that a run has found and not made; a later word about an offer replaces an earlier one.
    pub async fn hold(&self, run: Uuid, changes: &[ParkedChange]) -> Result<u64, Error> {
        let rows = changes.iter().map(|change| {
            let (cost, price, fingerprint) = match change.what {
                Parked::Hide => (Cents::ZERO, Cents::ZERO, 0),
                Parked::Lower {
                    cost,
                    price,
                    fingerprint,
                } => (cost, price, fingerprint),
            };
            let row: Vec<Value> = vec![
                change.offer.0.into(),
                run.into(),
                (change.what == Parked::Hide).into(),
                cost.get().into(),
                price.get().into(),
                fingerprint.into(),
            ];
            row
        });
        let replace = "ON CONFLICT (offer_id) DO UPDATE SET run_id = EXCLUDED.run_id, hides = EXCLUDED.hides, \
                       cost_cents = EXCLUDED.cost_cents, price_cents = EXCLUDED.price_cents, \
                       fingerprint = EXCLUDED.fingerprint";
        dialect::insert_many(self.conn, "parked_changes", &COLUMNS, rows.collect(), replace).await
    }

    /// Forgets what was held back of `offers`.
    pub async fn forget(&self, offers: &[OfferId]) -> Result<u64, Error> {
        if offers.is_empty() {
            return Ok(0);
        }
        let delete = Query::delete()
            .from_table(ParkedChanges::Table)
            .and_where(Expr::col(ParkedChanges::OfferId).is_in(offers.iter().map(|offer| offer.0)))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected())
    }

    /// Forgets what the supplier's runs held back and did not decide about, but for `run`.
    pub async fn forget_undecided(&self, supplier: &SupplierName, run: Uuid) -> Result<u64, Error> {
        let text = "DELETE FROM parked_changes WHERE run_id IN \
                    (SELECT id FROM sync_runs WHERE supplier = $1 AND id <> $2 AND parked_at IS NULL)";
        sql::run(self.conn, text, [supplier.as_str().into(), run.into()]).await
    }
}

fn change(row: &QueryResult) -> Result<ParkedChange, Error> {
    let what = if row.try_get_by_index(2)? {
        Parked::Hide
    } else {
        let (cost, price) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        Parked::Lower {
            cost: Cents::new(cost),
            price: Cents::new(price),
            fingerprint: row.try_get_by_index(5)?,
        }
    };
    Ok(ParkedChange {
        offer: OfferId(row.try_get_by_index(0)?),
        game: GameId(row.try_get_by_index(1)?),
        what,
    })
}

fn count(row: &QueryResult, column: usize) -> Result<u64, Error> {
    let count: i64 = row.try_get_by_index(column)?;
    Ok(count.unsigned_abs())
}
