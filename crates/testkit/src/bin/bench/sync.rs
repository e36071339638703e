//! The sync against a raw script: 100,000 products first, unchanged, and after a drift of 1 %, on both databases; memory; pace.

mod raw_script;
mod supplier;

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::{Kind, TestDatabase};
use tokio::process::Command;

use supplier::{Supplier, built, megabytes};

const PRODUCTS: u32 = 100_000;
const FEW: u32 = 10_000;
/// The supplier's limit is 600 a minute: here time runs five times as fast.
const COMPRESSED: u32 = 5;
const PACED: u32 = 3_000;

/// One sync in a process of its own.
struct Synced {
    took: Duration,
    requests: u64,
    peak_kilobytes: u64,
    report: Value,
}

/// Measures and prints; `paced` and `unpaced` measure one half alone.
pub(crate) async fn run(what: Option<&str>) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = built().await?;
    if what != Some("paced") {
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let few = Supplier::start(&program, FEW, 100_000_000).await?;
            let database = TestDatabase::migrated(kind).await;
            let small = sync(&few, &database, 1_000_000).await?;
            drop(few);
            Box::pin(compare(kind, &program, &small)).await?;
        }
    }
    if what != Some("unpaced") {
        paced(&program).await?;
    }
    Ok(())
}

/// First sync, unchanged, drifted; each beside the script that writes the same rows.
async fn compare(kind: Kind, program: &std::path::Path, small: &Synced) -> Result<()> {
    let supplier = Supplier::start(program, PRODUCTS, 100_000_000).await?;
    let (database, beside) = (TestDatabase::migrated(kind).await, TestDatabase::migrated(kind).await);
    println!("\n{kind:?}, {PRODUCTS} products");
    println!(
        "  memory at its peak with {FEW} products: {:.1} MB",
        megabytes(small.peak_kilobytes)
    );
    let mut script = raw_script::Script::open(kind, &database, &beside).await?;
    for (name, drifted) in [("first", 0), ("unchanged", 0), ("1 % drift", PRODUCTS / 100)] {
        if drifted > 0 {
            supplier.drift(drifted).await?;
        }
        let synced = sync(&supplier, &database, 1_000_000).await?;
        let (rows, raw) = script.write_the_same().await?;
        ensure!(rows == u64::from(PRODUCTS), "the script wrote {rows} games");
        let (ours, theirs) = (per_second(synced.took), per_second(raw));
        println!(
            "  {name:<10} sync {:>6.2} s = {ours:>6.0} rows/s, {} requests, peak {:.1} MB, added {} updated {}; script {:>6.2} s = {theirs:>6.0} rows/s; ratio {:.2}",
            synced.took.as_secs_f64(),
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

fn per_second(took: Duration) -> f64 {
    f64::from(PRODUCTS) / took.as_secs_f64()
}

/// A supplier that refuses what comes too often, and a shop that knows the limit.
async fn paced(program: &std::path::Path) -> Result<()> {
    let supplier = Supplier::start(program, PRODUCTS, PACED).await?;
    let database = TestDatabase::migrated(Kind::Sqlite).await;
    let synced = sync(&supplier, &database, PACED).await?;
    let least = Duration::from_secs_f64(f64::from(PRODUCTS.div_ceil(20)) * 60.0 / f64::from(PACED));
    println!(
        "\nat {PACED} requests a minute (600, time {COMPRESSED} times as fast): {:.1} s for {} requests; the {} pages alone take {:.1} s: {:.3} of the minimum",
        synced.took.as_secs_f64(),
        synced.requests,
        PRODUCTS.div_ceil(20),
        least.as_secs_f64(),
        synced.took.as_secs_f64() / least.as_secs_f64(),
    );
    Ok(())
}

/// Runs `latchkey sync` to its end and watches its memory.
async fn sync(supplier: &Supplier, database: &TestDatabase, per_minute: u32) -> Result<Synced> {
    let before = supplier.requests().await?;
    let folder = testkit::database::own_folder();
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
        .env("LATCHKEY__LOG__FILTER", "warn")
        .stdout(Stdio::piped())
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
    ensure!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    Ok(Synced {
        took,
        requests: supplier.requests().await? - before,
        peak_kilobytes: watching.await?,
        report: serde_json::from_slice(&ended.stdout)?,
    })
}
