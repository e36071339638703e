//! Orders beyond single exchanges: the same seed gives the same results, no key is sold twice, prices change, sums are
//! right.

use std::collections::HashSet;
use std::time::Duration;

use g2a_sandbox::{Sandbox, SecondPay, Settings, Unknowns};
use serde_json::{Value, json};

use super::{control, faults, hash_header, http, sandbox};

/// A supplier whose orders are complete as soon as they are paid.
async fn prompt(unknowns: Unknowns) -> Sandbox {
    sandbox(Settings {
        rate_per_minute: 600_000,
        processing: Duration::ZERO,
        unknowns,
        ..Settings::default()
    })
    .await
}

async fn call(sandbox: &Sandbox, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, String) {
    let mut request = http()
        .request(method.clone(), format!("{}/v1/{path}", sandbox.url()))
        .header("authorization", hash_header());
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    } else if method == reqwest::Method::PUT {
        request = request.header("content-length", "0");
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn order(sandbox: &Sandbox, product: u64) -> (u16, String) {
    let body = json!({"product_id": (10_000_000_024_005 + product * 1009).to_string()});
    call(sandbox, reqwest::Method::POST, "order", Some(body)).await
}

fn field(body: &str, name: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    body[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {body}"))
        .to_owned()
}

/// Buys a few keys; answers everything that was said.
async fn story(sandbox: &Sandbox) -> Vec<(u16, String)> {
    let mut said = Vec::new();
    for product in 0..30 {
        said.push(order(sandbox, product).await);
        if said.last().unwrap().0 != 200 {
            continue;
        }
        let id = field(&said.last().unwrap().1, "order_id");
        for (method, what) in [("PUT", "pay"), ("GET", "details"), ("GET", "key"), ("GET", "key")] {
            said.push(call(sandbox, method.parse().unwrap(), &format!("order/{what}/{id}"), None).await);
        }
    }
    said
}

#[tokio::test]
async fn one_seed_tells_one_story_and_no_key_comes_twice() {
    let (one, same) = (prompt(Unknowns::default()).await, prompt(Unknowns::default()).await);
    let told = story(&one).await;
    assert_eq!(told, story(&same).await);
    let keys: Vec<_> = told
        .iter()
        .filter(|(_, body)| body.contains("\"key\""))
        .map(|(_, body)| field(body, "key"))
        .collect();
    assert!(keys.len() > 20, "{} keys", keys.len());
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    let (_, ledger) = control(&one, reqwest::Method::GET, "ledger", json!({})).await;
    let orders = ledger["orders"].as_array().unwrap();
    let cents = |price: &Value| (price.as_f64().unwrap() * 100.0).round();
    let sum: f64 = orders.iter().map(|order| cents(&order["price"])).sum();
    assert_eq!(cents(&ledger["charged"]), sum);
    assert_eq!(ledger["keysTaken"], json!(keys.len()));
    let listed: Vec<_> = orders
        .iter()
        .map(|order| order["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, keys);
    control(&one, reqwest::Method::POST, "reset", json!({})).await;
    assert_eq!(story(&one).await, told);
}

#[tokio::test]
async fn a_sandbox_that_begins_later_repeats_no_id_and_no_key() {
    let later = sandbox(Settings {
        processing: Duration::ZERO,
        first_order: 1_000_000,
        ..Settings::default()
    })
    .await;
    let first = prompt(Unknowns::default()).await;
    let mut seen = HashSet::new();
    for sandbox in [&first, &later] {
        let id = field(&order(sandbox, 3).await.1, "order_id");
        call(sandbox, reqwest::Method::PUT, &format!("order/pay/{id}"), None).await;
        let key = call(sandbox, reqwest::Method::GET, &format!("order/key/{id}"), None)
            .await
            .1;
        assert!(seen.insert(field(&key, "key")) && seen.insert(id));
    }
}

#[tokio::test]
async fn an_offer_is_priced_when_it_is_ordered() {
    let sandbox = prompt(Unknowns {
        reprice_percent: 20,
        ..Unknowns::default()
    })
    .await;
    let path = "products/10000000024005";
    control(
        &sandbox,
        reqwest::Method::PATCH,
        path,
        json!({"minPrice": 100, "qty": 50}),
    )
    .await;
    let mut prices = HashSet::new();
    for _ in 0..20 {
        let (_, body) = order(&sandbox, 0).await;
        let price = serde_json::from_str::<Value>(&body).unwrap()["price"].as_f64().unwrap();
        assert!((80.0..=120.0).contains(&price), "{price}");
        prices.insert(price.to_string());
    }
    assert!(prices.len() > 5, "{prices:?}");
    control(&sandbox, reqwest::Method::PATCH, path, json!({"minPrice": 200})).await;
    let limited = json!({"product_id": "10000000024005", "max_price": 120});
    let (status, body) = call(&sandbox, reqwest::Method::POST, "order", Some(limited)).await;
    assert_eq!((status, field(&body, "code").as_str()), (409, "ORD116"));
}

#[tokio::test]
async fn a_lost_reply_charges_and_burns_all_the_same() {
    let sandbox = prompt(Unknowns {
        second_pay: SecondPay::ChargeAgain,
        ..Unknowns::default()
    })
    .await;
    let id = field(&order(&sandbox, 0).await.1, "order_id");
    faults(&sandbox, json!({"dropAfter": {"count": 3, "calls": ["pay", "key"]}})).await;
    for (method, what) in [("PUT", "pay"), ("PUT", "pay"), ("GET", "key")] {
        let request = http()
            .request(
                method.parse().unwrap(),
                format!("{}/v1/order/{what}/{id}", sandbox.url()),
            )
            .header("authorization", hash_header())
            .header("content-length", "0");
        assert!(request.send().await.is_err(), "{what}");
    }
    let (_, ledger) = control(&sandbox, reqwest::Method::GET, "ledger", json!({})).await;
    let order = &ledger["orders"][0];
    assert_eq!(
        (&order["payments"], &order["keyTaken"], &ledger["keysTaken"]),
        (&json!(2), &json!(true), &json!(1))
    );
    assert_eq!(
        ledger["charged"].as_f64().unwrap(),
        order["price"].as_f64().unwrap() * 2.0
    );
}
