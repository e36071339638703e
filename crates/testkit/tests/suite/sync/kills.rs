//! A crawl that is killed fifty times, by SIGKILL, at random batches: it ends where an undisturbed one ends.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::catalog::GameFacts;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::{Sold, games, process};
use crate::dice::Dice;

const KILLS: u32 = 50;
/// More than one query can show: the crawl has to cut it.
const PRODUCTS: u32 = 10_400;
/// Short, because whoever is killed cannot give it back.
const SETTINGS: [(&str, &str); 2] = [
    ("LATCHKEY__SYNC__LEASE_MS", "150"),
    ("LATCHKEY__SYNC__BATCH_PAGES", "2"),
];

async fn large(kind: testkit::Kind) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products: PRODUCTS,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

async fn read_so_far(shop: &TestShop) -> u64 {
    shop.db
        .sync_runs()
        .latest()
        .await
        .unwrap()
        .map_or(0, |run| run.progress.read)
}

/// Kills one sync after another a few batches after it began, then lets one finish. Returns how many were killed.
async fn crawl_and_kill(shop: &TestShop, dice: &mut Dice) -> u32 {
    let folder = own_folder();
    let mut killed = 0;
    loop {
        let before = read_so_far(shop).await;
        let mut command = process(shop, &folder, &[], &SETTINGS);
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let target = before + 40 * dice.below(4) + 1;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if killed < KILLS && read_so_far(shop).await >= target {
                // Somewhere within a batch.
                tokio::time::sleep(Duration::from_millis(dice.below(12))).await;
                break child.try_wait().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        match ended {
            None => {
                child.kill().await.unwrap();
                killed += 1;
            }
            // It found the lease of the one before still held.
            Some(_)
                if shop
                    .db
                    .sync_runs()
                    .latest()
                    .await
                    .unwrap()
                    .is_none_or(|run| run.finished_at.is_none()) => {}
            Some(_) => return killed,
        }
    }
}

/// What a crawl decides about each product, and nothing of when it did.
async fn decided(shop: &TestShop) -> BTreeMap<String, (GameFacts, bool)> {
    let games = games(shop).await.into_iter();
    games
        .map(|(product, game)| {
            let hidden = game.hidden;
            let facts = GameFacts {
                // Each shop's supplier draws its pictures at an address of its own.
                image: String::new(),
                images: Vec::new(),
                ..game.game.facts
            };
            (product, (facts, hidden))
        })
        .collect()
}

async fn killed_and_undisturbed_end_alike(kind: testkit::Kind, faults: Option<Value>) -> (TestShop, TestShop) {
    let (disturbed, calm) = (large(kind).await, large(kind).await);
    let mut dice = Dice::thrown();
    if let Some(faults) = &faults {
        disturbed.set_faults(faults).await;
    }
    assert_eq!(crawl_and_kill(&disturbed, &mut dice).await, KILLS);
    let run = disturbed.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(run.outcome.as_deref(), Some("complete"), "{run:?}");
    assert_eq!(
        (run.report.added, run.report.error_count),
        (u64::from(PRODUCTS), 0),
        "counted once each: {run:?}"
    );
    let undisturbed = calm.sync().await;
    assert_eq!(undisturbed.added, u64::from(PRODUCTS));
    let (one, other) = (decided(&disturbed).await, decided(&calm).await);
    assert_eq!(one.len(), other.len());
    for (product, game) in &one {
        assert_eq!(Some(game), other.get(product), "{product}");
    }
    (disturbed, calm)
}

#[on_both_databases]
async fn killed_fifty_times_it_ends_as_an_undisturbed_crawl(kind: Kind) {
    let (disturbed, calm) = killed_and_undisturbed_end_alike(kind, None).await;
    let slugs =
        |games: BTreeMap<String, Sold>| -> Vec<String> { games.into_values().map(|sold| sold.game.slug).collect() };
    assert_eq!(
        slugs(games(&disturbed).await),
        slugs(games(&calm).await),
        "the same addresses too"
    );
}

#[on_both_databases]
async fn killed_fifty_times_and_lied_to_it_ends_alike(kind: Kind) {
    let some = json!({"probability": 0.05, "calls": ["products"]});
    let with = |fields: Value| {
        let mut fault = some.clone();
        fault
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        fault
    };
    let faults = json!({
        "status": with(json!({"status": 500, "code": "API00"})),
        "rateLimit": with(json!({"retryAfter": 0})),
        "truncate": some,
        "shiftPages": some,
        "repeatPage": some,
    });
    killed_and_undisturbed_end_alike(kind, Some(faults)).await;
}
