//! When it happens: the loop that deals with messages, and the timetable that puts them in.

mod handlers;
pub mod timetable;

use std::time::Duration;

use services::Shop;
use tokio_util::sync::CancellationToken;

pub use timetable::Timetable;

/// How often the loop looks for messages and the timetable at its clock.
const EVERY: Duration = Duration::from_secs(1);
/// How often the shop is tidied.
const TIDY_EVERY: Duration = Duration::from_secs(10 * 60);
/// Messages claimed at once: they are dealt with one after the other.
const CLAIMED_AT_ONCE: u64 = 1;

/// Works until `stop`; what was begun is finished first. `worker` names this process to others.
pub async fn run(shop: Shop, timetable: Timetable, worker: String, stop: CancellationToken) {
    let mut failing = false;
    let mut tidied: Option<tokio::time::Instant> = None;
    while !stop.is_cancelled() {
        let mut outcome = timetable.post_due(&shop).await;
        if outcome.is_ok() {
            outcome = handlers::deal_with_due(&shop, &worker, CLAIMED_AT_ONCE, &stop).await;
        }
        if outcome.is_ok() && tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
            outcome = shop.tidy().await;
            tidied = Some(tokio::time::Instant::now());
        }
        match &outcome {
            Err(error) if !failing => tracing::error!(
                error = error as &dyn std::error::Error,
                "[Job] the jobs wait: something failed"
            ),
            Ok(()) if failing => tracing::info!("[Job] the jobs go on"),
            _ => {}
        }
        failing = outcome.is_err();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
