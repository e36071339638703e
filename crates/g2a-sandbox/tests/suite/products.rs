//! The calls of the protocol, asked by the real client: lists, filters, refusals, and changes seen and undone.

use std::collections::HashSet;

use g2a::{Cents, Code, Error, Priority, Product, ProductQuery};
use g2a_sandbox::Settings;
use serde_json::{Value, json};

use super::{ample, any, client, control, everything, http, sandbox, settings_of};

#[tokio::test]
async fn paging_to_the_end_gives_every_product_once() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let all = everything(&client, any()).await;
    let ids: HashSet<_> = all.iter().map(|product| product.id.as_str()).collect();
    assert_eq!((all.len(), ids.len()), (93, 93));
    let names: HashSet<_> = all.iter().map(|product| product.name.as_str()).collect();
    assert!(names.len() > 88, "{} names", names.len());
    for product in &all {
        assert!(product.name.contains(" Key "), "{}", product.name);
        assert!(
            (Cents(79)..=Cents(6999)).contains(&product.min_price.unwrap()),
            "{product:?}"
        );
        assert!(
            product.cover_image.starts_with(&sandbox.url()),
            "{}",
            product.cover_image
        );
        assert!(!product.categories.is_empty());
    }
    let (_, ledger) = control(&sandbox, reqwest::Method::GET, "ledger", json!({})).await;
    assert_eq!(ledger["requests"], json!({"/v1/products": 6}));
    sandbox.stop().await;
}

#[tokio::test]
async fn filters_cut_the_list() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let all = everything(&client, any()).await;
    let kept = |keep: &dyn Fn(&&Product) -> bool| all.iter().filter(keep).cloned().collect::<Vec<_>>();
    let stocked = everything(&client, ProductQuery::default()).await;
    assert_eq!(stocked, kept(&|product| product.qty.unwrap() > 0));
    assert!(stocked.len() < all.len());
    let many = ProductQuery {
        min_qty: Some(500),
        ..any()
    };
    assert_eq!(
        everything(&client, many).await,
        kept(&|product| product.qty.unwrap() >= 500)
    );
    let priced = ProductQuery {
        min_price_from: Some(Cents(499)),
        min_price_to: Some(Cents(1999)),
        ..any()
    };
    assert_eq!(
        everything(&client, priced).await,
        kept(&|product| (Cents(499)..=Cents(1999)).contains(&product.min_price.unwrap()))
    );
    let since = "2026-01-01 00:00:00".to_owned();
    let recent = ProductQuery {
        updated_at_from: Some(since.clone()),
        ..any()
    };
    assert_eq!(
        everything(&client, recent).await,
        kept(&|product| product.updated_at.as_ref().is_some_and(|at| *at >= since))
    );
    assert_eq!(
        client.product(&all[7].id, Priority::Stock).await.unwrap().as_ref(),
        Some(&all[7])
    );
    assert_eq!(client.product("99999999999999", Priority::Stock).await.unwrap(), None);
}

#[tokio::test]
async fn refusals_are_keyed_on_their_code() {
    let sandbox = ample().await;
    let mut settings = settings_of(&sandbox);
    settings.credentials.client_secret.push('x');
    let error = client(settings).products(&any(), Priority::Crawl).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Refused {
                code: Code::Auth02,
                status: 401,
                ..
            }
        ),
        "{error}"
    );
    let error = client(settings_of(&sandbox))
        .product("123", Priority::Stock)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Refused {
                code: Code::Pr01,
                status: 400,
                ..
            }
        ),
        "{error}"
    );
    let bare = http()
        .get(format!("{}/v1/products", sandbox.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
    assert!(bare.text().await.unwrap().contains("AUTH01"));
    for path in ["v1/order", "nowhere", "images/1/0.svg"] {
        let answer = http().get(format!("{}/{path}", sandbox.url())).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.text().await.unwrap().contains("WRONGURL"), "{path}");
    }
}

#[tokio::test]
async fn a_bearer_token_opens_the_list_even_behind_a_doubled_slash() {
    let sandbox = ample().await;
    let form = "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret";
    let token = http()
        .post(format!("{}/oauth/token", sandbox.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let token: Value = serde_json::from_slice(&token.bytes().await.unwrap()).unwrap();
    assert_eq!(
        (&token["token_type"], &token["expires_in"]),
        (&json!("bearer"), &json!(300))
    );
    for (bearer, status) in [(token["access_token"].as_str().unwrap(), 200), ("nonsense", 401)] {
        let request = http()
            .get(format!("{}//v1//products", sandbox.url()))
            .header("authorization", format!("Bearer {bearer}"));
        assert_eq!(request.header("x-extra", "1").send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn past_the_rate_the_client_is_told_so() {
    let sandbox = sandbox(Settings {
        rate_per_minute: 3,
        ..Settings::default()
    })
    .await;
    let client = client(settings_of(&sandbox));
    for _ in 0..3 {
        client.products(&any(), Priority::Crawl).await.unwrap();
    }
    let error = client.products(&any(), Priority::Crawl).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Refused {
                code: Code::Br03,
                status: 429,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn changes_are_seen_and_undone() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let before = everything(&client, any()).await;
    let path = format!("products/{}", before[0].id);
    let edit = json!({"minPrice": 12.34, "qty": 7, "name": "Renamed Steam Key GLOBAL"});
    assert_eq!(control(&sandbox, reqwest::Method::PATCH, &path, edit).await.0, 200);
    let after = client.product(&before[0].id, Priority::Stock).await.unwrap().unwrap();
    assert_eq!(
        (after.min_price, after.qty, after.name.as_str()),
        (Ok(Cents(1234)), Ok(7), "Renamed Steam Key GLOBAL")
    );
    assert!(after.updated_at > before[0].updated_at);
    control(&sandbox, reqwest::Method::PATCH, &path, json!({"gone": true})).await;
    assert_eq!(client.product(&before[0].id, Priority::Stock).await.unwrap(), None);
    let (status, _) = control(&sandbox, reqwest::Method::PATCH, &path, json!({"price": 1})).await;
    assert_eq!(status, 400);
    let (_, drift) = control(&sandbox, reqwest::Method::POST, "drift", json!({"changes": 10})).await;
    let changed: HashSet<_> = drift["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(changed.len(), 10);
    for product in everything(&client, any()).await {
        let old = before.iter().find(|old| old.id == product.id).unwrap();
        assert_eq!(
            old.min_price != product.min_price,
            changed.contains(&product.id),
            "{}",
            product.id
        );
    }
    control(&sandbox, reqwest::Method::POST, "reset", json!({})).await;
    assert_eq!(everything(&client, any()).await, before);
}

#[tokio::test]
async fn prices_that_drift_for_long_stay_prices() {
    let sandbox = sandbox(Settings {
        products: 3,
        rate_per_minute: 60_000,
        ..Settings::default()
    })
    .await;
    let client = client(settings_of(&sandbox));
    let id = everything(&client, any()).await[0].id.clone();
    let dear = json!({"minPrice": 99_999.99});
    control(&sandbox, reqwest::Method::PATCH, &format!("products/{id}"), dear).await;
    for _ in 0..300 {
        let (status, _) = control(&sandbox, reqwest::Method::POST, "drift", json!({"changes": 3})).await;
        assert_eq!(status, 200);
    }
    for product in everything(&client, any()).await {
        assert!(
            (Cents(1)..=Cents(10_000_000)).contains(&product.min_price.unwrap()),
            "{product:?}"
        );
    }
}
