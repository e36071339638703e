//! Five processes against one supplier: never more than 600 requests in any minute, and orders go before crawls.

use std::process::Stdio;

use serde_json::Value;
use testkit::program::http;
use testkit::{Kind, Program, TestDatabase, on_both_databases};
use tokio::process::Command;

const PER_MINUTE: u32 = 600;
/// Longer than the minute that is counted, so that the count slides.
const SECONDS: u32 = 75;
/// Four processes that crawl, with four calls on their way each, and one that orders.
const ASKERS: u64 = 17;

async fn buyer(database: &str, supplier: &str, priority: &str) -> [u64; 4] {
    let output = Command::new(env!("CARGO_BIN_EXE_buyer"))
        .args([
            database,
            supplier,
            &PER_MINUTE.to_string(),
            priority,
            &SECONDS.to_string(),
        ])
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{priority} said: {said}"))
}

#[on_both_databases]
async fn five_processes_keep_one_pace(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    // The supplier itself would let more through: what is counted is what the processes do, not what it refuses.
    let supplier = Program::supplier(&["--rate-per-minute", "100000"]).await;
    let run = |priority| buyer(&database.url, &supplier.url, priority);
    let (one, two, three, four, orders) =
        tokio::join!(run("crawl"), run("crawl"), run("crawl"), run("crawl"), run("orders"));
    let ledger = http()
        .get(format!("{}/_sandbox/ledger", supplier.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let ledger: Value = serde_json::from_str(&ledger).unwrap();
    let worst = ledger["requestsInWorstMinute"].as_u64().unwrap();
    let all = [one, two, three, four, orders];
    // While the supplier's process stands still, what was permitted before waits for it: one call of each of those who
    // ask. It is counted when it is taken.
    assert!(
        worst <= u64::from(PER_MINUTE) + ASKERS,
        "{worst} requests in one minute, of each (calls, longest ms, over a second, failed): {all:?}"
    );
    assert!(
        worst >= 560,
        "only {worst} requests in the busiest minute: the limit is not used"
    );
    assert!(
        all.iter().all(|[calls, _, _, failed]| *calls > 0 && *failed == 0),
        "{all:?}"
    );
    // The machine is full of other tests meanwhile: one order in five may wait for the machine. A queue behind the
    // crawls would show in nearly all of them.
    let [made, longest, late, _] = orders;
    assert!(
        made > 60 && late * 5 <= made,
        "{made} orders, {late} took over a second, the longest {longest} ms"
    );
}
