//! Simultaneous requests to three processes of one shop: a value is loaded once, however many request it.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::{Client, Kind, Program, Redis, TestDatabase, on_both_databases, soon};

use super::PATIENTLY;
use super::absent::administrator;

const READERS: usize = 200;

/// What a node counted of games.
async fn games_of(staff: &mut Client) -> Value {
    let seen = staff.get("/api/admin/cache/statistics").await;
    let kinds = seen.data()["kinds"].as_array().unwrap().clone();
    let games = kinds.into_iter().find(|kind| kind["kind"] == "game");
    games.unwrap_or_else(|| json!({"filled": 0, "reads": {"missed": 0}, "leases": {"taken": 0}}))
}

/// The loads of each node, and the leases that it took.
async fn counted(staff: &mut [Client]) -> Vec<(u64, u64)> {
    let mut counts = Vec::new();
    for staff in staff {
        let games = games_of(staff).await;
        counts.push((
            games["reads"]["missed"].as_u64().unwrap(),
            games["leases"]["taken"].as_u64().unwrap(),
        ));
    }
    counts
}

/// The ids of the games on its first page.
async fn listed_by(node: &Program) -> Vec<String> {
    let answer = http().get(format!("{}/api/games", node.url)).send().await.unwrap();
    let list: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let games = list["data"]["data"].as_array().unwrap();
    games
        .iter()
        .map(|game| game["id"].as_str().unwrap().to_owned())
        .collect()
}

#[on_both_databases]
async fn two_hundred_requests_for_a_cold_game_are_one_load_of_each_node_and_one_lease(kind: Kind) {
    let (database, redis, folder) = (TestDatabase::migrated(kind).await, Redis::start().await, own_folder());
    let supplier = Program::supplier(&["--products", "40", "--rate-per-minute", "1000000"]).await;
    let (supplier, redis) = (format!("{}/v1", supplier.url), redis.url());
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("REDIS_URL", redis.as_str()),
        PATIENTLY,
        ("G2A_API_URL", supplier.as_str()),
        ("G2A_CLIENT_ID", "demo-client"),
        ("G2A_EMAIL", "demo@latchkey.invalid"),
        ("G2A_CLIENT_SECRET", "demo-secret"),
        // Nodes share what they render where links begin alike.
        ("LATCHKEY__SERVER__PUBLIC_URL", "http://shop.example"),
    ];
    let mut sync = program::latchkey(&folder, &["sync", "--no-demo"]);
    assert!(sync.envs(environment).output().await.unwrap().status.success());
    let (mut nodes, mut staff) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let node = Program::serve_with(&folder, &["--no-demo"], &environment).await;
        staff.push(administrator(&node, &folder, &environment).await);
        nodes.push(node);
    }
    let client = http();
    let mut games = listed_by(&nodes[0]).await.into_iter();
    // Each has heard of the sync's end as soon as it keeps what it loads.
    let first = games.next().unwrap();
    for (node, staff) in nodes.iter().zip(&mut staff) {
        soon("what is loaded is kept", async || {
            let answer = client
                .get(format!("{}/api/games/{first}", node.url))
                .send()
                .await
                .unwrap();
            answer.status() == 200 && games_of(staff).await["filled"] != 0
        })
        .await;
    }
    let mut leases = BTreeSet::new();
    // On a machine that is too busy to answer in time a reader waits in vain, and his node loads as well.
    for game in games.take(5) {
        let before = counted(&mut staff).await;
        let path = format!("/api/games/{game}");
        let asked = (0..READERS).map(|reader| client.get(format!("{}{path}", nodes[reader % 3].url)).send());
        for answer in join_all(asked).await {
            assert_eq!(answer.unwrap().status(), 200);
        }
        let after = counted(&mut staff).await;
        let loads: Vec<u64> = before
            .iter()
            .zip(&after)
            .map(|(before, after)| after.0 - before.0)
            .collect();
        assert!(loads.iter().all(|loads| *loads <= 1) && loads.contains(&1), "{loads:?}");
        leases.insert(
            before
                .iter()
                .zip(&after)
                .map(|(before, after)| after.1 - before.1)
                .sum::<u64>(),
        );
    }
    assert!(leases.contains(&1), "one lease for all three: {leases:?}");
}
