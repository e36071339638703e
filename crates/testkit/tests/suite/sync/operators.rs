//! What operators see of several suppliers: `latchkey doctor`, `latchkey settings`, the log, the metrics.

use std::path::{Path, PathBuf};

use testkit::database::own_folder;
use testkit::{Kind, Program, TestShop, on_both_databases, program, soon};

use super::wholesaler;
use crate::watching::{metrics, value};

/// The settings of a shop of the sandbox and of a wholesaler's list.
struct Settings {
    folder: PathBuf,
    list: PathBuf,
    environment: Vec<(String, String)>,
}

/// An hour that is far away.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the programs of these tests read the real clock"
)]
fn in_twelve_hours() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    format!("{:02}:00", (since.as_secs() / 3_600 + 12) % 24)
}

impl Settings {
    fn of(shop: &TestShop) -> Self {
        let folder = own_folder();
        let list = folder.join("list.csv");
        let account = g2a_sandbox::Settings::default();
        let mut environment: Vec<(String, String)> = [
            ("DATABASE_URL", shop.database.url.clone()),
            ("G2A_API_URL", format!("{}/v1", shop.sandbox.url())),
            ("G2A_CLIENT_ID", account.client_id),
            ("G2A_EMAIL", account.email),
            ("G2A_CLIENT_SECRET", account.client_secret),
            ("G2A_RATE_PER_MINUTE", "1000000".to_owned()),
            // No timetable of this test comes before its own syncs, at whatever time of day it runs.
            ("LATCHKEY__SYNC__FULL_AT", in_twelve_hours()),
            ("LATCHKEY__SUPPLIERS__WHOLESALER__EVERY_MINUTES", "1440".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        environment.extend(wholesaler::settings(&list).map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self {
            folder,
            list,
            environment,
        }
    }

    fn write(&self, rows: &str) {
        std::fs::write(&self.list, format!("sku;title;net;qty\n{rows}")).unwrap();
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.environment.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Runs `latchkey` to its end; returns what it printed, and its log.
    async fn latchkey(&self, words: &[&str]) -> (String, String) {
        let mut command = program::latchkey(&self.folder, words);
        let output = command.envs(self.pairs()).output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    async fn sync_wholesaler(&self) -> String {
        self.latchkey(&["sync", "--no-demo", "--supplier", "wholesaler"])
            .await
            .1
    }
}

/// Waits until a metric of a serving process has this value.
async fn counts(url: &str, metric: &str, expected: f64) {
    soon(&format!("{metric} is {expected}"), async || {
        value(&metrics(url).await, metric) == Some(expected)
    })
    .await;
}

/// Each metric of syncs is described.
fn explains_itself(told: &str) {
    for described in [
        "sync_runs_total",
        "sync_duration_seconds",
        "sync_changes_total",
        "supplier_requests_total",
        "supplier_request_duration_seconds",
        "sync_parked",
    ] {
        assert!(told.contains(&format!("# HELP {described} ")), "{described}: {told}");
    }
}

#[on_both_databases]
async fn the_metrics_count_the_runs_of_every_process_and_the_calls_of_this_one(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let settings = Settings::of(&shop);
    settings.write("A-1;A game of paper Steam Key GLOBAL;1.23;4\n");
    let serving = Program::serve_with(&settings.folder, &["--no-demo"], &settings.pairs()).await;
    let url = &serving.url;
    // It fills the empty shop by itself.
    counts(
        url,
        r#"sync_runs_total{supplier="g2a",kind="full",outcome="complete"}"#,
        1.0,
    )
    .await;
    let told = metrics(url).await;
    for (metric, expected) in [
        (r#"sync_changes_total{supplier="g2a",change="added"}"#, 93.0),
        (r#"sync_duration_seconds_count{supplier="g2a",kind="full"}"#, 1.0),
        (
            r#"supplier_requests_total{supplier="g2a",call="products",outcome="answered"}"#,
            5.0,
        ),
        (
            r#"supplier_request_duration_seconds_count{supplier="g2a",call="products"}"#,
            5.0,
        ),
    ] {
        assert_eq!(value(&told, metric), Some(expected), "{metric}: {told}");
    }
    assert!(
        told.contains(r#"sync_duration_seconds_bucket{supplier="g2a",kind="full",le="7200"}"#),
        "{told}"
    );
    explains_itself(&told);
    // Another process syncs the other supplier, well and then badly.
    let log = settings.sync_wholesaler().await;
    assert!(log.contains("[Sync] reading the list of wholesaler"), "{log}");
    assert!(!log.contains("G2A"), "{log}");
    counts(
        url,
        r#"sync_runs_total{supplier="wholesaler",kind="full",outcome="complete"}"#,
        1.0,
    )
    .await;
    settings.write("A-1;\"Never closed;1.00;1\n");
    settings.sync_wholesaler().await;
    counts(
        url,
        r#"sync_runs_total{supplier="wholesaler",kind="full",outcome="failed"}"#,
        1.0,
    )
    .await;
    // A list that became empty is parked, and waits.
    counts(url, r#"sync_parked{supplier="wholesaler"}"#, 0.0).await;
    settings.write("");
    settings.sync_wholesaler().await;
    counts(url, r#"sync_parked{supplier="wholesaler"}"#, 1.0).await;
    counts(
        url,
        r#"sync_runs_total{supplier="wholesaler",kind="full",outcome="parked"}"#,
        1.0,
    )
    .await;
    let told = metrics(url).await;
    let added = r#"sync_changes_total{supplier="wholesaler",change="added"}"#;
    assert_eq!(value(&told, added), Some(1.0), "{told}");
}

/// The line of `doctor` that begins so, with the remedy after it.
fn finding<'a>(said: &'a str, beginning: &str) -> &'a str {
    let start = said
        .find(beginning)
        .unwrap_or_else(|| panic!("{beginning} is missing:\n{said}"));
    let mut ends = said[start..].match_indices('\n').map(|(at, _)| start + at);
    let end = ends
        .find(|at| !said[*at..].starts_with("\n       remedy"))
        .unwrap_or(said.len());
    &said[start..end]
}

#[on_both_databases]
async fn doctor_and_settings_name_each_supplier(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let settings = Settings::of(&shop);
    settings.write("A-1;A game of paper Steam Key GLOBAL;1.23;4\n");
    let (said, _) = settings.latchkey(&["doctor", "--no-demo"]).await;
    for line in [
        "ok     supplier g2a: answers, and has 93 products",
        "ok     supplier wholesaler: its list can be read, and has 1 products",
    ] {
        assert!(said.contains(line), "{line} is missing:\n{said}");
    }
    // A list that cannot be used, and then the last sync of it, which failed.
    settings.write("A-1;\"Never closed;1.00;1\n");
    let (said, _) = settings.latchkey(&["doctor", "--no-demo"]).await;
    let wrong = finding(&said, "WRONG  supplier wholesaler: ");
    assert!(
        wrong.contains("line 2") && wrong.contains("remedy: check source"),
        "{said}"
    );
    settings.sync_wholesaler().await;
    settings.write("A-1;A game of paper Steam Key GLOBAL;1.23;4\n");
    let (said, _) = settings.latchkey(&["doctor", "--no-demo"]).await;
    let note = finding(
        &said,
        "note   supplier wholesaler: its list can be read, and has 1 products; its last sync (full, ",
    );
    assert!(note.contains("is failed"), "{said}");
    let (said, _) = settings.latchkey(&["settings", "--no-demo"]).await;
    for (name, shown) in [
        ("suppliers.wholesaler.source", path(&settings.list)),
        ("suppliers.wholesaler.rank", "2"),
        ("suppliers.wholesaler.fulfilment", "by_hand"),
    ] {
        let line = said.lines().find(|line| line.starts_with(name));
        assert!(line.is_some_and(|line| line.contains(shown)), "{name}: {said}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
