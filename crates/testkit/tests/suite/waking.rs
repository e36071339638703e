//! Nodes wake each other after a commit, on PostgreSQL: soon, seldom, and again after whatever cut the way.

#![expect(
    clippy::print_stdout,
    reason = "what was measured, for who runs them with --nocapture"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use cache::Coherence;
use domain::id::GameId;
use domain::pattern::Pattern;
use domain::touch::Touch;
use sea_orm::{ConnectionTrait, Statement};
use storage::Db;
use storage::signals::Heard;
use testkit::{Caching, Kind, Node, TestShop};
use uuid::Uuid;

const GAME: GameId = GameId(Uuid::from_u128(7));

async fn two_nodes() -> (TestShop, Node) {
    let shop = TestShop::with(Kind::Postgres, Caching::Memory, g2a_sandbox::Settings::default()).await;
    let second = shop.second_node().await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    (shop, second)
}

/// One number that the database answers with.
async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.raw().get_database_backend(), sql);
    let row = db.raw().query_one_raw(statement).await.unwrap();
    row.map_or(0, |row| row.try_get_by_index::<i64>(0).unwrap())
}

/// How long after a commit of the first node the other knows of it.
async fn lag(shop: &TestShop, other: &Coherence) -> Duration {
    // A stamp that admits the game now.
    let stamp = loop {
        let stamp = other.stamp().unwrap();
        if other.admits(stamp, &[Touch::Game(GAME)]) {
            break stamp;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    shop.shop
        .invalidate(&Pattern::parse(&format!("game:{GAME}")).unwrap())
        .await
        .unwrap();
    let committed = Instant::now();
    while other.admits(stamp, &[Touch::Game(GAME)]) {
        assert!(committed.elapsed() < Duration::from_secs(2), "it never hears of it");
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    committed.elapsed()
}

/// The median of some lags; prints all that anybody may want to know.
async fn usual_lag(shop: &TestShop, other: &Coherence) -> Duration {
    let mut lags = Vec::new();
    for _ in 0..41 {
        lags.push(lag(shop, other).await);
    }
    lags.sort();
    println!(
        "from a commit to the other node's slots: p50 {:?}, most {:?}",
        lags[20], lags[40]
    );
    lags[20]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_hears_of_a_commit_long_before_its_next_pulse() {
    let (shop, second) = two_nodes().await;
    // The pulse alone would take 75 ms on average.
    let usual = usual_lag(&shop, second.cache.coherence()).await;
    assert!(usual < Duration::from_millis(40), "{usual:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_hears_again_after_its_connection_was_cut() {
    let (shop, second) = two_nodes().await;
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name = 'latchkey signals' AND datname = current_database()";
    assert!(number(&shop.db, cut).await >= 2);
    lag(&shop, second.cache.coherence()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let usual = usual_lag(&shop, second.cache.coherence()).await;
    assert!(usual < Duration::from_millis(40), "{usual:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_commits_is_few_words() {
    let (shop, _second) = two_nodes().await;
    let mut ear = shop.database.open().await.ear().await.unwrap().unwrap();
    let begun = Instant::now();
    let pattern = Pattern::parse(&format!("game:{GAME}")).unwrap();
    let commits = (0..200).map(|_| shop.shop.invalidate(&pattern));
    for outcome in futures::future::join_all(commits).await {
        outcome.unwrap();
    }
    let took = begun.elapsed();
    let mut words = 0;
    while let Ok(heard) = tokio::time::timeout(Duration::from_millis(300), ear.heard()).await {
        assert_eq!(heard.unwrap(), Heard::Others);
        words += 1;
    }
    let most = took.as_millis() / 5 + 3;
    println!("200 commits in {took:?}: {words} words");
    assert!(words >= 1 && words <= most.min(199), "{words} words, at most {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pulse_that_hangs_gets_another_connection() {
    let (shop, second) = two_nodes().await;
    let hanging = "SELECT CAST(MAX(pid) AS BIGINT) FROM pg_stat_activity \
                   WHERE application_name = 'latchkey pulse' AND datname = current_database()";
    let backend = number(&shop.db, hanging).await.to_string();
    let signal = |name: &str| {
        assert!(
            Command::new("kill")
                .args(["-s", name, &backend])
                .status()
                .unwrap()
                .success()
        );
    };
    let is_old = |node: &Coherence| node.pulse_age().unwrap() > Duration::from_millis(700);
    signal("STOP");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let (one, other) = (is_old(shop.cache.coherence()), is_old(second.cache.coherence()));
    let begun = Instant::now();
    let all = || is_old(shop.cache.coherence()) || is_old(second.cache.coherence());
    while all() && begun.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let are_well = !all();
    signal("CONT");
    assert!(one != other, "one of the two has to hang: {one}, {other}");
    assert!(are_well, "it hangs for ten seconds");
    println!("in step again {:?} later", begun.elapsed());
}
