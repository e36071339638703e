//! Orders: one key each, reserved, paid, and read once.

use std::fmt;

use bytes::Bytes;

use crate::products::is_product_id;
use crate::{Cents, Error, Permit, wire};

/// Longer order ids were never observed.
const ORDER_ID_DIGITS_MAX: usize = 32;

/// The supplier's id of an order: 1 to 32 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderId(String);

impl OrderId {
    /// `None` for anything but 1 to 32 ASCII digits: an id becomes part of an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<OrderId> {
        let right = (1..=ORDER_ID_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| OrderId(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `POST /order`: reserves the cheapest offer of a product for 30 minutes. It has no idempotency key, so it cannot be
/// repeated: a second one is a second order.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it is not sent yet"]
pub struct PlaceOrder {
    pub(crate) product: String,
    pub(crate) max_price: Cents,
    pub(crate) permit: Option<Permit>,
}

impl PlaceOrder {
    /// An order of one key for at most `max_price` euros.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an id that is not 1 to 32 digits, and for a `max_price` that is not above zero: the
    /// supplier interprets zero as "at any price".
    pub fn new(product: &str, max_price: Cents) -> Result<PlaceOrder, Error> {
        if !is_product_id(product) {
            return Err(Error::config("a product id has 1 to 32 digits"));
        }
        if max_price.0 <= 0 || max_price > Cents::MAX {
            return Err(Error::config(
                "max_price must be above zero: the supplier takes zero for no limit",
            ));
        }
        Ok(PlaceOrder {
            product: product.to_owned(),
            max_price,
            permit: None,
        })
    }

    /// Sends it with a permit that was taken before, or not at all ([`Error::TooLate`]): another process may have taken over meanwhile.
    pub fn with(self, permit: Permit) -> PlaceOrder {
        PlaceOrder {
            permit: Some(permit),
            ..self
        }
    }
}

/// `PUT /order/pay/{id}`: charges the shop's wallet at the supplier. The effect of a second one is not known.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it is not sent yet"]
pub struct PayOrder {
    pub(crate) order: OrderId,
    pub(crate) permit: Option<Permit>,
}

impl PayOrder {
    /// The payment of an order.
    pub const fn new(order: OrderId) -> PayOrder {
        PayOrder { order, permit: None }
    }

    /// Sends it with a permit that was taken before, or not at all ([`Error::TooLate`]): another process may have taken over meanwhile.
    pub fn with(self, permit: Permit) -> PayOrder {
        PayOrder {
            permit: Some(permit),
            ..self
        }
    }
}

/// `GET /order/key/{id}`: returns the key, once. Although it is a GET, it must not be repeated after a lost reply.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it is not sent yet"]
pub struct TakeKey {
    pub(crate) order: OrderId,
    pub(crate) permit: Option<Permit>,
}

impl TakeKey {
    /// The key of an order.
    pub const fn new(order: OrderId) -> TakeKey {
        TakeKey { order, permit: None }
    }

    /// Sends it with a permit that was taken before, or not at all ([`Error::TooLate`]): another process may have taken over meanwhile.
    pub fn with(self, permit: Permit) -> TakeKey {
        TakeKey {
            permit: Some(permit),
            ..self
        }
    }
}

/// A reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The id for paying, reading and fetching.
    pub id: OrderId,
    /// Its cost: the offer is chosen when the order is placed.
    pub price: Cents,
    /// Always `EUR` so far.
    pub currency: String,
}

/// A confirmed payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The supplier's number for it.
    pub transaction_id: String,
}

/// The current state of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderDetails {
    /// Its status.
    pub status: OrderStatus,
    /// Its cost.
    pub price: Cents,
    /// Always `EUR` so far.
    pub currency: String,
}

/// The status of an order. The list is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderStatus {
    /// `new`: reserved, not paid.
    New,
    /// `pending`: paid, not ready.
    Pending,
    /// `complete`: the key can be read, or was.
    Complete,
    /// An undocumented status: it has no known meaning, and does not mean failure. At most 200 characters.
    Other(String),
}

impl OrderStatus {
    /// The supplier's name for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            OrderStatus::New => "new",
            OrderStatus::Pending => "pending",
            OrderStatus::Complete => "complete",
            OrderStatus::Other(word) => word,
        }
    }
}

/// A game's key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    pub(crate) text: String,
    pub(crate) answer: Bytes,
    /// Whether the text is a file (a picture of a card) rather than a code to type.
    pub is_file: bool,
}

impl Key {
    /// The key itself. The supplier returns it once: store it before anything else is done with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The whole answer, as it came: what is kept until the key is stored.
    #[must_use]
    pub fn answer(&self) -> &[u8] {
        &self.answer
    }

    /// Reads a whole answer that was kept.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it holds no key in the known place. It is not quoted.
    pub fn read(answer: &[u8]) -> Result<Key, Error> {
        wire::read_key(answer)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("text", &"…")
            .field("is_file", &self.is_file)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_is_digits_and_nothing_else() {
        assert_eq!(OrderId::parse("15000000000001").unwrap().as_str(), "15000000000001");
        for text in ["", "1/../pay", "12a", "-1", "１２", &"9".repeat(33)] {
            assert!(OrderId::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_order_without_a_limit_cannot_be_made() {
        for cents in [0, -1] {
            assert!(PlaceOrder::new("10000000024005", Cents(cents)).is_err());
        }
        assert!(PlaceOrder::new("x", Cents(1)).is_err());
        assert!(PlaceOrder::new("10000000024005", Cents(1)).is_ok());
    }

    #[test]
    fn debug_does_not_show_a_key() {
        let key = Key {
            text: "AAAAA-BBBBB".into(),
            answer: Bytes::from_static(b"AAAAA-BBBBB"),
            is_file: false,
        };
        assert!(!format!("{key:?}").contains("AAAAA"));
    }
}
