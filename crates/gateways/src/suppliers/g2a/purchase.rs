//! Buying from G2A: which of its answers is certain, and which leaves everything open.

use ::g2a::{Client, Code, Error, Key, OrderId, OrderStatus, Outcome, PayOrder, PlaceOrder, TakeKey, Unknown};
use domain::money::Cents;
use domain::unit::{KeyAnswer, OrderAnswer, PayAnswer};
use zeroize::Zeroizing;

use crate::supplier::SupplierError;
use crate::suppliers::{KeyReply, MadeOrder, OrderReply, PreparedPurchase, PurchaseAnswer, PurchaseCall, SeenPurchase};

/// The currency of the shop.
const CURRENCY: &str = "EUR";

/// Waits until the call may be made. Looks may be repeated: they take their permits when they are sent.
pub(super) async fn prepare(client: &Client, call: PurchaseCall) -> Result<PreparedPurchase, SupplierError> {
    let client = client.clone();
    Ok(match call {
        PurchaseCall::Order { product, max_price } => {
            let order = PlaceOrder::new(product.as_str(), ::g2a::Cents(max_price.get()))?.with(client.permit().await?);
            PreparedPurchase::new(move || Box::pin(async move { ordered(client.place_order(order).await, max_price) }))
        }
        PurchaseCall::Pay { order } => {
            let payment = PayOrder::new(known(&order)?).with(client.permit().await?);
            PreparedPurchase::new(move || Box::pin(async move { paid(&client.pay_order(payment).await) }))
        }
        PurchaseCall::Key { order } => {
            let key = TakeKey::new(known(&order)?).with(client.permit().await?);
            PreparedPurchase::new(move || Box::pin(async move { key_taken(client.take_key(key).await) }))
        }
        PurchaseCall::Look { order } => {
            let order = known(&order)?;
            PreparedPurchase::new(move || Box::pin(async move { look(&client, &order).await }))
        }
    })
}

fn known(order: &str) -> Result<OrderId, SupplierError> {
    OrderId::parse(order).ok_or_else(|| SupplierError::Answer(format!("{order:?} is no id of an order there")))
}

fn ordered(outcome: Outcome<::g2a::Order>, max_price: Cents) -> PurchaseAnswer {
    let (answer, made, words) = match outcome {
        Outcome::Done(order) => {
            let price = Cents::new(order.price.0);
            let answer = if order.currency != CURRENCY {
                OrderAnswer::OutOfTerms
            } else if price > max_price {
                OrderAnswer::Dearer
            } else {
                OrderAnswer::InTerms
            };
            let words = format!("order {} for {price} {}", order.id, order.currency);
            let id = order.id.to_string();
            (answer, Some(MadeOrder { id, price }), words)
        }
        Outcome::Refused(error) => (order_refused(&error), None, error.to_string()),
        Outcome::Unknown(Unknown { error, .. }) => (OrderAnswer::Unknown, None, error.to_string()),
    };
    PurchaseAnswer::Order(OrderReply { answer, made, words })
}

/// A no to an order, which moves no money. One whose reason is not known leaves it open whether the product can be bought.
fn order_refused(error: &Error) -> OrderAnswer {
    match error {
        Error::TooLate => OrderAnswer::NotSent,
        Error::Refused {
            code: Code::Br04 | Code::Pr01,
            ..
        } => OrderAnswer::NoProduct,
        error if is_of_the_shop(error) => OrderAnswer::NoShop,
        _ => OrderAnswer::Unknown,
    }
}

/// Whether a no is about the shop: its credentials, its limits, its funds, the way to the supplier. Nothing happened there.
fn is_of_the_shop(error: &Error) -> bool {
    use Code::{Auth01, Auth02, Auth03, Auth04, Br01, Br02, Br03, Br08, CtType, Ord112, Ord121, WrongUrl};
    match error {
        Error::Refused { code, .. } => matches!(
            code,
            Auth01 | Auth02 | Auth03 | Auth04 | CtType | Br01 | Br02 | Br03 | Br08 | WrongUrl | Ord112 | Ord121
        ),
        error => error.is_unsent(),
    }
}

fn paid(outcome: &Outcome<::g2a::Payment>) -> PurchaseAnswer {
    let (answer, words) = match outcome {
        Outcome::Done(payment) => (PayAnswer::Yes, format!("transaction {}", payment.transaction_id)),
        Outcome::Refused(error) => (payment_refused(error), error.to_string()),
        Outcome::Unknown(unknown) => (PayAnswer::Unknown, unknown.error.to_string()),
    };
    PurchaseAnswer::Pay { answer, words }
}

/// A no to a payment. Whatever is not certain is in doubt: a payment that is told twice is the one loss that nobody gets back.
fn payment_refused(error: &Error) -> PayAnswer {
    match error {
        Error::TooLate => PayAnswer::NotSent,
        Error::Refused {
            code: Code::Ord01 | Code::Ord02 | Code::Ord114,
            ..
        } => PayAnswer::NoLapsed,
        error if is_of_the_shop(error) => PayAnswer::NoShop,
        _ => PayAnswer::Unknown,
    }
}

async fn look(client: &Client, order: &OrderId) -> PurchaseAnswer {
    let (seen, words) = match client.look_at_order(order).await {
        Ok(details) => {
            let seen = match &details.status {
                OrderStatus::New => SeenPurchase::Unpaid,
                OrderStatus::Pending | OrderStatus::Complete => SeenPurchase::Charged,
                _ => SeenPurchase::Unknown,
            };
            (seen, format!("status {}", details.status.as_str()))
        }
        Err(error) => (look_refused(&error), error.to_string()),
    };
    PurchaseAnswer::Look { seen, words }
}

