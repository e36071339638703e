//! The sandbox over real HTTP: one room for each subject, and here what they share.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod catalogue;
mod contract;
mod faults;
mod lies;
mod products;
mod selling;
mod size;
mod steering;

use std::sync::Arc;

use g2a::{Client, Credentials, LocalPace, Priority, Product, ProductQuery};
use g2a_sandbox::{Sandbox, Settings};
use serde_json::Value;
use tokio::net::TcpListener;

async fn sandbox(settings: Settings) -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    g2a_sandbox::start(listener, settings).await.unwrap()
}

async fn ample() -> Sandbox {
    sandbox(Settings {
        rate_per_minute: 60_000,
        ..Settings::default()
    })
    .await
}

fn settings_of(sandbox: &Sandbox) -> g2a::Settings {
    let demo = Settings::default();
    let credentials = Credentials {
        client_id: demo.client_id,
        email: demo.email,
        client_secret: demo.client_secret,
    };
    g2a::Settings::new(format!("{}/v1", sandbox.url()).parse().unwrap(), credentials)
}

fn client(settings: g2a::Settings) -> Client {
    Client::new(settings, Arc::new(LocalPace::per_minute(60_000))).unwrap()
}

/// `clientId, apiKey`.
fn hash_header() -> String {
    use sha2::Digest as _;
    let demo = Settings::default();
    let key = sha2::Sha256::digest(format!("{}{}{}", demo.client_id, demo.email, demo.client_secret));
    format!("{}, {}", demo.client_id, hex::encode(key))
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn control(sandbox: &Sandbox, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
    let response = http()
        .request(method, format!("{}/_sandbox/{path}", sandbox.url()))
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap(),
    )
}

async fn faults(sandbox: &Sandbox, body: Value) {
    let (status, answer) = control(sandbox, reqwest::Method::PUT, "faults", body).await;
    assert_eq!(status, 200, "{answer}");
}

async fn everything(client: &Client, mut query: ProductQuery) -> Vec<Product> {
    let mut all = Vec::new();
    loop {
        let page = client.products(&query, Priority::Crawl).await.unwrap();
        if page.products.is_empty() {
            assert_eq!(all.len() as u64, page.total);
            return all;
        }
        all.extend(page.products.into_iter().map(Result::unwrap));
        query.page += 1;
    }
}

fn any() -> ProductQuery {
    ProductQuery {
        include_out_of_stock: true,
        ..ProductQuery::default()
    }
}
