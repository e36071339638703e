//! What operators watch and switch off: the metrics of accounts, mails, queues and the database, and docs/operating.md.

mod switches;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use domain::clock::Timestamp;
use domain::message::{Message, Queue};
use testkit::database::own_folder;
use testkit::{Client, Kind, PASSWORD, Program, TestDatabase, on_both_databases, soon};
use uuid::Uuid;

use super::program::filled;
use super::watching::{metrics, value};

const PAGE: &str = "docs/operating.md";

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The metrics that the page explains: the words in backticks in the first column of its tables of metrics.
fn explained() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let (_, tables) = page.split_once("\n## The metrics").unwrap();
    let rows = tables.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

/// The texts within the sources of the crates that have the form of a metric's name.
fn names_in_sources() -> BTreeSet<String> {
    let mut folders = vec![root().join("crates")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_of_tests = ["testkit", "tests", "target"].iter().any(|name| path.ends_with(name));
            if path.is_dir() && !is_of_tests {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let form = |c: char| c.is_ascii_lowercase() || c == '_';
                let texts = text
                    .split('"')
                    .filter(|text| text.contains('_') && text.chars().all(form));
                names.extend(texts.map(str::to_owned));
            }
        }
    }
    names
}

/// The names of the metrics that a program shows.
fn shown(metrics: &str) -> BTreeSet<String> {
    let families = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    families
        .filter_map(|line| Some(line.split(' ').next()?.to_owned()))
        .collect()
}

#[test]
fn what_the_page_explains_is_in_the_program_and_every_counter_is_explained() {
    let (explained, names) = (explained(), names_in_sources());
    let unknown: Vec<_> = explained.difference(&names).collect();
    assert!(unknown.is_empty(), "{PAGE} explains what no crate records: {unknown:?}");
    let is_metric = |name: &&String| name.ends_with("_total") || name.ends_with("_duration_seconds");
    let missing: Vec<_> = names.difference(&explained).filter(is_metric).collect();
    assert!(missing.is_empty(), "{PAGE} does not explain: {missing:?}");
}

async fn serve(folder: &Path, database: &TestDatabase, environment: &[(&str, &str)]) -> Program {
    let all = [&[("DATABASE_URL", database.url.as_str())], environment].concat();
    Program::serve_with(folder, &["--demo"], &all).await
}

async fn stop(shop: Program) {
    shop.signal("TERM").await;
    shop.ended().await;
}

async fn a_game(url: &str) -> String {
    let list = Client::at(url).get("/api/games?sort=price-desc").await;
    list.data()["data"][0]["id"].as_str().unwrap().to_owned()
}

/// The figures that contracts name for accounts, mails, jobs and the database, with all their labels.
fn promised() -> Vec<String> {
    let of = |name: &str, label: &str, values: &[&str]| -> Vec<String> {
        values
            .iter()
            .map(|value| format!("{name}{{{label}=\"{value}\"}}"))
            .collect()
    };
    let migrations = ["migrated", "nothing", "failed", "retried"];
    let mut all: Vec<String> = ["cart", "wishlist"]
        .iter()
        .flat_map(|what| {
            migrations.map(|outcome| format!("guest_migrations_total{{what=\"{what}\",outcome=\"{outcome}\"}}"))
        })
        .collect();
    all.extend(of(
        "registrations_total",
        "outcome",
        &["registered", "invalid", "taken", "limited", "failed"],
    ));
    let sign_ins = [
        "signed_in",
        "second_factor",
        "wrong_password",
        "wrong_code",
        "limited",
        "blocked",
        "refused",
        "failed",
    ];
    all.extend(of("sign_ins_total", "outcome", &sign_ins));
    all.extend(of("mails_total", "outcome", &["sent", "kept", "failed", "dead"]));
    all
}

fn of_queues() -> Vec<String> {
    let names = ["jobs_waiting", "jobs_oldest_seconds", "jobs_dead"];
    let of = |queue: &str| names.map(|name| format!("{name}{{queue=\"{queue}\"}}"));
    [of("mail"), of("sync")].concat()
}