fn look_refused(error: &Error) -> SeenPurchase {
    match error {
        Error::Refused {
            code: Code::Ord02 | Code::Ord114,
            ..
        } => SeenPurchase::Unpaid,
        _ => SeenPurchase::Unknown,
    }
}

fn key_taken(outcome: Outcome<Key>) -> PurchaseAnswer {
    let no_key = |answer, words: String| KeyReply {
        answer,
        key: None,
        is_file: false,
        body: None,
        words,
    };
    PurchaseAnswer::Key(match outcome {
        Outcome::Done(key) => KeyReply {
            answer: KeyAnswer::Key,
            key: Some(Zeroizing::new(key.reveal().to_owned())),
            is_file: key.is_file,
            body: Some(Zeroizing::new(key.answer().to_vec())),
            words: "a key".to_owned(),
        },
        Outcome::Refused(error) => no_key(key_refused(&error), error.to_string()),
        Outcome::Unknown(unknown) => {
            let body = unknown.unread.map(|unread| Zeroizing::new(unread.reveal().to_vec()));
            KeyReply {
                body,
                ..no_key(KeyAnswer::Unknown, unknown.error.to_string())
            }
        }
    })
}

/// A certain no to the question for a key: this call took none.
fn key_refused(error: &Error) -> KeyAnswer {
    match error {
        Error::TooLate => KeyAnswer::NotSent,
        Error::Refused { code: Code::Ord04, .. } => KeyAnswer::Gone,
        Error::Refused {
            code: Code::Ord02 | Code::Ord114,
            ..
        } => KeyAnswer::NoOrder,
        _ => KeyAnswer::NotReady,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> Error {
        Error::Refused {
            code: Code::from(code),
            status: 400,
            message: String::new(),
            retry_after: None,
        }
    }

    #[test]
    fn a_no_is_the_products_the_shops_or_the_orders() {
        use KeyAnswer::{Gone, NoOrder, NotReady};
        for (code, order, payment, key) in [
            ("BR04", OrderAnswer::NoProduct, PayAnswer::Unknown, NotReady),
            ("PR01", OrderAnswer::NoProduct, PayAnswer::Unknown, NotReady),
            ("AUTH02", OrderAnswer::NoShop, PayAnswer::NoShop, NotReady),
            ("BR03", OrderAnswer::NoShop, PayAnswer::NoShop, NotReady),
            ("ORD112", OrderAnswer::NoShop, PayAnswer::NoShop, NotReady),
            ("ORD121", OrderAnswer::NoShop, PayAnswer::NoShop, NotReady),
            ("ORD110", OrderAnswer::Unknown, PayAnswer::Unknown, NotReady),
            ("ORD122", OrderAnswer::Unknown, PayAnswer::Unknown, NotReady),
            ("NEW77", OrderAnswer::Unknown, PayAnswer::Unknown, NotReady),
            ("ORD01", OrderAnswer::Unknown, PayAnswer::NoLapsed, NotReady),
            ("ORD02", OrderAnswer::Unknown, PayAnswer::NoLapsed, NoOrder),
            ("ORD114", OrderAnswer::Unknown, PayAnswer::NoLapsed, NoOrder),
            ("ORD04", OrderAnswer::Unknown, PayAnswer::Unknown, Gone),
            ("ORD03", OrderAnswer::Unknown, PayAnswer::Unknown, NotReady),
        ] {
            let error = refused(code);
            let found = (order_refused(&error), payment_refused(&error), key_refused(&error));
            assert_eq!(found, (order, payment, key), "{code}");
        }
        let status = Error::Status {
            status: 429,
            retry_after: None,
        };
        assert_eq!(
            payment_refused(&status),
            PayAnswer::Unknown,
            "nobody says that it was not charged"
        );
        let unsent = Error::Connect(String::new());
        assert_eq!(payment_refused(&unsent), PayAnswer::NoShop);
        let late = Error::TooLate;
        assert_eq!(order_refused(&late), OrderAnswer::NotSent);
        assert_eq!(payment_refused(&late), PayAnswer::NotSent);
        assert_eq!(key_refused(&late), KeyAnswer::NotSent);
    }

    #[test]
    fn an_order_is_what_was_asked_for_or_not() {
        for (price, currency, expected) in [
            (500, "EUR", OrderAnswer::InTerms),
            (501, "EUR", OrderAnswer::Dearer),
            (1, "USD", OrderAnswer::OutOfTerms),
        ] {
            let order = ::g2a::Order {
                id: OrderId::parse("15000000000001").unwrap(),
                price: ::g2a::Cents(price),
                currency: currency.to_owned(),
            };
            let PurchaseAnswer::Order(reply) = ordered(Outcome::Done(order), Cents::new(500)) else {
                panic!("not an answer to an order");
            };
            assert_eq!(reply.answer, expected, "{price} {currency}");
            let made = reply.made.map(|made| (made.id, made.price.get()));
            assert_eq!(made, Some(("15000000000001".to_owned(), price)));
        }
    }

    #[test]
    fn a_look_knows_two_kinds_of_unpaid() {
        for code in ["ORD02", "ORD114"] {
            assert_eq!(look_refused(&refused(code)), SeenPurchase::Unpaid, "{code}");
        }
        for error in [refused("ORD01"), refused("API00"), Error::Timeout] {
            assert_eq!(look_refused(&error), SeenPurchase::Unknown, "{error}");
        }
    }
}
