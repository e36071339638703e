//! The sandbox's catalogue from the outside: the same for a seed, large if asked, and with pictures.

use std::collections::HashSet;

use g2a_sandbox::{Sandbox, Settings};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{hash_header, http};

async fn sandbox(products: u32, seed: u64) -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public_url = Some("https://pictures.example.org".to_owned());
    g2a_sandbox::start(
        listener,
        Settings {
            products,
            seed,
            public_url,
            ..Settings::default()
        },
    )
    .await
    .unwrap()
}

async fn get(sandbox: &Sandbox, path: &str) -> reqwest::Response {
    http()
        .get(format!("{}{path}", sandbox.url()))
        .header("authorization", hash_header())
        .send()
        .await
        .unwrap()
}

async fn page(sandbox: &Sandbox, query: &str) -> Value {
    serde_json::from_slice(
        &get(sandbox, &format!("/v1/products?{query}"))
            .await
            .bytes()
            .await
            .unwrap(),
    )
    .unwrap()
}

#[tokio::test]
async fn one_seed_gives_the_same_bytes_and_another_does_not() {
    let (one, same, other) = (sandbox(93, 7).await, sandbox(93, 7).await, sandbox(93, 8).await);
    for path in ["/v1/products?page=3", "/images/10000000024005/0.svg"] {
        let bytes = get(&one, path).await.bytes().await.unwrap();
        assert_eq!(bytes, get(&same, path).await.bytes().await.unwrap(), "{path}");
        assert_ne!(bytes, get(&other, path).await.bytes().await.unwrap(), "{path}");
    }
}

#[tokio::test]
async fn a_million_products_are_listed_as_far_as_pages_go() {
    let sandbox = sandbox(1_000_000, 1).await;
    let last = page(&sandbox, "page=500&includeOutOfStock=true").await;
    assert_eq!(
        (&last["total"], last["docs"].as_array().unwrap().len()),
        (&Value::from(1_000_000), 20)
    );
    let beyond = get(&sandbox, "/v1/products?page=501").await;
    assert_eq!(beyond.status(), 400);
    assert!(beyond.text().await.unwrap().contains("PR02"));
}

#[tokio::test]
async fn every_product_has_its_own_small_cover() {
    let sandbox = sandbox(93, 1).await;
    let mut covers = HashSet::new();
    for number in 1..=5 {
        for product in page(&sandbox, &format!("includeOutOfStock=true&page={number}")).await["docs"]
            .as_array()
            .unwrap()
        {
            for picture in product["images"].as_array().unwrap() {
                let path = picture
                    .as_str()
                    .unwrap()
                    .strip_prefix("https://pictures.example.org")
                    .unwrap();
                let response = get(&sandbox, path).await;
                assert_eq!(response.headers()["content-type"], "image/svg+xml");
                assert_eq!(
                    response.headers()["content-security-policy"],
                    "default-src 'none'; style-src 'unsafe-inline'"
                );
                let svg = response.text().await.unwrap();
                assert!(svg.len() < 6_500, "{path}: {} bytes", svg.len());
                assert!(covers.insert(svg), "{path} has been seen before");
            }
        }
    }
}
