//! Orders, payments and keys on the wire: read strictly, since each of them is money.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::object;
use crate::error::bounded;
use crate::{Cents, Error, Key, Order, OrderDetails, OrderId, OrderStatus, Payment};

/// The body of `POST /order`. The price is the text of the cents, a JSON number with two decimals: no float has a say.
/// The id is digits, so nothing in it needs escaping.
pub(crate) fn written_order(product: &str, max_price: Cents) -> Bytes {
    Bytes::from(format!(r#"{{"product_id":"{product}","max_price":{max_price}}}"#))
}

#[derive(Deserialize)]
struct WireReserved {
    order_id: String,
    price: Box<RawValue>,
    currency: String,
}

#[derive(Deserialize)]
struct WirePaid {
    status: bool,
    transaction_id: String,
}

#[derive(Deserialize)]
struct WireDetails {
    status: String,
    price: Box<RawValue>,
    currency: String,
}

#[derive(Deserialize)]
struct WireKey {
    key: String,
    #[serde(rename = "isFile", default)]
    is_file: Option<bool>,
}

/// An answer to `POST /oauth/token`.
#[derive(Deserialize)]
pub(crate) struct WireToken {
    access_token: String,
    token_type: String,
    expires_in: u64,
}

impl WireToken {
    /// The token and how long it lives.
    pub(crate) fn read(body: &[u8]) -> Result<(String, Duration), Error> {
        // Not the parser's words: they may quote the answer, and the answer is a secret.
        let token: WireToken = object(body).map_err(|_| Error::malformed("an answer that holds no token"))?;
        if !token.token_type.eq_ignore_ascii_case("bearer") {
            return Err(Error::malformed("a token that is no bearer token"));
        }
        if token.access_token.is_empty() || !token.access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::malformed("a token that no header can carry"));
        }
        Ok((token.access_token, Duration::from_secs(token.expires_in)))
    }
}

pub(crate) fn read_order(body: &[u8]) -> Result<Order, Error> {
    let wire: WireReserved = read(body)?;
    Ok(Order {
        id: OrderId::parse(&wire.order_id).ok_or_else(|| Error::malformed("an order id that is not 1 to 32 digits"))?,
        price: price(&wire.price)?,
        currency: currency(wire.currency)?,
    })
}

pub(crate) fn read_payment(body: &[u8]) -> Result<Payment, Error> {
    let wire: WirePaid = read(body)?;
    if !wire.status {
        return Err(Error::malformed("a payment whose status is false"));
    }
    if wire.transaction_id.is_empty() {
        return Err(Error::malformed("a payment without a transaction"));
    }
    Ok(Payment {
        transaction_id: bounded(&wire.transaction_id),
    })
}

pub(crate) fn read_details(body: &[u8]) -> Result<OrderDetails, Error> {
    let wire: WireDetails = read(body)?;
    Ok(OrderDetails {
        status: match wire.status.as_str() {
            "new" => OrderStatus::New,
            "pending" => OrderStatus::Pending,
            "complete" => OrderStatus::Complete,
            // A refusal without its code must not pass for a state of the order.
            "" | "ERROR" => return Err(Error::malformed("details without a status")),
            other => OrderStatus::Other(bounded(other)),
        },
        price: price(&wire.price)?,
        currency: currency(wire.currency)?,
    })
}

pub(crate) fn read_key(body: &[u8]) -> Result<Key, Error> {
    let wire: WireKey = object(body).map_err(|_| {
        // Not the parser's words: they may quote the answer, and the answer is a key.
        Error::malformed("an answer that holds no key in the known place")
    })?;
    if wire.key.trim().is_empty() {
        return Err(Error::malformed("an empty key"));
    }
    Ok(Key {
        text: wire.key,
        answer: Bytes::copy_from_slice(body),
        is_file: wire.is_file.unwrap_or(false),
    })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    object(body).map_err(|error| Error::malformed(&error.to_string()))
}

fn price(raw: &RawValue) -> Result<Cents, Error> {
    Cents::from_json_number(raw.get()).map_err(|reason| Error::malformed(&format!("price: {reason}")))
}

/// Three capital letters, as ISO 4217 has it.
fn currency(text: String) -> Result<String, Error> {
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(Error::malformed("a currency that is not three capital letters"))
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
