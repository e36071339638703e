//! A supplier that lies about orders and keys, shows late what is true, or has no money: each fault by what a buyer sees of it.

use std::time::{Duration, Instant};

use g2a_sandbox::{Sandbox, Settings, Unknowns};
use reqwest::Method;
use serde_json::{Value, json};

use super::{control, faults, hash_header, http, sandbox};

/// A supplier that acts at once and whose prices stay as they are listed.
async fn prompt() -> Sandbox {
    let unknowns = Unknowns {
        reprice_percent: 0,
        ..Unknowns::default()
    };
    sandbox(Settings {
        rate_per_minute: 600_000,
        processing: Duration::ZERO,
        unknowns,
        ..Settings::default()
    })
    .await
}

async fn call(sandbox: &Sandbox, method: Method, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}/v1/{path}", sandbox.url());
    let mut request = http().request(method, url).header("authorization", hash_header());
    request = match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(body.to_string()),
        None => request.header("content-length", "0"),
    };
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

/// An order of a product that costs `price`.
async fn order(sandbox: &Sandbox) -> (Value, Value) {
    let product = "10000000024005";
    let listed = call(
        sandbox,
        Method::GET,
        &format!("products?id={product}&includeOutOfStock=true"),
        None,
    )
    .await;
    let most = listed["docs"][0]["minPrice"].clone();
    let wish = json!({"product_id": product, "max_price": most});
    (call(sandbox, Method::POST, "order", Some(wish)).await, most)
}

async fn of_order(sandbox: &Sandbox, method: Method, what: &str, order: &Value) -> Value {
    let id = order["order_id"].as_str().unwrap();
    call(sandbox, method, &format!("order/{what}/{id}"), None).await
}

async fn paid(sandbox: &Sandbox) -> Value {
    let (order, _) = order(sandbox).await;
    let payment = of_order(sandbox, Method::PUT, "pay", &order).await;
    assert_eq!(payment["status"], true, "{payment}");
    order
}

async fn ledger(sandbox: &Sandbox) -> Value {
    control(sandbox, Method::GET, "ledger", Value::Null).await.1
}

#[tokio::test]
async fn an_order_is_not_what_was_asked_for() {
    let sandbox = prompt().await;
    let (first, price) = order(&sandbox).await;
    assert_eq!((&first["price"], &first["currency"]), (&price, &json!("EUR")));
    faults(&sandbox, json!({"wrongPrice": true})).await;
    let dear = order(&sandbox).await.0;
    assert_eq!(dear["price"].as_f64(), price.as_f64().map(|price| price * 2.0));
    faults(&sandbox, json!({"wrongCurrency": true})).await;
    assert_eq!(order(&sandbox).await.0["currency"], "USD");
    faults(&sandbox, json!({"repeatOrderId": {"count": 1}})).await;
    let before = ledger(&sandbox).await["orders"].as_array().unwrap().len();
    let repeated = order(&sandbox).await.0;
    let orders = ledger(&sandbox).await["orders"].as_array().unwrap().clone();
    assert_eq!(orders.len(), before + 1);
    assert_eq!(repeated["order_id"], orders[before - 1]["orderId"]);
    assert_ne!(order(&sandbox).await.0["order_id"], repeated["order_id"]);
}

#[tokio::test]
async fn a_key_is_anothers_or_none() {
    let sandbox = prompt().await;
    let first = of_order(&sandbox, Method::GET, "key", &paid(&sandbox).await).await;
    faults(&sandbox, json!({"repeatKey": {"count": 1}})).await;
    let second = paid(&sandbox).await;
    assert_eq!(
        of_order(&sandbox, Method::GET, "key", &second).await["key"],
        first["key"]
    );
    assert_eq!(of_order(&sandbox, Method::GET, "key", &second).await["code"], "ORD04");
    faults(&sandbox, json!({"emptyKey": {"count": 1}})).await;
    let third = paid(&sandbox).await;
    assert_eq!(of_order(&sandbox, Method::GET, "key", &third).await["key"], "");
    assert_eq!(of_order(&sandbox, Method::GET, "key", &third).await["code"], "ORD04");
}

#[tokio::test]
async fn details_show_late_what_was_paid() {
    let sandbox = prompt().await;
    faults(&sandbox, json!({"detailsLagMs": 600_000})).await;
    let order = paid(&sandbox).await;
    assert_eq!(
        of_order(&sandbox, Method::GET, "details", &order).await["status"],
        "new"
    );
    faults(&sandbox, json!({"detailsLagMs": 0})).await;
    assert_eq!(
        of_order(&sandbox, Method::GET, "details", &order).await["status"],
        "complete"
    );
}

#[tokio::test]
async fn a_late_reply_follows_its_effect() {
    let sandbox = prompt().await;
    let (order, _) = order(&sandbox).await;
    faults(&sandbox, json!({"replyLateMs": {"ms": 1_500, "count": 1}})).await;
    let (begun, charged) = (Instant::now(), ledger(&sandbox).await["charged"].clone());
    let late = async {
        let payment = of_order(&sandbox, Method::PUT, "pay", &order).await;
        (payment, begun.elapsed())
    };
    let seen = async {
        while ledger(&sandbox).await["charged"] == charged {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    };
    let ((payment, answered), charged) = tokio::join!(late, seen);
    assert_eq!(payment["status"], true);
    assert!(
        answered >= Duration::from_millis(1_500) && charged < answered,
        "{charged:?} {answered:?}"
    );
}

#[tokio::test]
async fn the_purse_runs_empty_and_is_filled_again() {
    let sandbox = prompt().await;
    let (order, price) = order(&sandbox).await;
    let wallet = ledger(&sandbox).await["wallet"].clone();
    faults(&sandbox, json!({"purse": 0.01})).await;
    assert_eq!(of_order(&sandbox, Method::PUT, "pay", &order).await["code"], "ORD112");
    faults(&sandbox, json!({"purse": price})).await;
    assert_eq!(of_order(&sandbox, Method::PUT, "pay", &order).await["status"], true);
    assert_eq!(ledger(&sandbox).await["wallet"].as_f64(), Some(0.0));
    faults(&sandbox, json!({})).await;
    let left = ledger(&sandbox).await["wallet"].as_f64().unwrap();
    assert!((wallet.as_f64().unwrap() - price.as_f64().unwrap() - left).abs() < 0.001);
}

#[tokio::test]
async fn more_is_charged_than_the_order_says() {
    let sandbox = prompt().await;
    faults(&sandbox, json!({"chargeRetail": true})).await;
    let order = paid(&sandbox).await;
    let charged = ledger(&sandbox).await["charged"].as_f64().unwrap();
    assert!(charged > order["price"].as_f64().unwrap(), "{charged} {order}");
}
