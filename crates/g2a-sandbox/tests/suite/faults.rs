//! Faults on demand with the real client: temporary ones are retried, permanent ones are reported.

use g2a::{Cents, Error, Priority, ProductQuery};
use serde_json::{Value, json};

use super::{ample, any, client, control, everything, faults, settings_of};

#[tokio::test]
async fn passing_faults_are_retried() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    for fault in [
        json!({"status": {"status": 500, "code": "API00", "count": 2}}),
        json!({"rateLimit": {"retryAfter": 0, "count": 2}}),
        json!({"dropBefore": {"count": 2}}),
        json!({"truncate": {"count": 2}}),
        json!({"malformed": {"count": 2}}),
        json!({"outage": {"count": 2}, "latencyMs": {"ms": 5}}),
    ] {
        faults(&sandbox, fault.clone()).await;
        let page = client.products(&any(), Priority::Crawl).await;
        assert!(page.is_ok_and(|page| page.products.len() == 20), "{fault}");
    }
    let (status, answer) = control(
        &sandbox,
        reqwest::Method::PUT,
        "faults",
        json!({"latencyMs": {"millis": 1}}),
    )
    .await;
    assert_eq!(status, 400);
    assert!(answer["message"].as_str().unwrap().contains("millis"), "{answer}");
}

#[tokio::test]
async fn lasting_faults_are_reported() {
    let sandbox = ample().await;
    let patient = client(settings_of(&sandbox));
    let ask = async |fault: Value| {
        faults(&sandbox, fault).await;
        patient.products(&any(), Priority::Crawl).await.unwrap_err()
    };
    assert!(matches!(ask(json!({"dropBefore": {}})).await, Error::Connection(_)));
    assert!(matches!(ask(json!({"truncate": {}})).await, Error::Connection(_)));
    assert!(matches!(ask(json!({"malformed": {}})).await, Error::Malformed { .. }));
    assert!(matches!(
        ask(json!({"outage": {}})).await,
        Error::Status { status: 503, .. }
    ));
    let mut settings = settings_of(&sandbox);
    settings.total_timeout = std::time::Duration::from_millis(300);
    let in_haste = client(settings);
    faults(&sandbox, json!({"latencyMs": {"ms": 5000}})).await;
    let late = in_haste.products(&any(), Priority::Crawl).await;
    assert!(matches!(late, Err(Error::Timeout)));
    control(&sandbox, reqwest::Method::DELETE, "faults", json!({})).await;
    assert!(patient.products(&any(), Priority::Crawl).await.is_ok());
}

#[tokio::test]
async fn an_empty_list_is_the_answer_to_everything_until_it_is_over() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let id = everything(&client, any()).await[0].id.clone();
    faults(&sandbox, json!({"emptyList": {"count": 2}})).await;
    let page = client.products(&any(), Priority::Crawl).await.unwrap();
    assert_eq!((page.total, page.products.len()), (0, 0));
    assert_eq!(client.product(&id, Priority::Stock).await.unwrap(), None);
    assert!(client.product(&id, Priority::Stock).await.unwrap().is_some());
}

#[tokio::test]
async fn a_product_that_is_named_twice_is_counted_twice() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let all = everything(&client, any()).await;
    faults(&sandbox, json!({"duplicateInList": true})).await;
    // `everything` compares what it read with the total.
    let twice = everything(&client, any()).await;
    assert_eq!((twice.len(), &twice[..93], twice.last()), (94, &all[..], all.first()));
    let cheap = ProductQuery {
        min_price_to: Some(Cents(499)),
        ..any()
    };
    let twice = everything(&client, cheap).await;
    assert!(twice.len() > 2 && twice.first() == twice.last());
}

#[tokio::test]
async fn a_total_that_ignores_filters_counts_everything_and_lists_what_was_asked_for() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let cheap = ProductQuery {
        min_price_to: Some(Cents(499)),
        ..any()
    };
    let right = client.products(&cheap, Priority::Crawl).await.unwrap();
    assert!(right.total < 93);
    faults(&sandbox, json!({"totalIgnoresFilters": true})).await;
    let wrong = client.products(&cheap, Priority::Crawl).await.unwrap();
    assert_eq!((wrong.total, &wrong.products), (93, &right.products));
    let id = &right.products[0].as_ref().unwrap().id;
    let one = ProductQuery {
        id: Some(id.clone()),
        ..any()
    };
    let one = client.products(&one, Priority::Crawl).await.unwrap();
    assert_eq!((one.total, one.products.len()), (93, 1));
}

#[tokio::test]
async fn prices_at_a_tenth_are_those_of_every_product_and_change_nothing_else() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let all = everything(&client, any()).await;
    faults(&sandbox, json!({"pricesTenth": true})).await;
    let slipped = everything(&client, any()).await;
    assert_eq!(slipped.len(), all.len());
    for (slipped, product) in slipped.iter().zip(&all) {
        let (price, true_price) = (slipped.min_price.as_ref().unwrap(), product.min_price.as_ref().unwrap());
        assert_eq!(price.0, (true_price.0 / 10).max(1), "{}", product.id);
        assert_eq!((&slipped.id, &slipped.qty), (&product.id, &product.qty));
    }
    let id = &all[0].id;
    let one = client.product(id, Priority::Stock).await.unwrap().unwrap();
    assert_eq!(one.min_price, slipped[0].min_price);
}

#[tokio::test]
async fn unreadable_values_stand_in_their_share_of_the_products_and_in_the_same_ones_each_time() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    let spoiled = async |share: f64, field: &str, value: Value| {
        let fault = json!({"unreadable": {"share": share, "field": field, "value": value}});
        faults(&sandbox, fault).await;
        let all = everything(&client, any()).await;
        let spoiled = all
            .into_iter()
            .filter(|product| product.min_price.is_err() || product.qty.is_err());
        spoiled.map(|product| product.id).collect::<Vec<_>>()
    };
    let some = spoiled(0.3, "minPrice", json!("free")).await;
    assert!((10..=45).contains(&some.len()), "{}", some.len());
    assert_eq!(some, spoiled(0.3, "qty", json!(-1)).await);
    let more = spoiled(0.6, "qty", Value::Null).await;
    assert!(more.len() > some.len() && some.iter().all(|id| more.contains(id)));
    assert_eq!(spoiled(1.0, "minPrice", json!(19.985)).await.len(), 93);
    assert_eq!(spoiled(0.0, "minPrice", json!(-1)).await.len(), 0);
    // By its id the same product is as unreadable as in a list.
    faults(&sandbox, json!({"unreadable": {"share": 0.3, "field": "minPrice"}})).await;
    let one = client.product(&some[0], Priority::Stock).await.unwrap().unwrap();
    assert!(one.min_price.is_err());
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let sandbox = ample().await;
    let mut settings = settings_of(&sandbox);
    settings.max_body_bytes = 1000;
    assert_eq!(
        client(settings).products(&any(), Priority::Crawl).await.unwrap_err(),
        Error::TooLarge
    );
}
