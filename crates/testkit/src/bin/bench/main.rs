//! The benchmarks, one file each: `cargo xtask bench NAME`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod people;
mod sandbox;
mod shelf;
mod sync;

use anyhow::{Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("people") => Box::pin(people::run()).await,
        Some("sandbox") => sandbox::run().await,
        Some("shelf") => {
            shelf::run();
            Ok(())
        }
        Some("sync") => Box::pin(sync::run(arguments.next().as_deref())).await,
        other => bail!("no benchmark is named {other:?}"),
    }
}
