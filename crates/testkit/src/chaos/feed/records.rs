//! What the database says: the history of offers, written by triggers; the runs; and which game shows a wrong price.

use std::collections::HashMap;

use serde_json::Value;

use super::super::history::History;
use super::super::readers::now;
use super::world::Named;
use super::{G2A, SUPPLIERS};
use crate::Kind;

/// An offer's row after a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OfferVersion {
    /// In cents.
    pub(super) cost: i64,
    /// In cents.
    pub(super) price: i64,
    pub(super) qty: i64,
    pub(super) reserved: i64,
    pub(super) hidden: bool,
    pub(super) parked: bool,
    /// When the page that it was read from was requested; in microseconds of Unix time.
    pub(super) observed_at: i64,
    /// In microseconds of Unix time.
    pub(super) committed_at: i64,
}

impl OfferVersion {
    pub(super) const fn is_for_sale(&self) -> bool {
        !self.hidden && !self.parked && self.qty > self.reserved
    }
}

/// The versions of each offer, in the order of their commits.
pub(super) type Offers = HashMap<Named, Vec<OfferVersion>>;

/// A run of a sync.
#[derive(Clone, Debug)]
pub(super) struct RunRecord {
    pub(super) supplier: &'static str,
    pub(super) kind: String,
    /// Whether it asked for single products instead of reading the list.
    pub(super) names_products: bool,
    /// In microseconds of Unix time.
    pub(super) started_at: i64,
    /// In microseconds of Unix time.
    pub(super) finished_at: Option<i64>,
    pub(super) outcome: Option<String>,
    /// Whether its report gives a reason.
    pub(super) is_explained: bool,
}

/// The checker's view of the database.
pub(super) struct Records(History);

impl Records {
    pub(super) const fn of(history: History) -> Self {
        Self(history)
    }

    /// Sets up the triggers, and notes all offers as they are.
    pub(super) async fn begin(&self) {
        let columns = "supplier, product, cost, price, qty, reserved, hidden, parked, observed, committed";
        let values = |of: &str, committed: &str| {
            let one = |column: &str| format!("{of}.{column}");
            let flag = |column: &str| format!("CASE WHEN {of}.{column} THEN 1 ELSE 0 END");
            let all = [
                one("supplier"),
                one("product_id"),
                one("cost_cents"),
                one("price_cents"),
                one("supplier_qty"),
                one("reserved"),
                flag("hidden"),
                flag("parked"),
                one("observed_at"),
                committed.to_owned(),
            ];
            all.join(", ")
        };
        let statements = match self.0.kind {
            Kind::Sqlite => {
                let at = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
                let trigger = |event: &str| {
                    format!(
                        "CREATE TRIGGER chaos_offers_{event} AFTER {event} ON offers BEGIN \
                         INSERT INTO chaos_offers ({columns}) VALUES ({}); END",
                        values("NEW", at)
                    )
                };
                vec![
                    "CREATE TABLE chaos_offers (number INTEGER PRIMARY KEY AUTOINCREMENT, supplier TEXT, product TEXT, \
                     cost INTEGER, price INTEGER, qty INTEGER, reserved INTEGER, hidden INTEGER, parked INTEGER, \
                     observed INTEGER, committed INTEGER)"
                        .to_owned(),
                    format!("INSERT INTO chaos_offers ({columns}) SELECT {} FROM offers o", values("o", at)),
                    trigger("insert"),
                    trigger("update"),
                ]
            }
            Kind::Postgres => {
                let number = "pg_current_xact_id()::xid";
                vec![
                    "CREATE TABLE chaos_offers (number BIGSERIAL PRIMARY KEY, supplier TEXT, product TEXT, cost BIGINT, \
                     price BIGINT, qty BIGINT, reserved BIGINT, hidden BIGINT, parked BIGINT, observed BIGINT, committed XID)"
                        .to_owned(),
                    format!("INSERT INTO chaos_offers ({columns}) SELECT {} FROM offers o", values("o", number)),
                    format!(
                        "CREATE FUNCTION chaos_note_offer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                         INSERT INTO chaos_offers ({columns}) VALUES ({}); RETURN NULL; END $$",
                        values("NEW", number)
                    ),
                    "CREATE TRIGGER chaos_offers AFTER INSERT OR UPDATE ON offers FOR EACH ROW \
                     EXECUTE FUNCTION chaos_note_offer()"
                        .to_owned(),
                ]
            }
        };
        for statement in statements {
            self.0.run(&statement).await;
        }
    }

    /// The current end of the history: later entries have higher numbers.
    pub(super) async fn mark(&self) -> i64 {
        let row = self.0.rows("SELECT COALESCE(MAX(number), 0) FROM chaos_offers").await;
        row[0].try_get_by_index(0).expect("a number")
    }

