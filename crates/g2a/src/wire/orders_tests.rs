//! Orders, payments and keys: what is read, what is refused, and that no noise ever counts as an answer.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ORDER: &str = r#"{"order_id":"15000000000001","price":6.8,"currency":"EUR","new":1}"#;
const PAID: &str = r#"{"status":true,"transaction_id":"ab-1"}"#;
const DETAILS: &str = r#"{"status":"complete","price":6,"currency":"EUR"}"#;
const KEY: &str = r#"{"key":"AAAAA-BBBBB-CCCCC","isFile":true}"#;

#[test]
fn what_the_supplier_writes_is_read() {
    let order = read_order(ORDER.as_bytes()).unwrap();
    assert_eq!((order.id.as_str(), order.price), ("15000000000001", Cents(680)));
    assert_eq!(read_payment(PAID.as_bytes()).unwrap().transaction_id, "ab-1");
    let details = read_details(DETAILS.as_bytes()).unwrap();
    assert_eq!((details.status, details.price), (OrderStatus::Complete, Cents(600)));
    let open = read_details(br#"{"status":"on its way","price":1.5,"currency":"EUR"}"#).unwrap();
    assert_eq!(open.status, OrderStatus::Other("on its way".into()));
    let key = read_key(KEY.as_bytes()).unwrap();
    assert_eq!((key.reveal(), key.is_file), ("AAAAA-BBBBB-CCCCC", true));
    assert!(!read_key(br#"{"key":"K"}"#).unwrap().is_file);
    let (token, span) = WireToken::read(br#"{"access_token":"t","token_type":"bearer","expires_in":300}"#).unwrap();
    assert_eq!((token.as_str(), span), ("t", Duration::from_secs(300)));
}

#[test]
fn what_is_nearly_right_is_refused() {
    for body in [
        r#"{"order_id":15000000000001,"price":6.8,"currency":"EUR"}"#,
        r#"{"order_id":"15/../1","price":6.8,"currency":"EUR"}"#,
        r#"{"order_id":"15","price":"6.8","currency":"EUR"}"#,
        r#"{"order_id":"15","price":6.801,"currency":"EUR"}"#,
        r#"{"order_id":"15","price":-6.8,"currency":"EUR"}"#,
        r#"{"order_id":"15","price":6.8,"currency":"€"}"#,
        r#"{"order_id":"15","price":6.8}"#,
        r#"{"order_id":"15","order_id":"16","price":6.8,"currency":"EUR"}"#,
    ] {
        assert!(read_order(body.as_bytes()).is_err(), "{body}");
    }
    for body in [
        r#"{"status":false,"transaction_id":"1"}"#,
        r#"{"status":"true","transaction_id":"1"}"#,
        r#"{"status":true,"transaction_id":""}"#,
        r#"{"status":true}"#,
        r#"{"status":1,"transaction_id":"1"}"#,
    ] {
        assert!(read_payment(body.as_bytes()).is_err(), "{body}");
    }
    for body in [
        r#"{"status":"","price":6,"currency":"EUR"}"#,
        r#"{"status":"ERROR","price":6,"currency":"EUR"}"#,
        r#"{"status":true,"price":6,"currency":"EUR"}"#,
    ] {
        assert!(read_details(body.as_bytes()).is_err(), "{body}");
    }
    for body in [
        r#"{"key":""}"#,
        r#"{"key":" "}"#,
        r#"{"key":null}"#,
        r#"{"isFile":false}"#,
        r#"["K"]"#,
    ] {
        assert!(read_key(body.as_bytes()).is_err(), "{body}");
    }
    for body in [
        r#"{"access_token":"","token_type":"bearer","expires_in":300}"#,
        r#"{"access_token":"a b","token_type":"bearer","expires_in":300}"#,
        r#"{"access_token":"t","token_type":"mac","expires_in":300}"#,
        r#"{"access_token":"t","token_type":"bearer","expires_in":-1}"#,
    ] {
        assert!(WireToken::read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn an_unreadable_key_is_not_quoted() {
    let error = read_key(br#"{"key":["SECRET-KEY-1"]}"#).unwrap_err().to_string();
    assert!(!error.contains("SECRET"), "{error}");
}

#[test]
fn an_order_is_written_with_its_exact_limit() {
    for (cents, text) in [(1, "0.01"), (680, "6.80"), (100_000, "1000.00")] {
        let body = written_order("10000000024005", Cents(cents));
        assert_eq!(body, format!(r#"{{"product_id":"10000000024005","max_price":{text}}}"#));
        let _: Value = serde_json::from_slice(&body).unwrap();
    }
}

/// JSON of every shape, with the protocol's own words in the wrong places.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just("EUR"),
            Just("new"),
            Just("ERROR"),
            Just("true"),
            Just("15"),
            Just("6.80"),
            Just("")
        ]
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let names = [
        "order_id",
        "price",
        "currency",
        "status",
        "transaction_id",
        "key",
        "isFile",
        "code",
        "message",
    ];
    leaf.prop_recursive(2, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(names.to_vec()), inner, 0..9)
                .prop_map(|map| map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn noise_is_never_an_answer(body in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read_order(&body).is_err());
        prop_assert!(read_payment(&body).is_err());
        prop_assert!(read_details(&body).is_err());
        prop_assert!(read_key(&body).is_err());
        prop_assert!(WireToken::read(&body).is_err());
    }

    #[test]
    fn every_prefix_is_refused(length in 0usize..200) {
        let cut = |body: &'static str| &body.as_bytes()[..length.min(body.len() - 1)];
        prop_assert!(read_order(cut(ORDER)).is_err());
        prop_assert!(read_payment(cut(PAID)).is_err());
        prop_assert!(read_details(cut(DETAILS)).is_err());
        prop_assert!(read_key(cut(KEY)).is_err());
    }

    /// Judged by a reader of its own, which asks for exactly what the protocol says.
    #[test]
    fn json_of_any_shape_is_an_answer_only_if_it_is_one(json in any_json()) {
        let body = json.to_string();
        let body = body.as_bytes();
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        let is_price = json.get("price").is_some_and(|price| price.is_number() && price.to_string().parse::<Cents>().is_ok());
        let is_currency = text("currency") == Some("EUR");
        if read_order(body).is_ok() {
            prop_assert!(is_price && text("order_id").is_some_and(|id| id.parse::<u128>().is_ok()));
            prop_assert!(text("currency").is_some_and(|text| text.len() == 3));
        } else {
            prop_assert!(!(is_price && is_currency && text("order_id") == Some("15")));
        }
        let paid = json.get("status") == Some(&json!(true)) && text("transaction_id").is_some_and(|id| !id.is_empty());
        prop_assert_eq!(read_payment(body).is_ok(), paid);
        if let Ok(details) = read_details(body) {
            prop_assert!(is_price && text("status").is_some_and(|word| details.status.as_str() == bounded(word)));
        }
        if let Ok(key) = read_key(body) {
            prop_assert_eq!(Some(key.reveal()), text("key"));
        }
    }

    #[test]
    fn a_price_of_an_order_is_the_one_that_was_written(cents in 0i64..=100_000_000) {
        let written = format!(r#"{{"order_id":"1","price":{},"currency":"EUR"}}"#, Cents(cents));
        prop_assert_eq!(read_order(written.as_bytes()).unwrap().price, Cents(cents));
        // As JavaScript writes it: no zero at the end, no fraction where there is none.
        let bare = written.replace(".00,", ",").replace("0,\"c", ",\"c");
        if cents % 100 != 0 {
            prop_assert_eq!(read_order(bare.as_bytes()).unwrap().price, Cents(cents));
        }
    }
}
