//! The cost of coherence: checks of hot reads, touches and notifications of commits, hit rate, lag, Redis outages.

mod check;
mod commit;
mod from_redis;
mod outage;
mod trade;

use anyhow::{Result, bail};

use crate::stage::supplier::program;

const PARTS: [&str; 5] = ["check", "redis", "commit", "trade", "outage"];

/// Runs all parts, or those that are named, and prints the results.
pub(crate) async fn run(arguments: &[String]) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Some(unknown) = arguments.iter().find(|name| !PARTS.contains(&name.as_str())) {
        bail!("no part is named {unknown}; there is: {}", PARTS.join(", "));
    }
    let supplier = program()?;
    for part in PARTS {
        if arguments.is_empty() || arguments.iter().any(|argument| argument == part) {
            match part {
                "check" => Box::pin(check::run(&supplier)).await?,
                "redis" => Box::pin(from_redis::run()).await?,
                "commit" => Box::pin(commit::run(&supplier)).await?,
                "trade" => Box::pin(trade::run(&supplier)).await?,
                _ => Box::pin(outage::run(&supplier)).await?,
            }
        }
    }
    Ok(())
}

/// The median.
fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
