//! What being in step costs: a hot read's check, a commit's touch and wake-up; hit rate and lag of a trading shop; Redis away.

mod check;
mod commit;
mod outage;
mod trade;

use anyhow::{Result, bail};

use crate::stage::supplier::program;

const PARTS: [&str; 4] = ["check", "commit", "trade", "outage"];

/// Measures and prints all of it, or the parts that are named.
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
                "commit" => Box::pin(commit::run(&supplier)).await?,
                "trade" => Box::pin(trade::run(&supplier)).await?,
                _ => Box::pin(outage::run(&supplier)).await?,
            }
        }
    }
    Ok(())
}

/// The one in the middle.
fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
