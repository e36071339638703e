//! Any bytes as an answer: no panic, no wrong price, no "done" that the supplier did not send.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use g2a::{BadMoney, Cents, Client, OrderId, Outcome, PayOrder, PlaceOrder, Priority, ProductQuery, TakeKey};
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

/// Codes of a call that was not even looked at, as the protocol's description has them.
const AT_THE_DOOR: [&str; 10] = [
    "AUTH01", "AUTH02", "AUTH03", "AUTH04", "CTTYPE", "BR01", "BR02", "BR03", "BR08", "WRONGURL",
];
/// Beside those, what is certain of each call that spends: every other code leaves it unknown.
const ORDER_NEVER_MADE: [&str; 4] = ["BR04", "PR01", "ORD112", "ORD121"];
const NEVER_CHARGED: [&str; 5] = ["ORD01", "ORD02", "ORD112", "ORD114", "ORD121"];
const KEY_NOT_TAKEN: [&str; 8] = ["ORD01", "ORD02", "ORD03", "ORD04", "ORD004", "ORD05", "ORD06", "ORD114"];

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
        let mut known = codes.iter().chain(&AT_THE_DOOR);
        status == 429 || code.as_ref().is_some_and(|code| known.any(|known| code == known))
    };
    let price = || said.as_ref()?.get("price")?.to_string().parse::<Cents>().ok();
    let id = || OrderId::parse("15000000000001").unwrap();
    let placed = client
        .place_order(PlaceOrder::new("10000000024005", Cents(500)).unwrap())
        .await;
    prop_assert!(!placed.is_refused() || certain(&ORDER_NEVER_MADE));
    if let Some(order) = placed.done() {
        prop_assert_eq!(Some(order.price), price());
        prop_assert_eq!(Some(order.id.as_str().to_owned()), text("order_id"));
    }
    let paid = client.pay_order(PayOrder::new(id())).await;
    prop_assert!(!paid.is_refused() || certain(&NEVER_CHARGED));
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
    prop_assert!(!key.is_refused() || certain(&KEY_NOT_TAKEN));
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
                let written = doc.get("minPrice").filter(|price| !price.is_null());
                let written = written.map_or(Err(BadMoney::Missing), |price| price.to_string().parse());
                prop_assert_eq!(product.min_price, written);
            }
        }
    }
    Ok(())
}

/// Suppliers that answer at the same time: many a case waits between two tries.
const SUPPLIERS: u32 = 8;
/// The cases of each.
const CASES: u32 = 50;

#[test]
fn no_bytes_are_an_outcome_that_nobody_wrote() {
    std::thread::scope(|all| {
        for _ in 0..SUPPLIERS {
            all.spawn(|| answer_with_any_bytes(CASES));
        }
    });
}

fn answer_with_any_bytes(cases: u32) {
    let runtime = Runtime::new().unwrap();
    let answer = Arc::new(Mutex::new(Vec::new()));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(serve(listener, Arc::clone(&answer)));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
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

/// A supplier of which every answer is this one, and a client of it.
async fn always(status: u16, body: &str) -> Client {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, Arc::new(Mutex::new(answer.into_bytes()))));
    client_with(settings_of(&url))
}

/// The statuses of one and the same code differ between sources, so the code alone decides, under HTTP 200 too. Certain is
/// what names a fault of the call, of who calls, or of a reservation that is gone; everything else may have been charged.
#[tokio::test]
async fn which_codes_are_certain_is_the_same_under_every_status() {
    let money_under_way = [
        "ORD110", "ORD111", "ORD113", "ORD120", "ORD122", "API00", "ERR99", "NEW77", "PR02",
    ];
    let all = [
        &AT_THE_DOOR[..],
        &ORDER_NEVER_MADE,
        &NEVER_CHARGED,
        &KEY_NOT_TAKEN,
        &money_under_way,
    ]
    .concat();
    let id = || OrderId::parse("15000000000001").unwrap();
    for status in [200, 400, 404] {
        for code in &all {
            let client = always(
                status,
                &format!(r#"{{"status":"ERROR","message":"no","code":"{code}"}}"#),
            )
            .await;
            let certain = |codes: &[&str]| codes.contains(code) || AT_THE_DOOR.contains(code);
            let order = PlaceOrder::new("10000000024005", Cents(500)).unwrap();
            let placed = client.place_order(order).await;
            assert_eq!(placed.is_refused(), certain(&ORDER_NEVER_MADE), "{code}: {placed:?}");
            let paid = client.pay_order(PayOrder::new(id())).await;
            assert_eq!(paid.is_refused(), certain(&NEVER_CHARGED), "{code}: {paid:?}");
            let key = client.take_key(TakeKey::new(id())).await;
            assert_eq!(key.is_refused(), certain(&KEY_NOT_TAKEN), "{code}: {key:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_may_hold_a_key_is_kept_and_not_shown() {
    let body = r#"{"keys":["AAAAA-BBBBB-CCCCC"]}"#;
    let client = always(200, body).await;
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