    /// Each offer as it was at `mark`, and all its later versions.
    pub(super) async fn offers_since(&self, mark: i64) -> Offers {
        let at = match self.0.kind {
            Kind::Sqlite => "committed",
            Kind::Postgres => "CAST(EXTRACT(EPOCH FROM pg_xact_commit_timestamp(committed)) * 1000000 AS BIGINT)",
        };
        let sql = format!(
            "SELECT number, supplier, product, cost, price, qty, reserved, hidden, parked, observed, {at} \
             FROM chaos_offers WHERE number > {mark} OR number IN \
             (SELECT MAX(number) FROM chaos_offers WHERE number <= {mark} GROUP BY supplier, product) ORDER BY number"
        );
        let mut offers = Offers::new();
        for row in self.0.rows(&sql).await {
            let number = |at| row.try_get_by_index::<i64>(at).expect("a number");
            let text = |at| row.try_get_by_index::<String>(at).expect("a text");
            offers
                .entry((known(&text(1)), text(2)))
                .or_default()
                .push(OfferVersion {
                    cost: number(3),
                    price: number(4),
                    qty: number(5),
                    reserved: number(6),
                    hidden: number(7) != 0,
                    parked: number(8) != 0,
                    observed_at: number(9),
                    committed_at: number(10),
                });
        }
        offers
    }

    /// The runs that began since a moment, the oldest first.
    pub(super) async fn runs_since(&self, moment: i64) -> Vec<RunRecord> {
        let sql = format!(
            "SELECT supplier, kind, started_at, finished_at, outcome, report, progress FROM sync_runs \
             WHERE started_at >= {moment} ORDER BY started_at"
        );
        let rows = self.0.rows(&sql).await;
        let run = |row: &sea_orm::QueryResult| {
            let text = |at| row.try_get_by_index::<Option<String>>(at).expect("a text");
            let json = |at| -> Value {
                let text = text(at);
                text.and_then(|text| serde_json::from_str(&text).ok())
                    .unwrap_or_default()
            };
            let (report, kind) = (json(5), text(1).unwrap_or_default());
            RunRecord {
                supplier: known(&text(0).unwrap_or_default()),
                // A crawl asks for what is missing once it has read the list.
                names_products: kind != "full" && json(6)["phase"] == "asking",
                kind,
                started_at: row.try_get_by_index(2).expect("a time"),
                finished_at: row.try_get_by_index(3).expect("a time"),
                outcome: text(4),
                is_explained: gives_a_reason(&report),
            }
        };
        rows.iter().map(run).collect()
    }

    /// Games that do not show the cheapest of their offers for sale, or are shown or hidden wrongly, at this moment.
    pub(super) async fn wrongly_shown(&self) -> Vec<String> {
        // One statement, so one moment.
        let rows = self.0.rows(WRONGLY_SHOWN).await;
        let said = |row: &sea_orm::QueryResult| {
            let title: String = row.try_get_by_index(0).expect("a title");
            let (price, copies): (i64, i64) = (
                row.try_get_by_index(1).expect("a price"),
                row.try_get_by_index(2).expect("copies"),
            );
            format!(
                "{title} shows {price} cents and {copies} copies, which is not its cheapest offer for sale; at {}",
                now()
            )
        };
        rows.iter().map(said).collect()
    }

    /// Each offer as it is now.
    pub(super) async fn offers_now(&self) -> HashMap<Named, OfferVersion> {
        let all = self.offers_since(self.mark().await).await;
        let last = |(named, mut versions): (Named, Vec<OfferVersion>)| versions.pop().map(|version| (named, version));
        all.into_iter().filter_map(last).collect()
    }
}

const WRONGLY_SHOWN: &str = "WITH sold AS (SELECT game_id, price_cents, supplier_qty - reserved AS left_over FROM offers \
    WHERE NOT hidden AND NOT parked AND supplier IN ('g2a', 'wholesaler') AND supplier_qty > reserved) \
    SELECT g.title, g.price_cents, g.copies FROM games g WHERE \
    (NOT g.hidden AND g.copies > 0 AND NOT EXISTS (SELECT 1 FROM sold s WHERE s.game_id = g.id \
     AND s.price_cents = g.price_cents AND s.left_over = g.copies)) \
    OR EXISTS (SELECT 1 FROM sold s WHERE s.game_id = g.id AND (g.hidden OR g.copies <= 0 OR s.price_cents < g.price_cents)) \
    OR (g.hidden = EXISTS (SELECT 1 FROM offers o WHERE o.game_id = g.id AND NOT o.hidden))";

fn known(supplier: &str) -> &'static str {
    SUPPLIERS.into_iter().find(|name| *name == supplier).unwrap_or(G2A)
}

/// Whether a report has an error, or a note that counts as none.
fn gives_a_reason(report: &Value) -> bool {
    report["errorCount"].as_u64().unwrap_or(0) > 0 || report["notes"].as_array().is_some_and(|notes| !notes.is_empty())
}
