//! The list of products opened by a token: fetched once, renewed before its end, replaced when it is refused.

use g2a::{Error, Priority, ProductQuery, ProductsAuth};
use serde_json::{Value, json};

use super::{client_with, control, faults, ledger, paid, sandbox, settings_of};

pub(super) fn with_token(settings: g2a::Settings) -> g2a::Client {
    client_with(g2a::Settings {
        products_auth: ProductsAuth::Token,
        ..settings
    })
}

#[tokio::test]
async fn one_token_opens_many_pages_and_orders_take_the_hash() {
    let sandbox = sandbox().await;
    let client = with_token(settings_of(&sandbox.url()));
    for page in 1..=4 {
        let query = ProductQuery {
            page,
            ..ProductQuery::default()
        };
        client.products(&query, Priority::Crawl).await.unwrap();
    }
    // A Bearer token would be refused here.
    paid(&client).await;
    let requests = ledger(&sandbox).await["requests"].clone();
    assert_eq!(
        requests,
        json!({"/oauth/token": 1, "/v1/products": 5, "/v1/order": 1, "/v1/order/pay": 1})
    );
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let sandbox = sandbox().await;
    let client = with_token(settings_of(&sandbox.url()));
    let ask = async || client.products(&ProductQuery::default(), Priority::Crawl).await;
    ask().await.unwrap();
    // A reset forgets the tokens, as a restart of the supplier would.
    control(&sandbox, reqwest::Method::POST, "reset", &Value::Null).await;
    ask().await.unwrap();
    assert_eq!(ledger(&sandbox).await["requests"]["/oauth/token"], 1);
    // One that is refused whatever is done is an error after one replacement.
    let refusal = json!({"status": {"status": 401, "code": "AUTH02", "calls": ["products"]}});
    faults(&sandbox, &refusal).await;
    assert!(matches!(ask().await, Err(Error::Refused { status: 401, .. })));
    let requests = ledger(&sandbox).await["requests"].clone();
    assert_eq!(requests, json!({"/oauth/token": 2, "/v1/products": 4}));
}

#[tokio::test]
async fn a_token_in_hand_outlives_the_call_that_gave_it() {
    let sandbox = sandbox().await;
    let client = with_token(settings_of(&sandbox.url()));
    client
        .products(&ProductQuery::default(), Priority::Crawl)
        .await
        .unwrap();
    faults(&sandbox, &json!({"outage": {"calls": ["token"]}})).await;
    client
        .products(&ProductQuery::default(), Priority::Crawl)
        .await
        .unwrap();
}
