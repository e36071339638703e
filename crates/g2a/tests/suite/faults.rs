//! Each fault against each call: the client's result, and the number of requests as the supplier counts them.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use g2a::{Client, Error, LookAtOrder, OrderId, Outcome, PayOrder, Priority, ProductQuery, TakeKey};
use serde_json::{Value, json};

use super::tokens::with_token;
use super::{a_product, an_order, client, client_with, faults, ledger, paid, placed, sandbox, settings_of};

/// Longer than any call waits, in milliseconds.
const TOO_LATE: u64 = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// The list, opened by a token; the fault is the token call's.
    Token,
    Products,
    Details,
    Order,
    Pay,
    Key,
}
use Call::{Details, Key, Order, Pay, Products, Token};

const ALL: [Call; 6] = [Token, Products, Details, Order, Pay, Key];
const ONCE: [Call; 3] = [Order, Pay, Key];

/// What became of a call. `Failed` is a repeatable call's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Done,
    Refused,
    Unknown,
    Failed,
}

/// What is to become of the calls, and of how many requests.
struct Row {
    fault: Value,
    /// For the calls that may be repeated: what comes of them, after how many requests.
    repeatable: (Came, u64),
    /// For the calls that spend: what comes of them, always after one request.
    spending: Came,
    /// Calls that spend for which it is something else.
    except: &'static [(Call, Came)],
    /// Whether the supplier acted on the calls that spend.
    effect: bool,
}

fn row(fault: Value, repeatable: (Came, u64), spending: Came) -> Row {
    Row {
        effect: spending == Came::Done,
        fault,
        repeatable,
        spending,
        except: &[],
    }
}

impl Row {
    fn except(self, except: &'static [(Call, Came)]) -> Row {
        Row { except, ..self }
    }

    /// Whether the fault is one of pages or keys alone.
    fn suits(&self, call: Call) -> bool {
        call != Token
            || !["shiftPages", "repeatPage", "notReady"]
                .iter()
                .any(|name| self.fault.get(name).is_some())
    }

    /// The settings of the client that meets it. One whose every answer comes too late need not wait long for each.
    fn settings(&self, url: &str) -> g2a::Settings {
        let settings = settings_of(url);
        if self.fault["latencyMs"] != TOO_LATE {
            return settings;
        }
        let timeout = Duration::from_millis(1_500);
        g2a::Settings {
            total_timeout: timeout,
            spending_timeout: timeout,
            ..settings
        }
    }

    /// The fault as the supplier is told of it: for the token call, of that call alone.
    fn fault_of(&self, call: Call) -> Value {
        let mut fault = self.fault.clone();
        if let (Token, Some((name, value))) = (call, fault.as_object_mut().and_then(|map| map.iter_mut().next())) {
            if value.is_boolean() {
                *value = json!({});
            } else if value.is_number() && name == "latencyMs" {
                *value = json!({"ms": *value});
            }
            value["calls"] = json!(["token"]);
        }
        fault
    }

    /// The supplier acts, though the client cannot know.
    fn with_effect(self) -> Row {
        Row { effect: true, ..self }
    }
}

fn status(status: u16, code: &str, after: bool) -> Value {
    json!({"status": {"status": status, "code": code, "after": after}})
}

