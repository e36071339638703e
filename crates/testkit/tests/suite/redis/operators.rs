//! What operators see about Redis: `latchkey doctor`, the log, the metrics; never a password.

use std::time::Duration;

use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::{Program, Redis};

use super::PATIENTLY;

async fn doctor(url: &str) -> String {
    let mut command = program::latchkey(&own_folder(), &["doctor"]);
    let ended = command.env("REDIS_URL", url).output().await.unwrap();
    String::from_utf8(ended.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_how_it_is_and_what_helps() {
    let mut redis = Redis::start().await;
    let well = doctor(&redis.url()).await;
    assert!(
        well.contains("ok     Redis: Redis ") && well.contains("takes values"),
        "{well}"
    );
    redis
        .ask::<()>(
            ::redis::cmd("ACL")
                .arg("SETUSER")
                .arg("reader")
                .arg("on")
                .arg(">hush-hush")
                .arg("~*")
                .arg("+get")
                .arg("+pttl"),
        )
        .await;
    let forbidden = doctor(&redis.url_of("reader:hush-hush@")).await;
    assert!(
        forbidden.contains("WRONG  Redis: it refuses SET (NOPERM), UNLINK (NOPERM), SCAN (NOPERM)"),
        "{forbidden}"
    );
    let stranger = doctor(&redis.url_of("reader:another-secret@")).await;
    assert!(stranger.contains("WRONG  Redis: it cannot be used"), "{stranger}");
    redis.kill();
    let away = doctor(&redis.url_of("reader:hush-hush@")).await;
    assert!(
        away.contains("WRONG  Redis: it cannot be used") && away.contains("remedy: "),
        "{away}"
    );
    for said in [well, forbidden, stranger, away] {
        assert!(
            !said.contains("hush-hush") && !said.contains("another-secret"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_each_change_once_and_no_password() {
    let mut redis = Redis::start().await;
    redis
        .ask::<()>(::redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("hush-hush"))
        .await;
    let (folder, url) = (own_folder(), redis.url_of(":hush-hush@"));
    let log = folder.join("log");
    let shop = Program::serve_logging(&folder, &[], &[("REDIS_URL", &url), PATIENTLY], &log).await;
    let lines = |what: &str| {
        std::fs::read_to_string(&log)
            .unwrap()
            .lines()
            .filter(|line| line.contains(what))
            .count()
    };
    let (in_use, away) = ("[Cache] Redis is in use", "[Cache] Redis is not in use");
    super::soon("it is in use", async || lines(in_use) == 1).await;
    redis.kill();
    for _ in 0..50 {
        assert_eq!(
            http()
                .get(format!("{}/catalogue", shop.url))
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    super::soon("it is away", async || lines(away) == 1).await;
    redis.come_back(&["--requirepass", "hush-hush"]).await;
    super::soon("it is in use again", async || lines(in_use) == 2).await;
    assert_eq!(lines(away), 1);
    assert_eq!(lines("hush-hush"), 0);
    let metrics = http()
        .get(format!("{}/metrics", shop.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("cache_redis_in_use 1") && metrics.contains("cache_redis_errors_total"),
        "{metrics}"
    );
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
}
