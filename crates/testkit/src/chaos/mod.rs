//! The coherence checker: three nodes as processes, one database, one Redis, links that break, and a history from which
//! the age of each response follows.
//!
//! Writers put a version into title, description, price and stock of a game at once. Readers record when they sent a
//! request and which version they received. Triggers in the database record each version that was written, and the
//! database knows when it was committed. The age of a response is the time between the commit of the *next* version and
//! the request.

mod customers;
mod disturbance;
mod feed;
mod history;
mod judge;
mod known;
mod looks;
mod nodes;
mod offers;
mod operator;
mod readers;
mod stage;
mod verdict;
mod writer;

use std::time::Duration;

pub use disturbance::Disturbance;
pub use feed::{FeedStage, FeedVerdict, LieFor, feed_episode};
pub use stage::{InjectedFault, Stage};
pub use verdict::Verdict;

use crate::Kind;

/// The maximum age of a response.
pub const OLD_MAX: Duration = Duration::from_secs(1);

/// Writes and reads for `span` under `disturbance`, and checks every response.
///
/// # Panics
///
/// When the test setup itself breaks.
pub async fn episode(stage: &mut Stage, disturbance: Disturbance, span: Duration, seed: u64) -> Verdict {
    stage.recover().await;
    let from = stage.history().await.mark().await;
    let writer = writer::Writer::start(stage, seed).await;
    let readers = readers::Readers::start(stage, seed);
    let customers = customers::Customers::start(stage, seed);
    let record = disturbance.apply(stage, span).await;
    writer.has_written().await;
    let mut seen = readers::Seen::default();
    let syncs = writer.stop(&mut seen).await;
    readers.stop(&mut seen).await;
    customers.stop(&mut seen).await;
    // The history is read from the database directly, past every link.
    let truth = stage.history().await.since(from).await;
    Verdict::of((disturbance, record), &truth, seen, syncs, stage.nodes.len())
}

/// All disturbances in an order determined by `seed`.
#[must_use]
pub fn order(kind: Kind, seed: u64) -> Vec<Disturbance> {
    let mut all: Vec<Disturbance> = Disturbance::ALL
        .into_iter()
        .filter(|disturbance| disturbance.applies_to(kind))
        .collect();
    let mut state = seed;
    for last in (1..all.len()).rev() {
        state = mix(state);
        let other = usize::try_from(state % (last as u64 + 1)).unwrap_or_default();
        all.swap(last, other);
    }
    all
}

/// Steele, Lea and Flood's `SplitMix64`.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
