//! The pace towards the supplier, shared by all processes: one row, which each locks while it takes its slots.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::tables::SupplierPace;
use crate::{Error, portable};

/// The name of the one time line that there is.
pub(crate) const SUPPLIER: &str = "supplier";

/// The room of the pace. There is nothing to read outside a transaction: a time line that is not locked is old.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'a> {
    conn: &'a DatabaseTransaction,
}

/// The time line, in microseconds of the database's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLine {
    /// The first slot that is free.
    pub next_at: i64,
    /// No slot before this.
    pub held_until: i64,
    /// The database's clock at the moment of reading, the lock in hand.
    pub now: i64,
}

impl<'a> Pace<'a> {
    pub(crate) const fn new(conn: &'a DatabaseTransaction) -> Self {
        Self { conn }
    }

    /// The time line, locked until the transaction ends.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lock(&self) -> Result<TimeLine, Error> {
        let mut select = Query::select()
            .columns([SupplierPace::NextAt, SupplierPace::HeldUntil])
            .from(SupplierPace::Table)
            .and_where(Expr::col(SupplierPace::Name).eq(SUPPLIER))
            .to_owned();
        portable::lock_rows(self.conn, &mut select);
        let row = self.conn.query_one(&select).await?.ok_or_else(|| Error::Unreadable {
            table: "supplier_pace",
            reason: "the row of the supplier is missing".to_owned(),
        })?;
        // Asked after the lock: whoever waited for it would otherwise count from before the wait.
        let clock = Query::select()
            .expr_as(portable::now_micros(self.conn), "now")
            .to_owned();
        let now = self.conn.query_one(&clock).await?.map(|row| row.try_get("", "now"));
        Ok(TimeLine {
            next_at: row.try_get("", "next_at")?,
            held_until: row.try_get("", "held_until")?,
            now: now.transpose()?.unwrap_or_default(),
        })
    }

    /// Moves the time line on; only with the lock in hand.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn set(&self, next_at: i64, held_until: i64) -> Result<(), Error> {
        let update = Query::update()
            .table(SupplierPace::Table)
            .value(SupplierPace::NextAt, next_at)
            .value(SupplierPace::HeldUntil, held_until)
            .and_where(Expr::col(SupplierPace::Name).eq(SUPPLIER))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }
}
