//! The coherence checker, in short: nobody is shown what is older than promised, whatever breaks; and without its
//! safeguards the shop does not pass. The long version: `cargo xtask chaos coherence`.

use std::time::Duration;

use testkit::Kind;
use testkit::chaos::{Sabotage, Stage, Verdict, Weather, episode};

const SPAN: Duration = Duration::from_secs(6);

async fn weathers(kind: Kind, sabotage: Sabotage, all: &[Weather]) -> Vec<Verdict> {
    let mut stage = Box::pin(Stage::set(kind, sabotage)).await;
    let mut verdicts = Vec::new();
    for (seed, weather) in (1..).zip(all) {
        verdicts.push(Box::pin(episode(&mut stage, *weather, SPAN, seed)).await);
    }
    verdicts
}

/// What did not happen proves nothing.
fn is_kept(verdicts: &[Verdict]) {
    for verdict in verdicts {
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
        Weather::NodePaused,
        Weather::RedisFromOldSnapshot,
        Weather::DatabaseRestarted,
    ];
    is_kept(&weathers(Kind::Postgres, Sabotage::Nothing, &all).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_too_old_on_sqlite() {
    let all = [Weather::Peace, Weather::RedisCutOff, Weather::NodeKilled];
    is_kept(&weathers(Kind::Sqlite, Sabotage::Nothing, &all).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_of_its_safeguards_it_is_noticed() {
    for (sabotage, weather) in [
        (Sabotage::Stamps, Weather::Peace),
        (Sabotage::Pulse, Weather::Peace),
        // Who joins a load must not get what was true when it began, however long it runs.
        (Sabotage::Joined, Weather::DatabaseAnswersLate),
    ] {
        let found = weathers(Kind::Postgres, sabotage, &[weather]).await;
        let is_old = |violation: &String| violation.contains(" ms old: ");
        assert!(found[0].violations.iter().any(is_old), "{sabotage:?}: {}", found[0]);
    }
}
