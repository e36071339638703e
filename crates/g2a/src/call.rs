//! The calls of the protocol as types: the request, the answer, and whether it may be sent twice.
//!
//! A call that implements [`Repeatable`] changes nothing at the supplier, and the client repeats it by itself. A call
//! that implements [`Once`] spends money, stock or the only reading of a key: it is consumed when it is sent, it cannot
//! be copied, and nothing in this crate sends it again.

use crate::wire;
use crate::{
    Code, Error, Key, Listing, MAX_PAGE, Order, OrderDetails, OrderId, PayOrder, Payment, Permit, PlaceOrder,
    ProductQuery, TakeKey,
};
use bytes::Bytes;
use reqwest::Method;

/// A call that changes nothing at the supplier: it may be repeated.
#[expect(
    private_bounds,
    reason = "the list of calls is closed: others cannot claim that theirs is safe"
)]
pub trait Repeatable: Call + Wire {}

/// A call that spends something: it is sent at most once.
#[expect(
    private_bounds,
    reason = "the list of calls is closed: others cannot claim that theirs is safe"
)]
pub trait Once: Call + Wire {}

/// A call of the protocol.
pub trait Call {
    /// The answer of a successful call.
    type Answer;
}

/// The request of a call, and the meaning of its answer.
pub(crate) trait Wire: Call + Sync {
    /// The name in logs.
    const NAME: &'static str;
    /// Whether this call accepts a token in place of the hash header.
    const TAKES_TOKEN: bool = false;

    /// Checks what can be known to be wrong before anything is sent.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn request(&self) -> Request;

    /// Parses the body of an answer with a success status.
    fn read(&self, body: &[u8]) -> Result<Self::Answer, Error>;

    /// Whether a refusal with this code is certain to have had no effect.
    fn had_no_effect(_code: &Code) -> bool {
        false
    }

    /// The permit that was taken for it.
    fn permit(&mut self) -> Option<Permit> {
        None
    }

    /// At least so many bytes of an answer are read, whatever the settings say.
    const BODY_MIN_MAX: usize = 0;

    /// Whether an answer that cannot be parsed may hold something worth storing.
    const KEEPS_UNREAD: bool = false;
}

/// The part of a request that differs between calls. It may hold a secret, so it has no `Debug`.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path below the host, without a leading slash.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// Its type and bytes; a `PUT` without one has `Content-Length: 0`.
    pub(crate) body: Option<(&'static str, Bytes)>,
}

impl Request {
    pub(crate) fn of(method: Method, path: String) -> Request {
        Request {
            method,
            path,
            query: Vec::new(),
            body: None,
        }
    }
}

/// `GET /products`.
impl Call for ProductQuery {
    type Answer = Listing;
}

impl Wire for ProductQuery {
    const NAME: &'static str = "products";
    const TAKES_TOKEN: bool = true;

    fn check(&self) -> Result<(), Error> {
        if (1..=MAX_PAGE).contains(&self.page) {
            Ok(())
        } else {
            Err(Error::config(format!(
                "page {} is not within 1 and {MAX_PAGE}",
                self.page
            )))
        }
    }

    fn request(&self) -> Request {
        Request {
            query: self.pairs(),
            ..Request::of(Method::GET, "v1/products".into())
        }
    }

    fn read(&self, body: &[u8]) -> Result<Listing, Error> {
        let page = wire::read_listing(body)?;
        if page.page == self.page {
            Ok(page)
        } else {
            Err(Error::malformed("another page than the one asked for"))
        }
    }
}

impl Repeatable for ProductQuery {}

/// `GET /order/details/{id}`: reads, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAtOrder(pub OrderId);

impl Call for LookAtOrder {
    type Answer = OrderDetails;
}

impl Wire for LookAtOrder {
    const NAME: &'static str = "details";

    fn request(&self) -> Request {
        Request::of(Method::GET, format!("v1/order/details/{}", self.0))
    }

    fn read(&self, body: &[u8]) -> Result<OrderDetails, Error> {
        wire::read_details(body)
    }
}

impl Repeatable for LookAtOrder {}

impl Call for PlaceOrder {
    type Answer = Order;
}

impl Wire for PlaceOrder {
    const NAME: &'static str = "order";

    fn request(&self) -> Request {
        Request {
            body: Some(("application/json", wire::written_order(&self.product, self.max_price))),
            ..Request::of(Method::POST, "v1/order".into())
        }
    }

    fn read(&self, body: &[u8]) -> Result<Order, Error> {
        wire::read_order(body)
    }

    fn had_no_effect(code: &Code) -> bool {
        refused_at_the_door(code) || matches!(code, Code::Br04 | Code::Pr01 | Code::Ord112 | Code::Ord121)
    }

    fn permit(&mut self) -> Option<Permit> {
        self.permit.take()
    }
}

impl Once for PlaceOrder {}

impl Call for PayOrder {
    type Answer = Payment;
}

impl Wire for PayOrder {
    const NAME: &'static str = "pay";

    fn request(&self) -> Request {
        Request::of(Method::PUT, format!("v1/order/pay/{}", self.order))
    }

    fn read(&self, body: &[u8]) -> Result<Payment, Error> {
        wire::read_payment(body)
    }

    /// `ORD111`, `ORD113`, `ORD120` and `ORD122` concern a payment under way: the wallet may have been charged.
    /// `ORD110` ("cannot process payment") says nothing about the wallet, and may be the answer to a second payment of
    /// a paid order. Reading the order tells.
    fn had_no_effect(code: &Code) -> bool {
        refused_at_the_door(code)
            || matches!(
                code,
                Code::Ord01 | Code::Ord02 | Code::Ord112 | Code::Ord114 | Code::Ord121
            )
    }

    fn permit(&mut self) -> Option<Permit> {
        self.permit.take()
    }
}

impl Once for PayOrder {}

impl Call for TakeKey {
    type Answer = Key;
}

impl Wire for TakeKey {
    const NAME: &'static str = "key";
    const KEEPS_UNREAD: bool = true;
    /// A key that is a picture of a card is large, and is given once.
    const BODY_MIN_MAX: usize = 8 * 1024 * 1024;

    fn request(&self) -> Request {
        Request::of(Method::GET, format!("v1/order/key/{}", self.order))
    }

    fn read(&self, body: &[u8]) -> Result<Key, Error> {
        wire::read_key(body)
    }

    /// `ORD04` too: the key was read before, but not by this call. `ORD114`: the reservation expired, there is no key.
    fn had_no_effect(code: &Code) -> bool {
        refused_at_the_door(code)
            || matches!(
                code,
                Code::Ord01 | Code::Ord02 | Code::Ord03 | Code::Ord04 | Code::Ord05 | Code::Ord06 | Code::Ord114
            )
    }

    fn permit(&mut self) -> Option<Permit> {
        self.permit.take()
    }
}

impl Once for TakeKey {}

/// Codes of a call that was refused before it was processed: credentials, rate limit, malformed request.
fn refused_at_the_door(code: &Code) -> bool {
    matches!(
        code,
        Code::Auth01
            | Code::Auth02
            | Code::Auth03
            | Code::Auth04
            | Code::CtType
            | Code::Br01
            | Code::Br02
            | Code::Br03
            | Code::Br08
            | Code::WrongUrl
    )
}
