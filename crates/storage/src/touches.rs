//! What went stale, and when: the record that every cache is checked against.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::touch::Touch;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::leases::micros;
use crate::tables::Touches as Table;
use crate::{Error, portable};

/// The room of touches.
#[derive(Clone, Copy, Debug)]
pub struct Touches<'a, C> {
    conn: &'a C,
}

/// What one transaction made stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchRow {
    /// The transaction's number: rises with the order in which transactions begin.
    pub number: u64,
    /// What it touched, those that this version of the program knows.
    pub touches: Vec<Touch>,
    /// Whether it touched something that this version does not know: then everything may be stale.
    pub unknown: bool,
}

/// The state of the database's touches at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Every transaction with a lower number has ended.
    pub lowest: u64,
    /// Which database this is: another after a restore.
    pub incarnation: String,
    /// The touches asked for, in no order.
    pub rows: Vec<TouchRow>,
}

impl<'a, C: ConnectionTrait> Touches<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Every touch numbered `from` or higher, and what has ended, in one statement.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn pulse(&self, from: u64) -> Result<Pulse, Error> {
        let rows = self
            .conn
            .query_all_raw(portable::pulse(self.conn, signed(from)))
            .await?;
        let (mut lowest, mut incarnation, mut touched) = (0, String::new(), Vec::new());
        for row in rows {
            lowest = row.try_get::<i64>("", "lowest")?;
            incarnation = row.try_get::<Option<String>>("", "incarnation")?.unwrap_or_default();
            if let Some(number) = row.try_get::<Option<i64>>("", "number")? {
                touched.push(read_row(number, &row.try_get::<String>("", "names")?));
            }
        }
        Ok(Pulse {
            lowest: unsigned(lowest),
            incarnation,
            rows: touched,
        })
    }
}

impl Touches<'_, DatabaseTransaction> {
    /// Records what this transaction makes stale.
    pub(crate) async fn record(&self, touches: BTreeSet<Touch>) -> Result<TouchRow, Error> {
        let names = touches.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let row = self
            .conn
            .query_one_raw(portable::insert_touch(self.conn, names))
            .await?;
        let number = row.map_or(Ok(0), |row| row.try_get::<i64>("", "number"))?;
        Ok(TouchRow {
            number: unsigned(number),
            touches: touches.into_iter().collect(),
            unknown: false,
        })
    }

    /// Forgets touches older than `kept`, by the database's clock; caches that slept longer begin anew.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn trim(&self, kept: Duration) -> Result<u64, Error> {
        let delete = Query::delete()
            .from_table(Table::Table)
            .and_where(Expr::col(Table::TouchedAt).lt(portable::now_micros(self.conn).sub(micros(kept))))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected())
    }
}

fn read_row(number: i64, names: &str) -> TouchRow {
    let parsed: Vec<Option<Touch>> = names.lines().map(Touch::parse).collect();
    TouchRow {
        number: unsigned(number),
        unknown: parsed.contains(&None),
        touches: parsed.into_iter().flatten().collect(),
    }
}

/// Numbers are counted from 1 and stay far below 2^63 on both databases.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
