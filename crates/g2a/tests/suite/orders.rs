//! Buying without faults, and the supplier's refusals.

use std::time::Duration;

use g2a::pace::Rate;
use g2a::{Cents, Code, Error, OrderId, OrderStatus, Outcome, PayOrder, PlaceOrder, TakeKey};
use serde_json::json;

use super::{a_product, an_order, client, control, ledger, paid, placed, sandbox};

fn code<T>(outcome: &Outcome<T>) -> Option<&Code> {
    match outcome {
        Outcome::Refused(Error::Refused { code, .. }) => Some(code),
        _ => None,
    }
}

#[tokio::test]
async fn a_key_is_ordered_paid_looked_at_and_read_once() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let product = a_product(&client).await;
    let order = client.place_order(an_order(&product)).await.done().unwrap();
    assert_eq!(
        (order.price, order.currency.as_str()),
        (product.min_price.unwrap(), "EUR")
    );
    let details = client.look_at_order(&order.id).await.unwrap();
    assert_eq!((details.status, details.price), (OrderStatus::New, order.price));
    let payment = client.pay_order(PayOrder::new(order.id.clone())).await.done().unwrap();
    assert_eq!(
        client.look_at_order(&order.id).await.unwrap().status,
        OrderStatus::Complete
    );
    let key = client.take_key(TakeKey::new(order.id.clone())).await.done().unwrap();
    let again = client.take_key(TakeKey::new(order.id.clone())).await;
    assert_eq!(code(&again), Some(&Code::Ord04));
    let ledger = ledger(&sandbox).await;
    let sold = &ledger["orders"][0];
    assert_eq!(sold["transactionId"], payment.transaction_id.as_str());
    assert_eq!((&sold["key"], &sold["payments"]), (&json!(key.reveal()), &json!(1)));
    assert_eq!(ledger["charged"].to_string().parse::<Cents>().unwrap(), order.price);
}

#[tokio::test]
async fn what_the_supplier_refuses_for_certain_is_refused() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let product = a_product(&client).await;
    let unknown_order = OrderId::parse("99999999999999").unwrap();
    let refused = client.pay_order(PayOrder::new(unknown_order.clone())).await;
    assert_eq!(code(&refused), Some(&Code::Ord02));
    let refused = client.take_key(TakeKey::new(unknown_order.clone())).await;
    assert_eq!(code(&refused), Some(&Code::Ord02));
    let error = client.look_at_order(&unknown_order).await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: Code::Ord02, .. }), "{error}");
    let refused = client.take_key(TakeKey::new(placed(&client).await.id)).await;
    assert_eq!(code(&refused), Some(&Code::Ord05));
    // Whether a second payment is charged is not known, and its code does not say.
    let twice = client.pay_order(PayOrder::new(paid(&client).await.id)).await;
    let said = twice.error().map(ToString::to_string).unwrap_or_default();
    assert!(twice.is_unknown() && said.contains("ORD110"), "{twice:?}");
    // The codes for "too dear" and "sold out" are not known, and an unknown code is an unknown outcome.
    let too_dear = PlaceOrder::new(&product.id, Cents(product.min_price.unwrap().0 - 1)).unwrap();
    assert!(client.place_order(too_dear).await.is_unknown());
    let path = format!("products/{}", product.id);
    control(&sandbox, reqwest::Method::PATCH, &path, &json!({"qty": 0})).await;
    assert!(client.place_order(an_order(&product)).await.is_unknown());
    assert_eq!(ledger(&sandbox).await["orders"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_too_late_is_not_sent() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let product = a_product(&client).await;
    let late = [client.permit().await, client.permit().await, client.permit().await].map(Result::unwrap);
    tokio::time::sleep(Rate::USE_WITHIN + Duration::from_millis(200)).await;
    let [first, second, third] = late;
    let outcome = client.place_order(an_order(&product).with(first)).await;
    assert!(matches!(outcome, Outcome::Refused(Error::TooLate)), "{outcome:?}");
    let permit = client.permit().await.unwrap();
    let order = client
        .place_order(an_order(&product).with(permit))
        .await
        .done()
        .unwrap();
    let outcome = client.pay_order(PayOrder::new(order.id.clone()).with(second)).await;
    assert!(matches!(outcome, Outcome::Refused(Error::TooLate)), "{outcome:?}");
    let outcome = client.take_key(TakeKey::new(order.id).with(third)).await;
    assert!(matches!(outcome, Outcome::Refused(Error::TooLate)), "{outcome:?}");
    let ledger = ledger(&sandbox).await;
    assert_eq!(ledger["requests"], json!({"/v1/products": 1, "/v1/order": 1}));
}
