//! Monitoring the caches: `/metrics`, the invalidation lag, and each change of state in the log, once.

use std::path::Path;
use std::time::Duration;

use domain::pattern::Pattern;
use domain::touch::Touch;
use storage::Db;
use testkit::database::own_folder;
use testkit::link::{Link, State};
use testkit::program::http;
use testkit::{Caching, Kind, Program, Redis, TestDatabase, TestShop, on_both_databases, soon};

pub(super) async fn metrics(url: &str) -> String {
    let asked = http().get(format!("{url}/metrics")).send().await.unwrap();
    asked.text().await.unwrap()
}

/// The value of the metric whose line begins so.
pub(super) fn value(metrics: &str, beginning: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(beginning))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Commits a touch as another process would.
async fn touch(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    tx.touch(Touch::Home);
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn a_change_is_counted_once_on_each_node_and_never_too_short(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::with(kind, caching, g2a_sandbox::Settings::default()).await;
        let second = shop.second_node().await;
        soon("both have a pulse", async || {
            shop.shop.caches().statistics().in_step && second.shop.caches().statistics().in_step
        })
        .await;
        let before = shop.shop.caches().statistics().lag;
        assert_eq!(
            second.shop.caches().statistics().lag.by_pulse.changes(),
            0,
            "what was before it is no lag"
        );
        shop.shop
            .caches()
            .invalidate(&Pattern::everything(), testkit::operator())
            .await
            .unwrap();
        shop.shop
            .caches()
            .invalidate(&Pattern::everything(), testkit::operator())
            .await
            .unwrap();
        soon("the other node knows", async || {
            second.shop.caches().statistics().lag.by_pulse.changes() == 2
        })
        .await;
        let (here, there) = (
            shop.shop.caches().statistics().lag,
            second.shop.caches().statistics().lag,
        );
        // A pulse may come between a commit and its writer's next step: whichever is first counts it, and nobody again.
        assert_eq!(here.all().changes(), before.all().changes() + 2);
        assert_eq!(there.by_write.changes(), 0);
        let longest = there.by_pulse.percentile(100).unwrap();
        assert!(longest < Duration::from_secs(5), "{longest:?}");
        soon("a writer is the first to hear of a change of its own", async || {
            shop.shop
                .caches()
                .invalidate(&Pattern::everything(), testkit::operator())
                .await
                .unwrap();
            shop.shop.caches().statistics().lag.by_write.changes() > before.by_write.changes()
        })
        .await;
    }
}

#[on_both_databases]
async fn how_long_a_transaction_was_open_is_no_lag(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let db = shop.database.open().await;
    soon("it has a pulse", async || shop.shop.caches().statistics().in_step).await;
    let mut tx = db.begin().await.unwrap();
    tx.touch(Touch::Home);
    let held = Duration::from_millis(1_500);
    tokio::time::sleep(held).await;
    tx.commit().await.unwrap();
    soon("it knows", async || {
        shop.shop.caches().statistics().lag.by_pulse.changes() == 1
    })
    .await;
    let took = shop.shop.caches().statistics().lag.by_pulse.percentile(100).unwrap();
    assert!(took < held, "{took:?}");
}

