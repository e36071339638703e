//! Nodes wake each other after a commit, on PostgreSQL: soon, not too often, and again after any interruption.

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
use storage::signals::Notification;
use testkit::patience::PATIENCE;
use testkit::{Caching, Kind, Node, TestShop, soon};
use uuid::Uuid;

const GAME: GameId = GameId(Uuid::from_u128(7));

async fn two_nodes() -> (TestShop, Node) {
    let shop = TestShop::with(Kind::Postgres, Caching::Memory, g2a_sandbox::Settings::default()).await;
    let second = shop.second_node().await;
    shop.caught_up().await;
    second.caught_up().await;
    soon("both listen", async || listeners_since(&shop.db, 0).await == 2).await;
    (shop, second)
}

/// How many connections that listen were opened after this moment, in microseconds by the server's clock. Nodes speak on
/// others, of the same name.
async fn listeners_since(db: &Db, moment: i64) -> i64 {
    let count = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'latchkey signals' AND query LIKE 'LISTEN%' \
         AND datname = current_database() AND EXTRACT(EPOCH FROM backend_start) * 1000000 > {moment}"
    );
    number(db, &count).await
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
        .caches()
        .invalidate(&Pattern::parse(&format!("game:{GAME}")).unwrap(), testkit::operator())
        .await
        .unwrap();
    let committed = Instant::now();
    while other.admits(stamp, &[Touch::Game(GAME)]) {
        assert!(committed.elapsed() < PATIENCE, "it never hears of it");
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    committed.elapsed()
}

/// That usually a commit is known long before the pulse would tell of it, which takes 75 ms on average; at best of some
/// times, since a busy machine may be too slow for a while.
async fn is_usually_heard_of_at_once(shop: &TestShop, other: &Coherence) {
    let mut usual = Duration::MAX;
    for _ in 0..5 {
        usual = usual.min(usual_lag(shop, other).await);
        if usual < Duration::from_millis(40) {
            return;
        }
    }
    panic!("it takes {usual:?} at best");
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
    is_usually_heard_of_at_once(&shop, second.cache.coherence()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_hears_again_after_its_connection_was_cut() {
    let (shop, second) = two_nodes().await;
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name = 'latchkey signals' AND datname = current_database()";
    let now = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
    let moment = number(&shop.db, now).await;
    assert!(number(&shop.db, cut).await >= 2);
    lag(&shop, second.cache.coherence()).await;
    soon("both listen again", async || {
        listeners_since(&shop.db, moment).await == 2
    })
    .await;
    is_usually_heard_of_at_once(&shop, second.cache.coherence()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_commits_is_few_words() {
    let (shop, _second) = two_nodes().await;
    let mut listener = shop.database.open().await.listen().await.unwrap().unwrap();
    let begun = Instant::now();
    let pattern = Pattern::parse(&format!("game:{GAME}")).unwrap();
    let commits = (0..200).map(|_| shop.shop.caches().invalidate(&pattern, testkit::operator()));
    for outcome in futures::future::join_all(commits).await {
        outcome.unwrap();
    }
    let took = begun.elapsed();
    let mut words = 0;
    while let Ok(heard) = tokio::time::timeout(Duration::from_millis(300), listener.next()).await {
        assert_eq!(heard.unwrap(), Notification::Others);
        words += 1;
    }
    let most = took.as_millis() / 5 + 3;
    println!("200 commits in {took:?}: {words} words");
    assert!(words >= 1 && words <= most.min(199), "{words} words, at most {most}");
}

/// Whether it becomes so within all patience.
async fn becomes(is_so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !is_so() && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    is_so()
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
    // What is stopped has to go on before anything fails: it would not end with the test.
    let one_hangs = || is_old(shop.cache.coherence()) != is_old(second.cache.coherence());
    let does_hang = becomes(one_hangs).await;
    let begun = Instant::now();
    let are_well = becomes(|| !is_old(shop.cache.coherence()) && !is_old(second.cache.coherence())).await;
    signal("CONT");
    assert!(does_hang, "one of the two has to hang");
    assert!(are_well, "it hangs for {PATIENCE:?}");
    println!("in step again {:?} later", begun.elapsed());
}
