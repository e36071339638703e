//! The coherence checker, in short: nobody is shown what is older than promised, whatever breaks; and without its
//! safeguards the shop does not pass. The long version: `cargo xtask chaos coherence`.

use std::time::Duration;

use testkit::Kind;
use testkit::chaos::{Sabotage, Stage, Weather, episode};

const SPAN: Duration = Duration::from_secs(6);

async fn is_kept(kind: Kind, all: &[Weather]) {
    let mut stage = Box::pin(Stage::set(kind, Sabotage::Nothing)).await;
    for (seed, weather) in (1..).zip(all) {
        let verdict = Box::pin(episode(&mut stage, *weather, SPAN, seed)).await;
        // What did not happen proves nothing.
        assert!(verdict.versions > 0 && verdict.answers > 100, "{verdict}");
        assert!(verdict.violations.is_empty(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_too_old_on_postgres() {
    let all = [
        Weather::Peace,
        Weather::RedisKilled,
        Weather::DatabasePaused,
        Weather::DatabaseLongAnswersLate,
        Weather::NodePaused,
        Weather::RedisFromOldSnapshot,
        Weather::DatabaseRestarted,
    ];
    is_kept(Kind::Postgres, &all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_too_old_on_sqlite() {
    let all = [Weather::Peace, Weather::RedisCutOff, Weather::NodeKilled];
    is_kept(Kind::Sqlite, &all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_of_its_safeguards_it_is_noticed() {
    for (sabotage, weather) in [
        (Sabotage::Stamps, Weather::Peace),
        (Sabotage::Pulse, Weather::Peace),
        // Who joins a load must not get what was true when it began, however long it runs.
        (Sabotage::Joined, Weather::DatabaseLongAnswersLate),
    ] {
        let mut stage = Box::pin(Stage::set(Kind::Postgres, sabotage)).await;
        let unnoticed = unnoticed(&mut stage, weather).await;
        assert!(unnoticed.len() < LOOKS, "{sabotage:?}: {}", unnoticed.join("\n"));
    }
}

/// What writers and readers do at which moment is in nobody's hands, least of all on a busy machine.
const LOOKS: usize = 4;

/// Looks until an old answer is found, and tells what was seen in the looks that found none.
async fn unnoticed(stage: &mut Stage, weather: Weather) -> Vec<String> {
    let mut verdicts = Vec::new();
    for seed in (1..).take(LOOKS) {
        let verdict = Box::pin(episode(stage, weather, SPAN, seed)).await;
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
