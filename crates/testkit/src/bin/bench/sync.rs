//! The sync beside a raw script: 10,000 and 100,000 products; first, unchanged, with 1 % drift; both databases; pace.

mod raw_script;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::{Kind, TestDatabase};
use tokio::process::Command;

use crate::stage::supplier::{Supplier, megabytes, program};

const PRODUCTS: u32 = 100_000;
/// Memory must not grow from this many products to the next size.
const FEW: u32 = 10_000;
/// The supplier's limit is 600 a minute: here time runs five times as fast.
const COMPRESSED: u32 = 5;
const PACED: u32 = 3_000;
/// The highest rate that the shop accepts; the supplier then allows a hundred times as much.
const UNPACED: u32 = 1_000_000;

/// One sync in a process of its own.
struct Synced {
    took: Duration,
    requests: u64,
    /// Without those that begin and end transactions.
    statements: u64,
    peak_kilobytes: u64,
    report: Value,
}

/// Measures and prints; `paced` and `unpaced` measure one half only.
pub(crate) async fn run(what: Option<&str>) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = program()?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if what != Some("paced") {
            for products in [FEW, PRODUCTS] {
                Box::pin(compare(kind, &program, products)).await?;
            }
        }
        if what != Some("unpaced") {
            Box::pin(paced(kind, &program)).await?;
        }
    }
    Ok(())
}

/// First sync, unchanged, drifted; each compared with a script that writes the same rows.
async fn compare(kind: Kind, program: &Path, products: u32) -> Result<()> {
    let supplier = Supplier::start(program, products, 100 * UNPACED).await?;
    let (database, beside) = (TestDatabase::migrated(kind).await, TestDatabase::migrated(kind).await);
    let folder = testkit::database::own_folder();
    println!("\n{kind:?}, {products} products");
    let mut script = raw_script::Script::open(kind, &database, &beside).await?;
    for (name, drifted) in [("first", 0), ("unchanged", 0), ("1 % drift", products / 100)] {
        if drifted > 0 {
            supplier.drift(drifted).await?;
        }
        let synced = sync(&supplier, &database, &folder, UNPACED).await?;
        let (rows, raw) = script.write_the_same().await?;
        ensure!(rows == u64::from(products), "the script wrote {rows} games");
        let (ours, theirs) = (per_second(products, synced.took), per_second(products, raw));
        println!(
            "  {name:<10} sync {:>6.2} s = {ours:>6.0} rows/s, {} statements, {} requests, peak {:.1} MB, added {} updated {}; script {:>6.2} s = {theirs:>6.0} rows/s; ratio {:.2}",
            synced.took.as_secs_f64(),
            synced.statements,
            synced.requests,
            megabytes(synced.peak_kilobytes),
            synced.report["added"],
            synced.report["updated"],
            raw.as_secs_f64(),
            ours / theirs,
        );
    }
    Ok(())
}

fn per_second(products: u32, took: Duration) -> f64 {
    f64::from(products) / took.as_secs_f64()
}

/// A supplier with a rate limit, and a shop that knows the limit.
async fn paced(kind: Kind, program: &Path) -> Result<()> {
    let supplier = Supplier::start(program, PRODUCTS, PACED).await?;
    let database = TestDatabase::migrated(kind).await;
    let synced = sync(&supplier, &database, &testkit::database::own_folder(), PACED).await?;
    let least = Duration::from_secs_f64(f64::from(PRODUCTS.div_ceil(20)) * 60.0 / f64::from(PACED));
    println!(
        "\n{kind:?}, at {PACED} requests a minute (600, time {COMPRESSED} times as fast): {:.1} s for {} requests; the {} pages alone take {:.1} s: {:.3} of the minimum",
        synced.took.as_secs_f64(),
        synced.requests,
        PRODUCTS.div_ceil(20),
        least.as_secs_f64(),
        synced.took.as_secs_f64() / least.as_secs_f64(),
    );
    Ok(())
}

/// Runs `latchkey sync` to its end and records its memory. `folder` is the shop's data folder.
async fn sync(supplier: &Supplier, database: &TestDatabase, folder: &Path, per_minute: u32) -> Result<Synced> {
    let before = supplier.requests().await?;
    let begun = Instant::now();
    let child = Command::new(std::env::current_exe()?.with_file_name("latchkey"))
        .args(["sync", "--no-demo"])
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", &database.url)
        .env("G2A_API_URL", format!("{}/v1", supplier.url))
        .env("G2A_CLIENT_ID", "demo-client")
        .env("G2A_EMAIL", "demo@latchkey.invalid")
        .env("G2A_CLIENT_SECRET", "demo-secret")
        .env("G2A_RATE_PER_MINUTE", per_minute.to_string())
        .env("LATCHKEY__LOG__FILTER", "warn,latchkey::commands=debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("latchkey does not start")?;
    let status = format!("/proc/{}/status", child.id().context("it has ended")?);
    let watching = tokio::spawn(async move {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(kilobytes) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()) else {
                break;
            };
            peak = kilobytes;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        peak
    });
    let ended = child.wait_with_output().await?;
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{said}");
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let statements = lines.filter_map(|line| line["statements"].as_u64()).next_back();
    Ok(Synced {
        took,
        requests: supplier.requests().await? - before,
        statements: statements.context("the program does not say how many statements it sent")?,
        peak_kilobytes: watching.await?,
        report: serde_json::from_slice(&ended.stdout)?,
    })
}
