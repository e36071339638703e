//! A process in which staff give the money of a unit back, for tests that kill it.
//!
//! `refunder DATABASE_URL MICROSECONDS ORDER UNIT`, at that time since the epoch. Prints the cents that went back.

#![expect(clippy::print_stdout, reason = "what the test that started it reads")]

use anyhow::{Context, bail};
use domain::id::{OrderId, UnitId};
use storage::{Db, Options};
use testkit::people::shop_on;
use testkit::{SetClock, operator};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, now, order, unit] = arguments.as_slice() else {
        bail!("DATABASE_URL MICROSECONDS ORDER UNIT");
    };
    let db = Db::open(database, Options::default()).await.context("the database")?;
    let shop = shop_on(db, SetClock::at(now.parse()?));
    let (order, unit) = (OrderId(order.parse()?), UnitId(unit.parse()?));
    let back = shop.orders().refund(order, unit, operator()).await?;
    println!("{}", back.get());
    Ok(())
}
