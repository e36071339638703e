//! The local supplier with a million products: memory, pages per second, time to a page, and determinism by seed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, Url};
use serde_json::Value;
use tokio::process::Command;

use crate::stage::process::Server;
use crate::stage::supplier::program;

const PRODUCTS: &str = "1000000";
/// As many as the shop's own crawl.
const READERS: usize = 4;
const SLICES: u32 = 200;
const SAMPLED: usize = 25;

/// Measures and prints.
pub(crate) async fn run() -> Result<()> {
    // A client cannot be built without a provider, although only plain HTTP is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = program()?;
    let start = Instant::now();
    let one = Supplier::start(&program).await?;
    println!(
        "{PRODUCTS} products, ready after {:.2} s",
        start.elapsed().as_secs_f64()
    );
    let before = one.kilobytes("VmRSS")?;
    let pages: Vec<_> = (1..=500)
        .map(|page| format!("includeOutOfStock=true&page={page}"))
        .collect();
    one.measure("500 pages without a filter", &pages).await?;
    let slices = slices();
    one.measure("200 price slices, 5 pages of each", &slices).await?;
    // The second reading finds every list already selected.
    one.measure("the last 60 slices again", &slices[slices.len() - 300..])
        .await?;
    println!(
        "resident memory: {:.1} MB before, {:.1} MB after, {:.1} MB at its peak",
        megabytes(before),
        megabytes(one.kilobytes("VmRSS")?),
        megabytes(one.kilobytes("VmHWM")?)
    );
    let drift = Instant::now();
    let changed = one.drift(10_000).await?;
    println!(
        "drift of {changed} products: {:.1} ms",
        drift.elapsed().as_secs_f64() * 1000.0
    );
    drop(one);
    let (one, same) = (Supplier::start(&program).await?, Supplier::start(&program).await?);
    for query in pages
        .iter()
        .step_by(pages.len() / SAMPLED)
        .chain(slices.iter().step_by(slices.len() / SAMPLED))
    {
        ensure!(
            one.page(query).await? == same.page(query).await?,
            "two processes differ in {query}"
        );
    }
    println!(
        "two processes of one seed: the same bytes on {} sampled pages",
        2 * SAMPLED
    );
    Ok(())
}

/// Five pages of each of 200 slices from 0.00 to 69.99.
fn slices() -> Vec<String> {
    let width = 7_000 / SLICES;
    (0..SLICES)
        .flat_map(|slice| (1..=5).map(move |page| (slice * width, page)))
        .map(|(from, page)| {
            let price = |cents: u32| format!("{}.{:02}", cents / 100, cents % 100);
            let (from, to) = (price(from), price(from + width - 1));
            format!("includeOutOfStock=true&minPriceFrom={from}&minPriceTo={to}&page={page}")
        })
        .collect()
}

/// A process of its own; it ends with this value.
struct Supplier {
    server: Server,
    token: String,
    client: Client,
}

impl Supplier {
    async fn start(program: &Path) -> Result<Supplier> {
        let mut command = Command::new(program);
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--products",
                PRODUCTS,
                "--rate-per-minute",
                "100000000",
            ])
            .args(["--public-url", "https://pictures.example.org"]);
        let server = Server::start(command).await.context("the local supplier")?;
        let client = Client::builder().no_proxy().build()?;
        let form = "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret";
        let answer = client
            .post(format!("{}/oauth/token", server.url))
            .body(form)
            .send()
            .await?;
        let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let token = answer["access_token"].as_str().context("no token")?.to_owned();
        Ok(Supplier { server, token, client })
    }

    async fn page(&self, query: &str) -> Result<Vec<u8>> {
        let url: Url = format!("{}/v1/products?{query}", self.server.url).parse()?;
        let answer = self.client.get(url).bearer_auth(&self.token).send().await?;
        if answer.status() != 200 {
            bail!("{} for {query}", answer.status());
        }
        Ok(answer.bytes().await?.to_vec())
    }

    async fn drift(&self, changes: u32) -> Result<usize> {
        let body = format!("{{\"changes\": {changes}}}");
        let answer = self
            .client
            .post(format!("{}/_sandbox/drift", self.server.url))
            .body(body)
            .send()
            .await?;
        let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(answer["changed"].as_array().map_or(0, Vec::len))
    }

    /// Reads the pages, several at a time, and prints the speed.
    async fn measure(&self, what: &str, queries: &[String]) -> Result<()> {
        let (start, busy) = (Instant::now(), self.server.processor_time()?);
        let timed = stream::iter(queries).map(async |query| {
            let asked = Instant::now();
            let bytes = self.page(query).await?.len();
            anyhow::Ok((asked.elapsed(), bytes))
        });
        let mut times: Vec<(Duration, usize)> = timed.buffer_unordered(READERS).try_collect().await?;
        let (took, busy) = (start.elapsed(), self.server.processor_time()? - busy);
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].0.as_secs_f64() * 1000.0;
        let bytes: usize = times.iter().map(|(_, bytes)| bytes).sum();
        println!(
            "{what}: {:.0} pages/s ({:.0} per second of the supplier's own processor time), p50 {:.2} ms, p99 {:.2} ms, {:.1} KB a page",
            per_second(times.len(), took),
            per_second(times.len(), busy),
            at(50),
            at(99),
            bytes as f64 / 1024.0 / times.len().max(1) as f64,
        );
        Ok(())
    }

    /// `name` is a line of `/proc/PID/status` in kB.
    fn kilobytes(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()?))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.context("no such line")?.trim().trim_end_matches(" kB");
        number.parse().context("not a number")
    }
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(0.001)
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
