//! Two syncs: one is admitted, and one that slept past its lease writes not one row more.

use std::process::Stdio;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use testkit::database::own_folder;
use testkit::{Caching, Kind, TestShop, on_both_databases, program, soon};

use super::{drift, games, process};

const SETTINGS: [(&str, &str); 2] = [
    ("LATCHKEY__SYNC__LEASE_MS", "400"),
    ("LATCHKEY__SYNC__BATCH_PAGES", "2"),
];

async fn shop_of(kind: testkit::Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

/// Every row that a sync writes, as text.
async fn rows(shop: &TestShop) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in [
        (
            "offers",
            "product_id || ' ' || price_cents || ' ' || supplier_qty || ' ' || observed_at || ' ' || updated_at",
        ),
        (
            "games",
            "slug || ' ' || price_cents || ' ' || copies || ' ' || updated_at",
        ),
        (
            "sync_runs",
            "kind || ' ' || started_at || ' ' || COALESCE(outcome, '-') || ' ' || COALESCE(report, '-') || ' ' || COALESCE(progress, '-')",
        ),
        ("sync_positions", "state"),
        ("touches", "number || ' ' || names"),
        ("job_leases", "holder || ' ' || expires_at"),
    ] {
        let sql = format!("SELECT CAST({columns} AS TEXT) AS line FROM {table} ORDER BY 1");
        let raw = shop.db.raw();
        let found = raw
            .query_all_raw(Statement::from_string(raw.get_database_backend(), sql))
            .await
            .unwrap();
        all.extend(
            found
                .iter()
                .map(|row| format!("{table} {}", row.try_get::<String>("", "line").unwrap())),
        );
    }
    all
}

async fn wait_for_progress(shop: &TestShop, products: u64) {
    soon("the sync makes progress", async || {
        let run = shop.db.sync_runs().latest().await.unwrap();
        run.is_some_and(|run| run.progress.read >= products)
    })
    .await;
}

async fn signal(child: &tokio::process::Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(
        tokio::process::Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .await
            .unwrap()
            .success()
    );
}

#[on_both_databases]
async fn one_that_slept_past_its_lease_writes_not_one_row_more(kind: Kind) {
    let shop = shop_of(kind, 2_000).await;
    shop.sync().await;
    drift(&shop, 1_500).await;
    shop.set_faults(&json!({"latencyMs": 60})).await;
    let folder = own_folder();
    let old = process(&shop, &folder, &[], &SETTINGS)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_progress(&shop, 80).await;
    wait_until_running(&shop).await;
    stop_between_batches(&shop, &old).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    // While it sleeps, everything changes again, and another sync goes on where it was, and finishes.
    shop.set_faults(&json!({})).await;
    drift(&shop, 2_000).await;
    let new = process(&shop, &folder, &[], &SETTINGS).output().await.unwrap();
    let said = String::from_utf8_lossy(&new.stderr).into_owned();
    assert!(new.status.success(), "{said}");
    assert!(said.contains("goes on with the crawl"), "{said}");
    let before = rows(&shop).await;
    signal(&old, "CONT").await;
    let old = old.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&old.stderr).into_owned();
    assert_eq!(old.status.code(), Some(1), "{said}");
    assert!(said.contains("lost its lease"), "{said}");
    assert_eq!(rows(&shop).await, before, "a row of the old sync landed");
}

#[on_both_databases]
async fn the_second_of_two_processes_hears_who_since_when_and_how_far(kind: Kind) {
    let shop = shop_of(kind, 2_000).await;
    // The first is to run for longer than the second takes to begin.
    shop.set_faults(&json!({"latencyMs": 1_000})).await;
    let folder = own_folder();
    let settings = [("LATCHKEY__SYNC__BATCH_PAGES", "2")];
    let first = process(&shop, &folder, &[], &settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_progress(&shop, 80).await;
    let second = process(&shop, &folder, &["--stock"], &settings).output().await.unwrap();
    shop.set_faults(&json!({})).await;
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{said}");
    for word in [
        &format!("process {}", first.id().unwrap()),
        "since 20",
        "a full sync",
        "of 2000 products read",
    ] {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
    assert!(first.wait_with_output().await.unwrap().status.success());
    assert_eq!(games(&shop).await.len(), 2_000);
}

#[on_both_databases]
async fn ctrl_c_leaves_a_crawl_that_the_next_sync_goes_on_with(kind: Kind) {
    let shop = shop_of(kind, 2_000).await;
    shop.set_faults(&json!({"latencyMs": 100})).await;
    let folder = own_folder();
    let settings = [("LATCHKEY__SYNC__BATCH_PAGES", "2")];
    let first = process(&shop, &folder, &[], &settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_progress(&shop, 200).await;
    signal(&first, "INT").await;
    assert_eq!(first.wait_with_output().await.unwrap().status.code(), Some(130));
    let stopped = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(stopped.outcome.as_deref(), Some("stopped"));
    assert!(
        stopped.progress.read < 2_000 && stopped.finished_at.is_some(),
        "{stopped:?}"
    );
    let asked = requests(&shop).await;
    shop.set_faults(&json!({})).await;
    // The lease was given back: nobody has to wait for it.
    let second = process(&shop, &folder, &[], &settings).output().await.unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(second.status.success(), "{said}");
    assert!(
        said.contains("goes on with the crawl") && said.contains(&format!("{} of 2000", stopped.progress.read)),
        "{said}"
    );
    let pages_left = (2_000 - stopped.progress.read).div_ceil(20);
    assert!(requests(&shop).await - asked <= pages_left + 1, "it began anew");
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(
        (run.id, run.outcome.as_deref(), run.report.added),
        (stopped.id, Some("complete"), 2_000)
    );
    assert_eq!(games(&shop).await.len(), 2_000);
}

async fn requests(shop: &TestShop) -> u64 {
    let ledger = program::http()
        .get(format!("{}/_sandbox/ledger", shop.sandbox.url()))
        .send()
        .await
        .unwrap();
    let ledger: serde_json::Value = serde_json::from_str(&ledger.text().await.unwrap()).unwrap();
    ledger["requests"]["/v1/products"].as_u64().unwrap()
}

/// Until the run of the process is the latest: the one before it, of the test itself, had read everything.
async fn wait_until_running(shop: &TestShop) {
    soon("the process syncs", async || {
        let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
        run.finished_at.is_none() && run.progress.read >= 80 && run.progress.read < 1_500
    })
    .await;
}

/// Pauses a sync where it holds no lock: a process that sleeps within a transaction stops everybody on SQLite, and
/// everybody who wants the lease on PostgreSQL, until the database or a person ends it.
async fn stop_between_batches(shop: &TestShop, child: &tokio::process::Child) {
    for _ in 0..50 {
        signal(child, "STOP").await;
        let free = async {
            let tx = shop.db.begin().await?;
            tx.execute_for_test("UPDATE job_leases SET name = name").await
        };
        if matches!(tokio::time::timeout(Duration::from_millis(300), free).await, Ok(Ok(_))) {
            return;
        }
        signal(child, "CONT").await;
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    panic!("the sync holds its locks whenever it is looked at");
}
