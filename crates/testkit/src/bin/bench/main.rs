//! The benchmarks, one file each: `cargo xtask bench NAME`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod checkout;
mod coherence;
mod lists;
mod memory;
mod people;
mod read;
mod sandbox;
mod search_index;
mod stage;
mod sync;

use anyhow::{Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("checkout") => Box::pin(checkout::run(arguments.next().as_deref())).await,
        Some("coherence") => Box::pin(coherence::run(&arguments.collect::<Vec<_>>())).await,
        Some("lists") => Box::pin(lists::run(&arguments.collect::<Vec<_>>())).await,
        Some("memory") => Box::pin(memory::run(&arguments.collect::<Vec<_>>())).await,
        Some("people") => Box::pin(people::run()).await,
        Some("read") => Box::pin(read::run(&arguments.collect::<Vec<_>>())).await,
        // The server beside the shop, in a process of its own.
        Some("bare") => stage::bare::serve(arguments.next().unwrap_or_default().as_ref()).await,
        Some("sandbox") => sandbox::run().await,
        Some("search_index") => {
            search_index::run();
            Ok(())
        }
        Some("sync") => Box::pin(sync::run(arguments.next().as_deref())).await,
        other => bail!("no benchmark is named {other:?}"),
    }
}
