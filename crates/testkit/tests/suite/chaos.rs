//! The checkers, in short. Coherence: no response is older than promised, whatever breaks; and without its safeguards the
//! shop does not pass. Feeds: whatever two suppliers say, nothing is sold that they do not have. The long versions:
//! `cargo xtask chaos coherence` and `cargo xtask chaos feed`.

use std::time::Duration;

use testkit::Kind;
use testkit::chaos::{Disturbance, FeedStage, InjectedFault, LieFor, Stage, episode, feed_episode, order};

const SPAN: Duration = Duration::from_secs(6);
/// For each of all kinds of disturbance.
const SHORT_SPAN: Duration = Duration::from_secs(3);
/// For some of the lies of two suppliers; `cargo xtask chaos feed` tells all.
const LIES_SPAN: Duration = Duration::from_secs(40);

/// Another one each time, unless one is said to be repeated.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that is to be different each time, and to be repeated when it failed"
)]
fn seed() -> u64 {
    let said = std::env::var("LATCHKEY_CHAOS_SEED").ok();
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    said.map_or(since.as_secs(), |seed| seed.parse().expect("a number"))
}

async fn is_kept(kind: Kind) {
    let seed = seed();
    let mut stage = Box::pin(Stage::set(kind, InjectedFault::Nothing)).await;
    for disturbance in order(kind, seed) {
        let verdict = Box::pin(episode(&mut stage, disturbance, SHORT_SPAN, seed)).await;
        let again =
            format!("again: LATCHKEY_CHAOS_SEED={seed}, or cargo xtask chaos coherence --seed {seed}\n{verdict}");
        // What did not happen proves nothing.
        assert!(verdict.versions > 0 && verdict.answers > 100, "{again}");
        assert!(verdict.violations.is_empty(), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_too_old_on_postgres() {
    is_kept(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_too_old_on_sqlite() {
    is_kept(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_of_its_safeguards_it_is_noticed() {
    for (fault, disturbance) in [
        (InjectedFault::Stamps, Disturbance::Undisturbed),
        (InjectedFault::Pulse, Disturbance::Undisturbed),
        // Who joins a load must not get what was true when it began, however long it runs.
        (InjectedFault::Joined, Disturbance::DatabaseLongAnswersLate),
    ] {
        let mut stage = Box::pin(Stage::set(Kind::Postgres, fault)).await;
        let unnoticed = unnoticed(&mut stage, disturbance).await;
        assert!(unnoticed.len() < LOOKS, "{fault:?}: {}", unnoticed.join("\n"));
    }
}

/// What writers and readers do at which moment is in nobody's hands, least of all on a busy machine.
const LOOKS: usize = 4;

/// Looks until an old answer is found, and tells what was seen in the looks that found none.
async fn unnoticed(stage: &mut Stage, disturbance: Disturbance) -> Vec<String> {
    let mut verdicts = Vec::new();
    for seed in (1..).take(LOOKS) {
        let verdict = Box::pin(episode(stage, disturbance, SPAN, seed)).await;
        if verdict
            .violations
            .iter()
            .any(|violation| violation.contains(" ms old: "))
        {
            break;
        }
        verdicts.push(verdict.to_string());
    }
    verdicts
}

async fn is_not_misled(kind: Kind) {
    let seed = seed();
    let mut stage = Box::pin(FeedStage::set(kind, seed, true)).await;
    let verdict = Box::pin(feed_episode(&mut stage, LieFor::Span(LIES_SPAN), seed, |_| {})).await;
    let again = format!("again: LATCHKEY_CHAOS_SEED={seed}, or cargo xtask chaos feed --seed {seed}\n{verdict}");
    // What did not happen proves nothing.
    let runs: u64 = verdict.outcomes.values().sum();
    assert!(verdict.lies >= 6 && runs > 12, "{again}");
    assert!(
        verdict.offers > 50 && verdict.answers > 100 && verdict.list_writes > 2,
        "{again}"
    );
    assert!(verdict.violations.is_empty(), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suppliers_that_lie_mislead_nobody_on_postgres() {
    is_not_misled(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suppliers_that_lie_mislead_nobody_on_sqlite() {
    is_not_misled(Kind::Sqlite).await;
}
