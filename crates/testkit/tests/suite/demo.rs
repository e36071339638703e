//! What a demo sells from its first start: a whole purchase, also after it was started again.

use domain::listing::ListQuery;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Client, Kind, Program, TestDatabase, on_both_databases, soon};

const GIFT: f64 = 200.0;

/// Starts the demo, and signs in as its customer.
async fn started(folder: &std::path::Path, database: &TestDatabase) -> (Program, Client) {
    let environment = [("DATABASE_URL", database.url.as_str())];
    let mut shop = Program::serve_with(folder, &["--demo"], &environment).await;
    let said = shop.said_after("demo customer: ").await;
    let (email, password) = said.split_once(", password ").unwrap();
    let mut customer = Client::at(&shop.url);
    assert_eq!(customer.sign_in(email, password).await.status, 200);
    (shop, customer)
}

async fn balance(customer: &mut Client) -> f64 {
    let answer = customer.get("/api/user/balance").await;
    answer.data()["balance"].as_f64().unwrap()
}

/// The names of the imports of keys.
async fn imports(database: &TestDatabase) -> Vec<String> {
    let newest = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    let db = database.open().await;
    let found = db.own_keys().imports(&newest).await.unwrap();
    found.rows.into_iter().map(|import| import.name).collect()
}

#[on_both_databases]
async fn a_demo_shows_a_whole_purchase_and_gives_its_goods_once(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let (shop, mut customer) = started(&folder, &database).await;
    soon("the wallet is filled", async || balance(&mut customer).await >= GIFT).await;
    soon("there are keys", async || !imports(&database).await.is_empty()).await;
    let list = customer.get("/api/games/new").await;
    let game = &list.data()[0];
    let order = json!({"items": [{"gameId": game["id"], "quantity": 1}]});
    let bought = customer.post("/api/orders", &order).await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    assert_eq!(bought.data()["status"], "COMPLETED", "{}", bought.text);
    let (id, key) = (&bought.data()["id"], &bought.data()["keys"][0]["id"]);
    let path = format!(
        "/api/orders/{}/keys/{}/reveal",
        id.as_str().unwrap(),
        key.as_str().unwrap()
    );
    let shown = customer.post(&path, &json!({})).await;
    let shown = shown.data()["key"].as_str().unwrap().to_owned();
    assert!(
        shown.starts_with("DEMO-") && shown.len() == "DEMO-12345-12345-00001".len(),
        "{shown}"
    );
    let left = balance(&mut customer).await;
    let paid = bought.data()["total"].as_f64().unwrap();
    assert!((GIFT - paid - left).abs() < 0.001, "{paid} {left}");
    shop.signal("TERM").await;
    shop.ended().await;

    // What was spent is not given again, and what was sold is not brought again.
    let (shop, mut customer) = started(&folder, &database).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!((balance(&mut customer).await - left).abs() < 0.001);
    assert_eq!(imports(&database).await, ["Invented keys of the demo"]);
    let transactions = customer.get("/api/user/transactions").await;
    let amounts: Vec<&Value> = transactions
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["amount"])
        .collect();
    assert_eq!(amounts.len(), 2, "{amounts:?}");
    shop.signal("TERM").await;
    shop.ended().await;
}
