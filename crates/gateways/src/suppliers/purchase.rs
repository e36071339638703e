//! Buying from a supplier: the calls, and what their answers mean for a unit. Codes and statuses of one supplier stay behind it.

use std::fmt;

use domain::id::ProductId;
use domain::money::Cents;
use domain::unit::{KeyAnswer, OrderAnswer, PayAnswer};
use futures::future::BoxFuture;
use zeroize::Zeroizing;

/// What a supplier is asked for. An order is named by the supplier's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurchaseCall {
    /// To make an order of one key; no money moves.
    Order {
        /// The product.
        product: ProductId,
        /// What it may cost; above zero.
        max_price: Cents,
    },
    /// To charge for an order.
    Pay {
        /// Which.
        order: String,
    },
    /// To say what became of an order.
    Look {
        /// Which.
        order: String,
    },
    /// To give the key of an order, which it does once.
    Key {
        /// Which.
        order: String,
    },
}

/// A call that holds its permit and goes out at once when it is sent, or not at all: between the two its intent is written down. One
/// that is dropped was not sent.
#[must_use = "a permit that is not used is lost for all callers"]
pub struct PreparedPurchase(Box<dyn FnOnce() -> BoxFuture<'static, PurchaseAnswer> + Send>);

/// What a supplier answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurchaseAnswer {
    /// To [`PurchaseCall::Order`].
    Order(OrderReply),
    /// To [`PurchaseCall::Pay`].
    Pay {
        /// What it means.
        answer: PayAnswer,
        /// What the supplier said, for operators.
        words: String,
    },
    /// To [`PurchaseCall::Look`].
    Look {
        /// What it means.
        seen: SeenPurchase,
        /// What the supplier said, for operators.
        words: String,
    },
    /// To [`PurchaseCall::Key`].
    Key(KeyReply),
}

/// The answer to [`PurchaseCall::Order`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderReply {
    /// What it means, so far as the supplier alone can tell: whether another order has this id is not known here.
    pub answer: OrderAnswer,
    /// The order that was made, also one that is not what was asked for.
    pub made: Option<MadeOrder>,
    /// What the supplier said, for operators.
    pub words: String,
}

/// An order that a supplier made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeOrder {
    /// The supplier's id of it.
    pub id: String,
    /// What it costs.
    pub price: Cents,
}

/// What a look at an order saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeenPurchase {
    /// It was charged.
    Charged,
    /// It is unpaid, or unknown to the supplier.
    Unpaid,
    /// Something else, or nothing.
    Unknown,
}

/// The answer to [`PurchaseCall::Key`]. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyReply {
    /// What it means, so far as the supplier alone can tell: whether another unit has this key is not known here.
    pub answer: KeyAnswer,
    /// The key.
    pub key: Option<Zeroizing<String>>,
    /// Whether the key is a file rather than a code to type.
    pub is_file: bool,
    /// The whole answer, wherever it may hold a key. It is given once: keep it before anything else.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// What the supplier said, for operators.
    pub words: String,
}

impl PreparedPurchase {
    /// A call that is sent by `send`.
    pub fn new(send: impl FnOnce() -> BoxFuture<'static, PurchaseAnswer> + Send + 'static) -> Self {
        Self(Box::new(send))
    }

    /// Sends it. Await it to its end: whoever drops the future never learns what the supplier did.
    pub async fn send(self) -> PurchaseAnswer {
        (self.0)().await
    }
}

impl fmt::Debug for PreparedPurchase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedPurchase").finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyReply")
            .field("answer", &self.answer)
            .field("is_file", &self.is_file)
            .field("words", &self.words)
            .finish_non_exhaustive()
    }
}
