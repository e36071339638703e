//! `latchkey migrate`: brings the schema up to date and exits.

use anyhow::Context;

use super::Ended;
use crate::settings::Loaded;
use crate::wire;

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let db = wire::open_database(&loaded.settings).await?;
    let steps = db.migrate().await.context("the schema cannot be brought up to date")?;
    match steps {
        0 => println!("the schema is up to date"),
        steps => println!("the schema is up to date: {steps} migrations ran"),
    }
    db.close().await?;
    Ok(Ended::Done)
}