#[on_both_databases]
async fn every_figure_is_there_before_the_first_event_and_counts_what_happens(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let shop = serve(&folder, &database, &[]).await;
    let told = metrics(&shop.url).await;
    for figure in promised() {
        assert_eq!(value(&told, &figure), Some(0.0), "{figure}\n{told}");
    }
    for figure in of_queues() {
        assert!(value(&told, &figure).is_some(), "{figure}\n{told}");
    }
    filled(&shop.url, 93).await;
    let mut ada = Client::at(&shop.url);
    ada.add_to_cart(&a_game(&shop.url).await, 1).await;
    assert_eq!(ada.register("ada@example.net").await.status, 201);
    assert_eq!(Client::at(&shop.url).register("ada@example.net").await.status, 409);
    assert_eq!(Client::at(&shop.url).register("nobody").await.status, 400);
    assert_eq!(
        Client::at(&shop.url)
            .sign_in("ada@example.net", "Wrong-Horse-1")
            .await
            .status,
        401
    );
    assert_eq!(
        Client::at(&shop.url).sign_in("ada@example.net", PASSWORD).await.status,
        200
    );
    let expected = [
        ("guest_migrations_total{what=\"cart\",outcome=\"migrated\"}", 1.0),
        ("registrations_total{outcome=\"registered\"}", 1.0),
        ("registrations_total{outcome=\"taken\"}", 1.0),
        ("registrations_total{outcome=\"invalid\"}", 1.0),
        ("sign_ins_total{outcome=\"wrong_password\"}", 1.0),
        ("sign_ins_total{outcome=\"signed_in\"}", 1.0),
        ("mails_total{outcome=\"kept\"}", 1.0),
    ];
    for (figure, expected) in expected {
        soon(figure, async || {
            value(&metrics(&shop.url).await, figure) == Some(expected)
        })
        .await;
    }
    let told = metrics(&shop.url).await;
    assert!(value(&told, "guest_migrations_total{what=\"wishlist\",outcome=\"nothing\"}") >= Some(1.0));
    for histogram in ["database_wait_seconds", "database_write_seconds"] {
        assert!(value(&told, &format!("{histogram}_count")) > Some(0.0), "{histogram}");
        assert!(
            told.contains(&format!("{histogram}_bucket{{le=\"0.5\"}}")),
            "{histogram}"
        );
    }
    let unexplained: Vec<_> = shown(&told).difference(&explained()).cloned().collect();
    assert!(unexplained.is_empty(), "{PAGE} does not explain: {unexplained:?}");
    stop(shop).await;
}

#[on_both_databases]
async fn queues_and_mails_are_the_same_for_every_process(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let shop = serve(&folder, &database, &[]).await;
    filled(&shop.url, 93).await;
    assert_eq!(Client::at(&shop.url).register("ada@example.net").await.status, 201);
    let db = database.open().await;
    let tx = db.begin().await.unwrap();
    let (later, posted) = (Duration::from_secs(3_600), Timestamp::from_micros(0));
    for (id, queue) in [(1, Queue::Sync), (2, Queue::Sync), (3, Queue::Mail)] {
        let message = Message {
            queue,
            payload: "{}".to_owned(),
        };
        tx.outbox()
            .push(Uuid::from_u128(id), &message, later, None, posted)
            .await
            .unwrap();
    }
    tx.execute_for_test("UPDATE outbox SET state = 'buried' WHERE lane = 'mail' AND payload = '{}'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let second = serve(&folder, &database, &[]).await;
    for url in [&shop.url, &second.url] {
        for (figure, least, most) in [
            ("jobs_waiting{queue=\"sync\"}", 2.0, 4.0),
            ("jobs_oldest_seconds{queue=\"sync\"}", 1_000.0, f64::MAX),
            ("jobs_dead{queue=\"mail\"}", 1.0, 1.0),
            ("jobs_dead{queue=\"sync\"}", 0.0, 0.0),
            ("mails_total{outcome=\"kept\"}", 1.0, 1.0),
        ] {
            soon(figure, async || {
                value(&metrics(url).await, figure).is_some_and(|value| value >= least && value <= most)
            })
            .await;
        }
    }
    db.close().await.unwrap();
    stop(second).await;
    stop(shop).await;
}
