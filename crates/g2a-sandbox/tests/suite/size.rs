//! The memory of the program with a million products.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::{hash_header, http};

/// In MB: twelve bytes a product, the last lists, and what the program itself weighs.
const BOUND: u64 = 64;

#[tokio::test]
async fn a_million_products_cost_no_more_than_they_may() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_g2a-sandbox"))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--products",
            "1000000",
            "--rate-per-minute",
            "1000000",
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line.strip_prefix("listening on ").unwrap();
    let http = http();
    for slice in 0..300 {
        let query = format!(
            "minPriceFrom={}&minPriceTo={}.99&page={}",
            slice % 70,
            slice % 70,
            1 + slice / 70
        );
        let request = http.get(format!("{url}/v1/products?includeOutOfStock=true&{query}"));
        assert_eq!(
            request
                .header("authorization", hash_header())
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    let drift = http.post(format!("{url}/_sandbox/drift")).body("{\"changes\": 10000}");
    assert_eq!(drift.send().await.unwrap().status(), 200);
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes / 1024 < BOUND, "{} MB at its peak", kilobytes / 1024);
    program.kill().await.unwrap();
}
