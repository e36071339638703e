//! Touches: the record that every cache is checked against.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::clock::Timestamp;
use domain::touch::Touch;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};

use crate::leases::micros;
use crate::metadata::MetadataRepository;
use crate::tables::Touches as Table;
use crate::{Error, Tx, dialect};

/// The mark that says how far touches were deleted; a migration sets it first.
const FORGOTTEN: &str = "touches forgotten";

/// The repository of touches.
#[derive(Clone, Copy, Debug)]
pub struct TouchRepository<'a, C> {
    conn: &'a C,
}

/// The touches of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchRow {
    /// The transaction's number, which grows in the order in which transactions begin.
    pub number: u64,
    /// Its touches, as far as this version of the program knows them.
    pub touches: Vec<Touch>,
    /// Whether it has a touch that this version does not know: then everything may be stale.
    pub unknown: bool,
    /// When it was recorded, by the database's clock: before the transaction's commit, and mostly as its last statement.
    pub touched_at: Timestamp,
}

/// The transactions that had ended at one moment: their touches need not be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchSnapshot {
    /// There was no touch with this number or a higher one.
    next: u64,
    /// Of the lower ones, these transactions still ran.
    running: Vec<u64>,
}

impl TouchSnapshot {
    /// The lowest number that no touch had yet.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Whether every transaction with this number or a lower one had ended.
    #[must_use]
    pub fn covers(&self, number: u64) -> bool {
        number < self.next && self.running.iter().all(|running| *running > number)
    }
}

/// Treats all transactions with lower numbers as ended.
impl From<u64> for TouchSnapshot {
    fn from(next: u64) -> Self {
        Self {
            next,
            running: Vec::new(),
        }
    }
}

/// The state of the database's touches at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Every transaction with a lower number that touched anything has ended, and no later one will have such a number.
    pub lowest: u64,
    /// What the next pulse need not read again.
    pub seen: TouchSnapshot,
    /// The database's incarnation, which changes after a restore.
    pub incarnation: String,
    /// Touches with this number or a lower one may have been deleted; all with higher numbers are still there.
    pub forgotten: u64,
    /// The touches that were read, in no order.
    pub rows: Vec<TouchRow>,
    /// The database's time.
    pub clock: Timestamp,
}

impl Pulse {
    /// The age of `row` at this pulse, both by the database's clock: no shorter than the time since its commit. Zero,
    /// if that clock was set back in between.
    #[must_use]
    pub fn age(&self, row: &TouchRow) -> Duration {
        self.clock.since(row.touched_at)
    }
}

impl<'a, C: ConnectionTrait> TouchRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Every touch that `seen` does not cover, and which transactions have ended, in one statement.
    pub(crate) async fn pulse(&self, seen: &TouchSnapshot) -> Result<Pulse, Error> {
        let running = seen.running.iter().copied().map(signed).collect();
        let statement = dialect::pulse(self.conn, signed(seen.next), running);
        let rows = self.conn.query_all_raw(statement).await?;
        let (mut lowest, mut incarnation, mut forgotten, mut touched) = (0, String::new(), None, Vec::new());
        let mut clock = 0;
        let mut seen = TouchSnapshot::default();
        for row in rows {
            lowest = row.try_get::<i64>("", "lowest")?;
            seen.next = unsigned(row.try_get("", "next")?);
            seen.running = read_numbers(&row.try_get::<Option<String>>("", "running")?.unwrap_or_default())?;
            incarnation = row.try_get::<Option<String>>("", "incarnation")?.unwrap_or_default();
            forgotten = row.try_get::<Option<i64>>("", "forgotten")?;
            clock = row.try_get("", "clock")?;
            if let Some(number) = row.try_get::<Option<i64>>("", "number")? {
                let (names, touched_at) = (row.try_get::<String>("", "names")?, row.try_get("", "touched_at")?);
                touched.push(read_row(number, &names, touched_at));
            }
        }
        Ok(Pulse {
            lowest: unsigned(lowest),
            seen,
            incarnation,
            // Without the mark, any touch may have been deleted.
            forgotten: forgotten.map_or(u64::MAX, unsigned),
            rows: touched,
            clock: Timestamp::from_micros(clock),
        })
    }
}

