//! The response cache: it sends the same as the routes, and only current responses.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases, soon};

/// Status, headers but for the time and the request's id, and bytes.
type Sent = (u16, BTreeMap<String, String>, Vec<u8>);

async fn ask(shop: &TestShop, path: &str, headers: &[(&str, &str)]) -> Sent {
    let client = testkit::program::http();
    let mut request = client.get(format!("{}{path}", shop.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
    let kept = answer
        .headers()
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let headers = kept
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (
        answer.status().as_u16(),
        headers,
        answer.bytes().await.unwrap().to_vec(),
    )
}

/// Asks until no statement is needed for the answer: the long way asks which game an address names, each time.
async fn response_cache(shop: &TestShop, path: &str, headers: &[(&str, &str)]) -> Sent {
    let mut sent = None;
    soon(&format!("{path} is in the response cache"), async || {
        let before = shop.statements.load(Ordering::SeqCst);
        sent = Some(ask(shop, path, headers).await);
        shop.statements.load(Ordering::SeqCst) == before
    })
    .await;
    sent.unwrap()
}

#[on_both_databases]
async fn what_is_at_hand_is_what_the_long_way_sends(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let slug = shop.json(&format!("/api/games/{game}")).await["data"]["slug"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut number = 0;
    for start in ["/game/", "/api/games/slug/"] {
        let path = format!("{start}{slug}");
        for coding in ["identity", "gzip", "br", "gzip, deflate, br, zstd"] {
            let asked = [("accept-encoding", coding)];
            let hot = response_cache(&shop, &path, &asked).await;
            // An address that nobody asked for before, with the same answer.
            number += 1;
            let long = ask(&shop, &format!("{path}?x={number}"), &asked).await;
            assert_eq!(hot.0, 200);
            assert_eq!(hot, long, "{path} as {coding}");
            assert!(hot.1.contains_key("content-security-policy"));
            let etag = hot.1["etag"].clone();
            let unchanged = response_cache(&shop, &path, &[("if-none-match", &etag)]).await;
            number += 1;
            let long = ask(&shop, &format!("{path}?x={number}"), &[("if-none-match", &etag)]).await;
            assert_eq!((unchanged.0, unchanged.2.len()), (304, 0));
            assert_eq!(unchanged, long, "{path} unchanged");
        }
    }
}

#[on_both_databases]
async fn what_is_no_longer_true_is_not_at_hand(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let shown = shop.json(&format!("/api/games/{game}")).await["data"].clone();
    let path = format!("/api/games/slug/{}", shown["slug"].as_str().unwrap());
    let before = response_cache(&shop, &path, &[]).await;
    let product = shop.product_of(domain::id::GameId(game.parse().unwrap())).await;
    shop.change_product(&product, &json!({"minPrice": 77.0})).await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    let after = ask(&shop, &path, &[]).await;
    assert_ne!(before, after);
    assert!(
        String::from_utf8(after.2).unwrap().contains("\"price\":78.54"),
        "77 and 2 %"
    );
}