/// The whole table. Four requests are the first and three repeats; none of the calls that spend is repeated, ever.
fn table() -> Vec<Row> {
    use Came::{Done, Failed, Refused, Unknown};
    vec![
        row(json!({}), (Done, 1), Done),
        row(json!({"latencyMs": 30}), (Done, 1), Done),
        row(json!({"latencyMs": TOO_LATE}), (Failed, 4), Unknown),
        row(json!({"dropBefore": true}), (Failed, 4), Unknown),
        row(json!({"dropBefore": {"count": 1}}), (Done, 2), Unknown),
        row(json!({"outage": true}), (Failed, 4), Unknown),
        row(json!({"outage": {"count": 3}}), (Done, 4), Unknown),
        row(json!({"rateLimit": {"retryAfter": 0, "count": 1}}), (Done, 2), Refused),
        row(json!({"rateLimit": {"retryAfter": 0}}), (Failed, 4), Refused),
        row(json!({"rateLimit": {"retryAfter": 3600}}), (Failed, 1), Refused),
        row(json!({"dropAfter": true}), (Failed, 4), Unknown).with_effect(),
        row(json!({"dropAfter": {"count": 1}}), (Done, 2), Unknown).with_effect(),
        row(json!({"truncate": true}), (Failed, 4), Unknown).with_effect(),
        row(json!({"malformed": true}), (Failed, 4), Unknown).with_effect(),
        row(json!({"malformed": {"count": 2}}), (Done, 3), Unknown).with_effect(),
        row(json!({"shiftPages": true}), (Done, 1), Done),
        row(json!({"repeatPage": true}), (Done, 1), Done),
        row(json!({"notReady": true}), (Done, 1), Done).except(&[(Key, Refused)]),
        row(status(500, "API00", false), (Failed, 4), Unknown),
        row(status(500, "API00", true), (Failed, 4), Unknown).with_effect(),
        row(status(401, "AUTH02", false), (Failed, 1), Refused),
        row(status(403, "AUTH03", false), (Failed, 1), Refused),
        row(status(403, "AUTH04", false), (Failed, 1), Refused),
        row(status(400, "BR01", false), (Failed, 1), Refused),
        row(status(404, "WRONGURL", false), (Failed, 1), Refused),
        row(status(409, "NEW77", false), (Failed, 1), Unknown),
        row(status(402, "ORD05", false), (Failed, 1), Unknown).except(&[(Key, Refused)]),
        row(status(403, "ORD06", false), (Failed, 1), Unknown).except(&[(Key, Refused)]),
        row(status(404, "ORD004", false), (Failed, 1), Unknown).except(&[(Key, Refused)]),
        row(status(403, "ORD112", false), (Failed, 1), Refused).except(&[(Key, Unknown)]),
        row(status(403, "ORD121", false), (Failed, 1), Refused).except(&[(Key, Unknown)]),
        row(status(403, "ORD114", false), (Failed, 1), Refused).except(&[(Order, Unknown)]),
        row(status(403, "ORD110", false), (Failed, 1), Unknown),
        row(status(404, "ORD111", false), (Failed, 1), Unknown),
        row(status(400, "ORD120", true), (Failed, 1), Unknown).with_effect(),
        row(status(502, "ORD122", true), (Failed, 4), Unknown).with_effect(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_has_its_outcome_and_nothing_that_spends_is_repeated() {
    let table = table();
    let cells = table.iter().flat_map(|row| ALL.map(|call| (row, call)));
    let cases = cells
        .filter(|(row, call)| row.suits(*call))
        .map(|(row, call)| Box::pin(judge(row, call)));
    // Not all at a time: on a machine under load a timeout would be taken for the fault's doing.
    let judged: Vec<_> = futures::stream::iter(cases).buffer_unordered(20).collect().await;
    let wrong: Vec<String> = judged.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One cell of the table: a supplier of its own, an order as the call needs it, the fault, the call.
async fn judge(row: &Row, call: Call) -> Option<String> {
    let sandbox = sandbox().await;
    let before = client(&sandbox);
    let product = a_product(&before).await;
    let order = match call {
        Token | Products | Order => None,
        Details | Pay => Some(placed(&before).await.id),
        Key => Some(paid(&before).await.id),
    };
    let asked = requests(&ledger(&sandbox).await, call);
    faults(&sandbox, &row.fault_of(call)).await;
    // A client of its own: the breaker of one that failed before would answer in the supplier's place.
    let settings = row.settings(&sandbox.url());
    let client = client_with(settings.clone());
    let id = order.clone().unwrap_or_else(|| OrderId::parse("1").unwrap());
    let came = match call {
        Token => answer(
            with_token(settings)
                .products(&ProductQuery::default(), Priority::Crawl)
                .await,
        ),
        Products => answer(client.products(&ProductQuery::default(), Priority::Crawl).await),
        Details => answer(client.ask(&LookAtOrder(id), Priority::Orders).await),
        Order => outcome(&client.place_order(an_order(&product)).await),
        Pay => outcome(&client.pay_order(PayOrder::new(id)).await),
        Key => outcome(&client.take_key(TakeKey::new(id)).await),
    };
    let after = ledger(&sandbox).await;
    let got = (came, requests(&after, call) - asked);
    let due = if ONCE.contains(&call) {
        let exception = row.except.iter().find(|(excepted, _)| *excepted == call);
        (exception.map_or(row.spending, |(_, came)| *came), 1)
    } else {
        row.repeatable
    };
    let effect_due = ONCE.contains(&call) && row.effect && due.0 != Came::Refused;
    let effect = acted(&after, call);
    (got != due || effect != effect_due).then(|| {
        format!(
            "{} × {call:?}: {got:?}, not {due:?}; the supplier acted: {effect}, not {effect_due}",
            row.fault
        )
    })
}

fn answer<T>(answer: Result<T, Error>) -> Came {
    answer.map_or(Came::Failed, |_| Came::Done)
}

fn outcome<T>(outcome: &Outcome<T>) -> Came {
    match outcome {
        Outcome::Done(_) => Came::Done,
        Outcome::Refused(_) => Came::Refused,
        Outcome::Unknown(_) => Came::Unknown,
    }
}

fn requests(ledger: &Value, call: Call) -> u64 {
    let path = match call {
        Token => "/oauth/token",
        Products => "/v1/products",
        Details => "/v1/order/details",
        Order => "/v1/order",
        Pay => "/v1/order/pay",
        Key => "/v1/order/key",
    };
    ledger["requests"][path].as_u64().unwrap_or(0)
}

/// Whether the call under test left a trace at the supplier, once and no more.
fn acted(ledger: &Value, call: Call) -> bool {
    let count = match call {
        Token | Products | Details => return false,
        Order => ledger["orders"].as_array().unwrap().len() as u64,
        Pay => ledger["orders"][0]["payments"].as_u64().unwrap(),
        Key => ledger["keysTaken"].as_u64().unwrap(),
    };
    assert!(count <= 1, "{call:?} happened {count} times");
    count == 1
}

#[tokio::test]
async fn a_supplier_that_is_not_there_is_a_refusal_for_certain() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let product = a_product(&client).await;
    sandbox.stop().await;
    let outcome = client.place_order(an_order(&product)).await;
    assert!(matches!(outcome, Outcome::Refused(Error::Connect(_))), "{outcome:?}");
}

#[tokio::test]
async fn after_many_outages_the_supplier_is_left_alone() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let product = a_product(&client).await;
    faults(&sandbox, &json!({"outage": true})).await;
    let ask = |client: Client| async move { client.products(&ProductQuery::default(), Priority::Crawl).await };
    let errors = join_all((0..4).map(|_| ask(client.clone()))).await;
    assert!(errors.iter().all(Result::is_err));
    let asked = requests(&ledger(&sandbox).await, Products);
    assert!(asked <= 1 + 12, "{asked} requests");
    let outcome = client.place_order(an_order(&product)).await;
    assert!(
        matches!(outcome, Outcome::Refused(Error::Resting { .. })),
        "{outcome:?}"
    );
    // The first call after the pause finds that the supplier is back.
    faults(&sandbox, &json!({})).await;
    ask(client.clone()).await.unwrap();
    assert!(client.place_order(an_order(&product)).await.done().is_some());
}