#[on_both_databases]
async fn metrics_tell_it_all_and_the_list_of_them_is_whole(kind: Kind) {
    let (database, redis, folder) = (TestDatabase::migrated(kind).await, Redis::shared().await, own_folder());
    let (url, prefix) = (redis.url(), Redis::own_prefix());
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("REDIS_URL", &url),
        ("LATCHKEY__REDIS__PREFIX", &prefix),
    ];
    let shop = Program::serve_with(&folder, &["--demo"], &environment).await;
    let db = database.open().await;
    soon("Redis is in use", async || {
        value(&metrics(&shop.url).await, "cache_redis_in_use") == Some(1.0)
    })
    .await;
    soon("a page is kept in both tiers", async || {
        http().get(format!("{}/catalogue", shop.url)).send().await.unwrap();
        let told = metrics(&shop.url).await;
        value(&told, "cache_redis_writes_total{kind=\"catalog\",outcome=\"done\"}") >= Some(1.0)
            && value(&told, "cache_reads_total{kind=\"catalog\",outcome=\"response\"}") >= Some(1.0)
    })
    .await;
    let lag = "cache_invalidation_lag_seconds_count{way=\"pulse\"}";
    let before = value(&metrics(&shop.url).await, lag).unwrap_or(0.0);
    touch(&db).await;
    soon("it hears of another process' change", async || {
        value(&metrics(&shop.url).await, lag) > Some(before)
    })
    .await;
    let mut told = String::new();
    soon("the last pulse is young", async || {
        told = metrics(&shop.url).await;
        value(&told, "cache_pulse_age_seconds").is_some_and(|age| (0.0..0.7).contains(&age))
    })
    .await;
    for (name, least, most) in [
        ("cache_fills_total{kind=\"catalog\"}", 1.0, f64::MAX),
        ("cache_leases_total{kind=\"catalog\",outcome=\"taken\"}", 1.0, f64::MAX),
        ("cache_redis_takes_values", 1.0, 1.0),
        ("cache_memory_values", 1.0, f64::MAX),
        ("cache_memory_bytes", 1.0, f64::MAX),
        (
            "cache_invalidation_lag_seconds_bucket{way=\"pulse\",le=\"5\"}",
            1.0,
            f64::MAX,
        ),
    ] {
        let value = value(&told, name);
        assert!(
            value.is_some_and(|value| value >= least && value <= most),
            "{name}: {value:?}\n{told}"
        );
    }
    let known = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cache/src/lib.rs")).unwrap();
    let families = told.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names: Vec<&str> = families
        .filter_map(|line| line.split(' ').next())
        .filter(|name| name.starts_with("cache_"))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(
            known.contains(&format!("`{name}`")),
            "{name} is missing in the list of crates/cache"
        );
    }
    db.close().await.unwrap();
    shop.signal("TERM").await;
    shop.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_age_of_the_pulse_is_right_at_the_moment_of_the_scrape() {
    let database = TestDatabase::migrated(Kind::Postgres).await;
    let (link, url) = linked(&database).await;
    let folder = own_folder();
    let shop = Program::serve_with(&folder, &["--demo"], &[("DATABASE_URL", &url)]).await;
    soon("it is young", async || {
        value(&metrics(&shop.url).await, "cache_pulse_age_seconds") < Some(0.7)
    })
    .await;
    link.set(State::Frozen);
    soon("it grows old while nobody sets it", async || {
        value(&metrics(&shop.url).await, "cache_pulse_age_seconds") > Some(1.0)
    })
    .await;
    link.set(State::Whole);
    soon("it is young again", async || {
        value(&metrics(&shop.url).await, "cache_pulse_age_seconds") < Some(0.7)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_once_that_caches_rest_and_that_nothing_is_heard() {
    let database = TestDatabase::migrated(Kind::Postgres).await;
    let (link, url) = linked(&database).await;
    let folder = own_folder();
    let log = folder.join("log");
    let shop = Program::serve_logging(&folder, &["--demo"], &[("DATABASE_URL", &url)], &log).await;
    let lines = |what: &str| {
        let text = std::fs::read_to_string(&log).unwrap();
        text.lines().filter(|line| line.contains(what)).count()
    };
    let (rest, again) = (
        "[Cache] no pulse from the database",
        "[Cache] the database answers again",
    );
    let (silent, hears) = ("[Cache] nothing is heard", "[Cache] other processes are heard again");
    soon("it listens", async || {
        value(&metrics(&shop.url).await, "cache_listening") == Some(1.0)
    })
    .await;
    // Machines that do much else keep a pulse waiting now and then: what was said before is not counted.
    soon("it is in step", async || lines(rest) == lines(again)).await;
    let db = database.open().await;
    for _ in 0..2 {
        let before = lines(rest);
        // Nothing fails yet: the pulse hangs, and caches rest long before it is given up.
        link.set(State::Frozen);
        soon("caches rest", async || {
            lines(rest) > before && lines(rest) == lines(again) + 1
        })
        .await;
        let resting = lines(rest);
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(lines(rest), resting, "once is enough");
        link.set(State::Whole);
        soon("caches are in use", async || lines(again) == lines(rest)).await;
    }
    for _ in 0..2 {
        let before = (lines(rest), lines(silent));
        link.set(State::Cut);
        soon("nothing is heard", async || {
            lines(rest) > before.0
                && lines(rest) == lines(again) + 1
                && lines(silent) > before.1
                && lines(silent) == lines(hears) + 1
        })
        .await;
        let resting = (lines(rest), lines(silent));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!((lines(rest), lines(silent)), resting, "once is enough");
        link.set(State::Whole);
        soon("others are heard", async || {
            db.wake_others().await.unwrap();
            lines(hears) == lines(silent) && lines(again) == lines(rest)
        })
        .await;
    }
    db.close().await.unwrap();
    shop.signal("TERM").await;
    shop.ended().await;
}

/// A link to this database's server, and the address of the database behind it.
pub(super) async fn linked(database: &TestDatabase) -> (Link, String) {
    let server = testkit::link::server_of(&database.url);
    let link = Link::to(&server).await;
    let url = database.url.replacen(&server, &link.address, 1);
    (link, url)
}
