//! Any bytes as an answer: no panic, no wrong price, no "done" that the supplier did not send.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use g2a::{Cents, Client, OrderId, Outcome, PayOrder, PlaceOrder, Priority, ProductQuery, TakeKey};
use proptest::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{client_with, settings_of};

const ANSWERS: [&str; 6] = [
    r#"{"total":1,"page":1,"docs":[{"id":"10000000024005","name":"A Steam Key GLOBAL","qty":3,"minPrice":4.99}]}"#,
    r#"{"order_id":"15000000000001","price":6.8,"currency":"EUR"}"#,
    r#"{"status":true,"transaction_id":"ab-1"}"#,
    r#"{"status":"complete","price":6,"currency":"EUR"}"#,
    r#"{"key":"AAAAA-BBBBB-CCCCC","isFile":false}"#,
    r#"{"status":"ERROR","message":"no","code":"ORD05"}"#,
];

/// A server that gives every request the answer that stands in `answer`, byte for byte, and closes.
async fn serve(listener: TcpListener, answer: Arc<Mutex<Vec<u8>>>) -> Infallible {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            continue;
        };
        let answer = answer.lock().unwrap().clone();
        tokio::spawn(async move {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        });
    }
}

/// Answers of the protocol with a byte changed, cut, joined, under any status; and plain noise.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(ANSWERS.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let changed = (known.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut body, at, byte)| {
        let at = at.index(body.len());
        body[at] = byte;
        body
    });
    let cut = (known.clone(), any::<prop::sample::Index>()).prop_map(|(mut body, at)| {
        body.truncate(at.index(body.len()));
        body
    });
    let joined = (known.clone(), known.clone()).prop_map(|(one, two)| [one, two].concat());
    let noise = prop::collection::vec(any::<u8>(), 0..200);
    prop_oneof![2 => known, 4 => changed, 2 => cut, 1 => joined, 2 => noise]
}

fn statuses() -> impl Strategy<Value = u16> {
    prop_oneof![3 => Just(200u16), 1 => prop::sample::select(vec![201u16, 204, 301, 400, 401, 402, 403, 404, 429, 500, 502, 503])]
}

/// Reads the body as anybody would who knows only JSON; `None` also where a name stands twice.
fn plainly(body: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value.is_object().then_some(value)
}

async fn check(client: &Client, status: u16, whole: bool, body: &[u8]) -> Result<(), TestCaseError> {
    let said = plainly(body).filter(|_| whole && (200..300).contains(&status));
    let text = |name: &str| said.as_ref()?.get(name)?.as_str().map(str::to_owned);
    // What is refused for certain is so by a status or a code that says it, in a whole answer.
    let code = plainly(body)
        .filter(|error| whole && error["status"] == "ERROR")
        .map(|error| error["code"].clone());
    let certain = |codes: &[&str]| {
        status == 429
            || code
                .as_ref()
                .is_some_and(|code| codes.iter().any(|known| code == known))
    };
    let price = || said.as_ref()?.get("price")?.to_string().parse::<Cents>().ok();
    let id = || OrderId::parse("15000000000001").unwrap();
    let placed = client
        .place_order(PlaceOrder::new("10000000024005", Cents(500)).unwrap())
        .await;
    prop_assert!(!placed.is_refused() || certain(&[]));
    if let Some(order) = placed.done() {
        prop_assert_eq!(Some(order.price), price());
        prop_assert_eq!(Some(order.id.as_str().to_owned()), text("order_id"));
    }
    let paid = client.pay_order(PayOrder::new(id())).await;
    prop_assert!(!paid.is_refused() || certain(&[]));
    if let Some(payment) = paid.done() {
        prop_assert_eq!(
            said.as_ref().and_then(|said| said.get("status")),
            Some(&Value::Bool(true))
        );
        prop_assert_eq!(
            Some(payment.transaction_id.chars().count()),
            text("transaction_id").map(|id| id.chars().count())
        );
    }
    let key = client.take_key(TakeKey::new(id())).await;
    prop_assert!(!key.is_refused() || certain(&["ORD01", "ORD02", "ORD03", "ORD04", "ORD05", "ORD06"]));
    if let Some(key) = key.done() {
        prop_assert_eq!(Some(key.reveal().to_owned()), text("key"));
    }
    // A repeatable call that fails is asked four times, with pauses between: only answers that look like a page.
    let docs = said.as_ref().and_then(|said| said.get("docs")?.as_array());
    if let Some(docs) = docs
        && let Ok(page) = client.products(&ProductQuery::default(), Priority::Crawl).await
    {
        for (product, doc) in page.products.iter().zip(docs) {
            if let Ok(product) = product {
                prop_assert_eq!(Ok(product.min_price), doc["minPrice"].to_string().parse());
            }
        }
    }
    Ok(())
}

#[test]
fn no_bytes_are_an_outcome_that_nobody_wrote() {
    let runtime = Runtime::new().unwrap();
    let answer = Arc::new(Mutex::new(Vec::new()));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(serve(listener, Arc::clone(&answer)));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(statuses(), bodies(), any::<bool>()), |(status, body, honest)| {
            let length = if honest { body.len() } else { body.len() + 3 };
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            *answer.lock().unwrap() = [head.as_bytes(), &body].concat();
            // A client for each case: its breaker is not what is tested.
            let _inside = runtime.enter();
            let client = client_with(settings_of(&url));
            runtime.block_on(check(&client, status, honest, &body))
        })
        .unwrap();
}

#[tokio::test]
async fn an_answer_that_may_hold_a_key_is_kept_and_not_shown() {
    let body = r#"{"keys":["AAAAA-BBBBB-CCCCC"]}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_with(settings_of(&format!("http://{}", listener.local_addr().unwrap())));
    tokio::spawn(serve(
        listener,
        Arc::new(Mutex::new([head, body.to_owned()].concat().into_bytes())),
    ));
    let outcome = client.take_key(TakeKey::new(OrderId::parse("1").unwrap())).await;
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome:?} of an answer that nobody knows")
    };
    assert!(
        !format!("{unknown:?} {}", unknown.error).contains("AAAAA"),
        "{unknown:?}"
    );
    assert_eq!(unknown.unread.unwrap().reveal(), body.as_bytes());
}
