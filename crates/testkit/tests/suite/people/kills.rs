//! A shop that is killed at each step of a migration: afterwards every copy exists exactly once.

use std::time::Duration;

use serde_json::json;
use testkit::database::own_folder;
use testkit::{Client, Kind, PASSWORD, Program, TestDatabase, on_both_databases};

/// Every place that a migration passes, in their order.
const STEPS: [&str; 7] = [
    "migrate_guest:locked",
    "migrate_guest:lines_taken",
    "migrate_guest:lines_put",
    "migrate_guest:rest_put_back",
    "migrate_guest:wishes_moved",
    "migrate_guest:session_taken",
    "migrate_guest:committed",
];

/// The shop's settings in these tests: its own folder, this database, the local supplier.
async fn serve(folder: &std::path::Path, database: &TestDatabase, supplier: &str, stop_at: Option<&str>) -> Program {
    let mut environment = vec![
        ("DATABASE_URL", database.url.as_str()),
        ("G2A_API_URL", supplier),
        ("G2A_CLIENT_ID", "demo-client"),
        ("G2A_EMAIL", "demo@latchkey.invalid"),
        ("G2A_CLIENT_SECRET", "demo-secret"),
        ("G2A_RATE_PER_MINUTE", "1000000"),
    ];
    environment.extend(stop_at.map(|step| ("LATCHKEY_STOP_AT", step)));
    Program::serve_with(folder, &["--no-demo"], &environment).await
}

async fn games(url: &str, count: usize) -> Vec<String> {
    for _ in 0..300 {
        let list = Client::at(url).get("/api/games?pageSize=100").await;
        let games = list.data()["data"].as_array().cloned().unwrap_or_default();
        if games.len() >= count {
            return games
                .iter()
                .take(count)
                .map(|game| game["id"].as_str().unwrap().to_owned())
                .collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the shop was not filled")
}

async fn killed_at_every_step(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    let sandbox = Program::supplier(&[
        "--client-id",
        "demo-client",
        "--email",
        "demo@latchkey.invalid",
        "--client-secret",
        "demo-secret",
        "--rate-per-minute",
        "1000000",
    ])
    .await;
    let supplier = format!("{}/v1", sandbox.url);
    let calm = serve(&folder, &database, &supplier, None).await;
    let games = games(&calm.url, 12).await;
    calm.signal("TERM").await;
    calm.ended().await;
    for (at, step) in STEPS.iter().enumerate() {
        let mut shop = serve(&folder, &database, &supplier, Some(step)).await;
        let email = format!("user{at}@example.org");
        let mut user = Client::at(&shop.url);
        assert_eq!(user.register(&email).await.status, 201);
        user.add_to_cart(&games[0], 98).await;
        let mut guest = Client::at(&shop.url);
        for game in &games {
            assert_eq!(guest.add_to_cart(game, 3).await.status, 201);
        }
        guest.post("/api/wishlist", &json!({"gameId": games[1]})).await;
        let sign_in = tokio::spawn({
            let (mut guest, email) = (guest.clone(), email.clone());
            async move {
                guest
                    .try_ask(
                        reqwest::Method::POST,
                        "/api/auth/login",
                        Some(&json!({"email": email, "password": PASSWORD})),
                    )
                    .await
                    .is_ok()
            }
        });
        shop.said(&format!("stopped at {step}")).await;
        shop.signal("KILL").await;
        shop.ended().await;
        assert!(!sign_in.await.unwrap(), "killed before it could answer");
        let calm = serve(&folder, &database, &supplier, None).await;
        let mut back = Client::at(&calm.url);
        back.guest = guest.guest.clone();
        let answer = back.sign_in(&email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{step}: {}", answer.body);
        assert_eq!(back.units().await, (99 + 11 * 3, 2), "{step}: copies after it");
        let wishes = back.get("/api/wishlist").await;
        assert_eq!(wishes.data()["items"].as_array().unwrap().len(), 1, "{step}");
        calm.signal("TERM").await;
        calm.ended().await;
    }
}

#[on_both_databases]
async fn a_kill_inside_a_take_over_loses_and_doubles_nothing(kind: Kind) {
    Box::pin(killed_at_every_step(kind)).await;
}
