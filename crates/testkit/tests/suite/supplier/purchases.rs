//! Buying from the local supplier over HTTP, as the shop will: each call with a permit that was taken first, and what each fault leaves
//! known.

use std::sync::Arc;
use std::time::Duration;

use domain::id::ProductId;
use domain::money::Cents;
use domain::unit::{KeyAnswer, OrderAnswer, PayAnswer};
use g2a::{Client, Credentials, LocalPace, Priority, ProductQuery};
use g2a_sandbox::Sandbox;
use gateways::suppliers::{KeyReply, MadeOrder, PurchaseAnswer, PurchaseCall, SeenPurchase};
use gateways::{G2aSupplier, Supplier};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A supplier that acts at once, and the shop's side of it.
struct Buying {
    sandbox: Sandbox,
    supplier: G2aSupplier,
    list: Client,
    http: reqwest::Client,
}

impl Buying {
    async fn new() -> Self {
        let settings = g2a_sandbox::Settings {
            rate_per_minute: 1_000_000,
            processing: Duration::ZERO,
            ..g2a_sandbox::Settings::default()
        };
        let credentials = Credentials {
            client_id: settings.client_id.clone(),
            email: settings.email.clone(),
            client_secret: settings.client_secret.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = g2a_sandbox::start(listener, settings).await.unwrap();
        let settings = g2a::Settings::new(format!("{}/v1", sandbox.url()).parse().unwrap(), credentials);
        let pace = Arc::new(LocalPace::per_minute(100_000));
        Self {
            sandbox,
            list: Client::new(settings.clone(), pace.clone()).unwrap(),
            supplier: G2aSupplier::new(settings, pace).unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let request = self.http.request(method, url).body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// The first product with some stock, and its price.
    async fn product(&self) -> (ProductId, Cents) {
        let page = self
            .list
            .products(&ProductQuery::default(), Priority::Stock)
            .await
            .unwrap();
        let mut products = page.products.into_iter().flatten();
        let product = products
            .find(|product| product.qty.as_ref().is_ok_and(|copies| *copies > 10))
            .unwrap();
        let price = product.min_price.unwrap();
        (ProductId::parse(&product.id).unwrap(), Cents::new(price.0))
    }

    async fn call(&self, call: PurchaseCall) -> PurchaseAnswer {
        self.supplier.prepare(call).await.unwrap().send().await
    }

    async fn order(&self, max_price: Cents) -> (OrderAnswer, Option<MadeOrder>) {
        let (product, _) = self.product().await;
        match self.call(PurchaseCall::Order { product, max_price }).await {
            PurchaseAnswer::Order(reply) => (reply.answer, reply.made),
            other => panic!("{other:?}"),
        }
    }

    async fn placed(&self) -> String {
        let (_, price) = self.product().await;
        self.order(price).await.1.unwrap().id
    }

    async fn pay(&self, order: &str) -> PayAnswer {
        let order = order.to_owned();
        match self.call(PurchaseCall::Pay { order }).await {
            PurchaseAnswer::Pay { answer, .. } => answer,
            other => panic!("{other:?}"),
        }
    }

    async fn look(&self, order: &str) -> SeenPurchase {
        let order = order.to_owned();
        match self.call(PurchaseCall::Look { order }).await {
            PurchaseAnswer::Look { seen, .. } => seen,
            other => panic!("{other:?}"),
        }
    }

    async fn key(&self, order: &str) -> KeyReply {
        let order = order.to_owned();
        match self.call(PurchaseCall::Key { order }).await {
            PurchaseAnswer::Key(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// The next call of this kind meets a fault.
    async fn once(&self, fault: &str, call: &str) {
        let faults = json!({fault: {"count": 1, "calls": [call]}});
        self.control(reqwest::Method::PUT, "faults", &faults).await;
    }

    /// How many calls of this path the supplier received.
    async fn received(&self, path: &str) -> u64 {
        let ledger = self.control(reqwest::Method::GET, "ledger", &Value::Null).await;
        let requests = ledger["requests"].as_object().unwrap().iter();
        let of_path = requests.filter(|(called, _)| called.starts_with(path));
        of_path.map(|(_, calls)| calls.as_u64().unwrap()).sum()
    }
}

#[tokio::test]
async fn a_key_is_ordered_paid_looked_at_and_taken_once() {
    let buying = Buying::new().await;
    let (_, price) = buying.product().await;
    let (answer, made) = buying.order(price).await;
    let order = made.unwrap();
    assert_eq!((answer, order.price <= price), (OrderAnswer::InTerms, true));
    assert_eq!(buying.look(&order.id).await, SeenPurchase::Unpaid);
    assert_eq!(buying.key(&order.id).await.answer, KeyAnswer::NotReady);
    assert_eq!(buying.pay(&order.id).await, PayAnswer::Yes);
    assert_eq!(buying.look(&order.id).await, SeenPurchase::Charged);
    let taken = buying.key(&order.id).await;
    assert_eq!(taken.answer, KeyAnswer::Key);
    let (key, body) = (taken.key.clone().unwrap(), taken.body.clone().unwrap());
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains(key.as_str()) && !format!("{taken:?}").contains(key.as_str()));
    assert_eq!(buying.key(&order.id).await.answer, KeyAnswer::Gone);
}

#[tokio::test]
async fn a_lost_reply_is_never_taken_for_a_no() {
    let buying = Buying::new().await;
    let (_, price) = buying.product().await;
    for fault in ["dropBefore", "dropAfter"] {
        buying.once(fault, "order").await;
        assert_eq!(buying.order(price).await.0, OrderAnswer::Unknown, "{fault}");
        let order = buying.placed().await;
        buying.once(fault, "pay").await;
        assert_eq!(buying.pay(&order).await, PayAnswer::Unknown, "{fault}");
        let was_charged = fault == "dropAfter";
        let seen = if was_charged {
            SeenPurchase::Charged
        } else {
            SeenPurchase::Unpaid
        };
        assert_eq!(buying.look(&order).await, seen, "{fault}");
        let paid = buying.placed().await;
        assert_eq!(buying.pay(&paid).await, PayAnswer::Yes);
        buying.once(fault, "key").await;
        assert_eq!(buying.key(&paid).await.answer, KeyAnswer::Unknown, "{fault}");
        let left = if was_charged { KeyAnswer::Gone } else { KeyAnswer::Key };
        assert_eq!(buying.key(&paid).await.answer, left, "{fault}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_kept_for_what_it_may_hold() {
    let buying = Buying::new().await;
    let paid = buying.placed().await;
    assert_eq!(buying.pay(&paid).await, PayAnswer::Yes);
    buying.once("malformed", "key").await;
    let taken = buying.key(&paid).await;
    assert_eq!((taken.answer, taken.key.is_none()), (KeyAnswer::Unknown, true));
    assert!(taken.body.is_some_and(|body| !body.is_empty()));
    assert_eq!(buying.key(&paid).await.answer, KeyAnswer::Gone);
}

#[tokio::test]
async fn a_lie_is_told_from_an_order_and_an_empty_key_from_a_key() {
    let buying = Buying::new().await;
    let (_, price) = buying.product().await;
    buying.once("wrongPrice", "order").await;
    let (answer, made) = buying.order(price).await;
    assert_eq!(
        (answer, made.is_some_and(|made| made.price > price)),
        (OrderAnswer::Dearer, true)
    );
    buying.once("wrongCurrency", "order").await;
    let (answer, made) = buying.order(price).await;
    assert_eq!((answer, made.is_some()), (OrderAnswer::OutOfTerms, true));
    let first = buying.placed().await;
    buying.once("repeatOrderId", "order").await;
    assert_eq!(
        buying.placed().await,
        first,
        "whether another order has this id is for the shop to know"
    );
    let lagging = json!({"detailsLagMs": 600_000});
    buying.control(reqwest::Method::PUT, "faults", &lagging).await;
    assert_eq!(buying.pay(&first).await, PayAnswer::Yes);
    assert_eq!(buying.look(&first).await, SeenPurchase::Unpaid);
    buying.once("emptyKey", "key").await;
    let empty = buying.key(&first).await;
    assert_eq!((empty.answer, empty.key.is_none()), (KeyAnswer::Unknown, true));
    assert!(empty.body.is_some_and(|body| !body.is_empty()));
    let order = buying.placed().await;
    buying
        .control(reqwest::Method::PUT, "faults", &json!({"purse": 0}))
        .await;
    assert_eq!(buying.pay(&order).await, PayAnswer::NoShop);
    buying.control(reqwest::Method::PUT, "faults", &json!({})).await;
    assert_eq!(
        buying.pay(&order).await,
        PayAnswer::Yes,
        "the same order may be paid once there is money"
    );
}

#[tokio::test]
async fn what_was_prepared_and_is_too_late_or_not_wanted_is_not_sent() {
    let buying = Buying::new().await;
    let (product, max_price) = buying.product().await;
    let order = || PurchaseCall::Order {
        product: product.clone(),
        max_price,
    };
    let prepared = buying.supplier.prepare(order()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let PurchaseAnswer::Order(reply) = prepared.send().await else {
        panic!("not an answer to an order");
    };
    assert_eq!(reply.answer, OrderAnswer::NotSent);
    drop(buying.supplier.prepare(order()).await.unwrap());
    assert_eq!(buying.received("/v1/order").await, 0);
    let unlimited = PurchaseCall::Order {
        product,
        max_price: Cents::ZERO,
    };
    assert!(
        buying.supplier.prepare(unlimited).await.is_err(),
        "zero is no limit there"
    );
}
