//! The client against the local supplier over real HTTP: one room for each subject, and here what they share.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod faults;
mod fuzz;
mod orders;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use g2a::{Client, Credentials, LocalPace, Order, PayOrder, PlaceOrder, Priority, Product, ProductQuery};
use g2a_sandbox::Sandbox;
use serde_json::Value;
use tokio::net::TcpListener;

/// A supplier that lets everything through and processes at once.
async fn sandbox() -> Sandbox {
    let settings = g2a_sandbox::Settings {
        rate_per_minute: 1_000_000,
        processing: Duration::ZERO,
        ..g2a_sandbox::Settings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    g2a_sandbox::start(listener, settings).await.unwrap()
}

fn settings_of(url: &str) -> g2a::Settings {
    let demo = g2a_sandbox::Settings::default();
    let credentials = Credentials {
        client_id: demo.client_id,
        email: demo.email,
        client_secret: demo.client_secret,
    };
    g2a::Settings {
        total_timeout: Duration::from_secs(5),
        spending_timeout: Duration::from_secs(5),
        ..g2a::Settings::new(format!("{url}/v1").parse().unwrap(), credentials)
    }
}

fn client_with(settings: g2a::Settings) -> Client {
    Client::new(settings, Arc::new(LocalPace::per_minute(1_000_000))).unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    client_with(settings_of(&sandbox.url()))
}

async fn control(sandbox: &Sandbox, method: reqwest::Method, path: &str, body: &Value) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.request(method, format!("{}/_sandbox/{path}", sandbox.url()));
    let response = request.body(body.to_string()).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn ledger(sandbox: &Sandbox) -> Value {
    control(sandbox, reqwest::Method::GET, "ledger", &Value::Null).await
}

async fn faults(sandbox: &Sandbox, faults: &Value) {
    control(sandbox, reqwest::Method::PUT, "faults", faults).await;
}

/// The first product that is in stock.
async fn a_product(client: &Client) -> Product {
    let page = client
        .products(&ProductQuery::default(), Priority::Orders)
        .await
        .unwrap();
    page.products.into_iter().next().unwrap().unwrap()
}

/// An order for a product, at most at its price.
fn an_order(product: &Product) -> PlaceOrder {
    PlaceOrder::new(&product.id, product.min_price.unwrap()).unwrap()
}

async fn placed(client: &Client) -> Order {
    let product = a_product(client).await;
    client.place_order(an_order(&product)).await.done().unwrap()
}

async fn paid(client: &Client) -> Order {
    let order = placed(client).await;
    client.pay_order(PayOrder::new(order.id.clone())).await.done().unwrap();
    order
}