impl TouchRepository<'_, DatabaseTransaction> {
    /// Records the touches of this transaction; `recorded` is what it has recorded of them before.
    pub(crate) async fn record(
        &self,
        touches: BTreeSet<Touch>,
        recorded: Option<TouchRow>,
    ) -> Result<Option<TouchRow>, Error> {
        let statement = match recorded {
            None if touches.is_empty() => return Ok(None),
            Some(row) if row.touches.len() == touches.len() => return Ok(Some(row)),
            None => dialect::insert_touch(self.conn, joined(&touches)),
            Some(row) => dialect::update_touch(self.conn, signed(row.number), joined(&touches)),
        };
        recorded_row(self.conn.query_one_raw(statement).await?, touches).map(Some)
    }

    /// Deletes all touches, as if none had ever been recorded.
    pub(crate) async fn forget_all(&self) -> Result<(), Error> {
        let delete = Query::delete().from_table(Table::Table).to_owned();
        self.conn.execute(&delete).await?;
        MetadataRepository::new(self.conn).set(FORGOTTEN, "0").await
    }

    /// Deletes touches older than `kept`, by the database's clock, and records how far; caches without a pulse for
    /// longer start over.
    pub async fn trim(&self, kept: Duration) -> Result<u64, Error> {
        // A reader in the order of numbers may miss the touch of a transaction that still runs, and any after it.
        let has_ended = Expr::col(Table::Number).lt(Expr::cust(dialect::lowest_running(self.conn)));
        let is_old = Expr::col(Table::TouchedAt)
            .lt(dialect::now_micros(self.conn).sub(micros(kept)))
            .and(has_ended);
        let newest = Query::select()
            .expr_as(Expr::col(Table::Number).max(), "newest")
            .from(Table::Table)
            .and_where(is_old.clone())
            .to_owned();
        let newest = self.conn.query_one(&newest).await?;
        let Some(newest) = newest
            .map(|row| row.try_get::<Option<i64>>("", "newest"))
            .transpose()?
            .flatten()
        else {
            return Ok(0);
        };
        let metadata = MetadataRepository::new(self.conn);
        let before = metadata.get(FORGOTTEN).await?.and_then(|number| number.parse().ok());
        metadata
            .set(FORGOTTEN, &Ord::max(newest, before.unwrap_or(0)).to_string())
            .await?;
        // No higher number, however old: the mark would not cover it.
        let delete = Query::delete()
            .from_table(Table::Table)
            .and_where(is_old)
            .and_where(Expr::col(Table::Number).lte(newest))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected())
    }
}

impl Tx {
    /// Runs statements none of which needs to see what another did, in one go. On PostgreSQL this transaction's touches are recorded
    /// with them, which saves their way to the server. Those that follow are added when it commits.
    pub(crate) async fn run_all(&mut self, statements: Vec<Statement>) -> Result<(), Error> {
        if dialect::is_sqlite(&self.inner) || self.touches.is_empty() || self.recorded.is_some() {
            return dialect::run_all(&self.inner, statements).await;
        }
        let record = dialect::insert_touch(&self.inner, joined(&self.touches));
        let row = dialect::run_all_and_read(&self.inner, statements, record).await?;
        self.recorded = Some(recorded_row(row, self.touches.clone())?);
        Ok(())
    }

    /// Does the same if `condition` returns that it `is_met`, and else nothing but to record: `false`. Each of the statements ends with
    /// a condition.
    pub(crate) async fn run_all_if(&mut self, condition: Statement, statements: Vec<Statement>) -> Result<bool, Error> {
        let is_met = |row: &Option<QueryResult>| row.as_ref().map_or(Ok(false), |row| row.try_get("", "is_met"));
        if dialect::is_sqlite(&self.inner) || self.touches.is_empty() || self.recorded.is_some() {
            let is_met = is_met(&self.inner.query_one_raw(condition).await?)?;
            if is_met {
                dialect::run_all(&self.inner, statements).await?;
            }
            return Ok(is_met);
        }
        let record = dialect::insert_touch(&self.inner, joined(&self.touches));
        let row = dialect::run_all_if_and_read(&self.inner, condition, statements, record).await?;
        let is_met = is_met(&row)?;
        self.recorded = Some(recorded_row(row, self.touches.clone())?);
        Ok(is_met)
    }
}

fn joined(touches: &BTreeSet<Touch>) -> String {
    touches.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn recorded_row(row: Option<QueryResult>, touches: BTreeSet<Touch>) -> Result<TouchRow, Error> {
    let (number, touched_at) = match row {
        Some(row) => (row.try_get("", "number")?, row.try_get("", "touched_at")?),
        None => (0, 0),
    };
    Ok(TouchRow {
        number: unsigned(number),
        touches: touches.into_iter().collect(),
        unknown: false,
        touched_at: Timestamp::from_micros(touched_at),
    })
}

fn read_numbers(text: &str) -> Result<Vec<u64>, Error> {
    let numbers: Result<Vec<u64>, _> = text.split_whitespace().map(str::parse).collect();
    numbers.map_err(|error| Error::Unreadable {
        table: "touches",
        reason: error.to_string(),
    })
}

fn read_row(number: i64, names: &str, touched_at: i64) -> TouchRow {
    let parsed: Vec<Option<Touch>> = names.lines().map(Touch::parse).collect();
    TouchRow {
        number: unsigned(number),
        unknown: parsed.contains(&None),
        touches: parsed.into_iter().flatten().collect(),
        touched_at: Timestamp::from_micros(touched_at),
    }
}

/// Numbers are counted from 1 and stay far below 2^63 on both databases.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
