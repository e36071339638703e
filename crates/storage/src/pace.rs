//! The rate limit towards the supplier, shared by all processes: one row, which each locks while it takes permits.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::tables::SupplierPace;
use crate::{Error, dialect};

/// The name of the only time line.
pub(crate) const SUPPLIER: &str = "supplier";

/// The repository of pace.
#[derive(Clone, Copy, Debug)]
pub struct PaceRepository<'a, C> {
    conn: &'a C,
}

/// The time line, in microseconds of the database's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLine {
    /// The first free permit.
    pub next_at: i64,
    /// No permit before this.
    pub held_until: i64,
}

impl<'a, C: ConnectionTrait> PaceRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The time line without a lock: enough to see that no permit is free.
    pub async fn look(&self) -> Result<TimeLine, Error> {
        self.read(&select()).await
    }

    /// The database's clock, in microseconds since the epoch.
    pub async fn now(&self) -> Result<i64, Error> {
        let clock = Query::select()
            .expr_as(dialect::now_micros(self.conn), "now")
            .to_owned();
        let row = self.conn.query_one(&clock).await?;
        Ok(row.map(|row| row.try_get("", "now")).transpose()?.unwrap_or_default())
    }

    async fn read(&self, select: &SelectStatement) -> Result<TimeLine, Error> {
        let row = self.conn.query_one(select).await?.ok_or_else(|| Error::Unreadable {
            table: "supplier_pace",
            reason: "the row of the supplier is missing".to_owned(),
        })?;
        Ok(TimeLine {
            next_at: row.try_get("", "next_at")?,
            held_until: row.try_get("", "held_until")?,
        })
    }
}

impl PaceRepository<'_, DatabaseTransaction> {
    /// The time line, locked until the transaction ends. Read the time after it: otherwise the wait for the lock would
    /// be counted as passed time.
    pub async fn lock(&self) -> Result<TimeLine, Error> {
        let mut select = select();
        dialect::lock_rows(self.conn, &mut select);
        self.read(&select).await
    }

    /// Moves the time line; only while holding the lock.
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

fn select() -> SelectStatement {
    Query::select()
        .columns([SupplierPace::NextAt, SupplierPace::HeldUntil])
        .from(SupplierPace::Table)
        .and_where(Expr::col(SupplierPace::Name).eq(SUPPLIER))
        .to_owned()
}
