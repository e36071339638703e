//! Orders: placed, delivered, cancelled, refunded, and their keys shown.

mod advance;
mod checkout;
mod delivery;
mod endings;
mod keyed_locks;
mod managed;
pub(crate) mod order_metrics;
mod reveal;
mod sale;

use std::time::Duration;

use domain::id::{OrderId, UserId};
use domain::money::Cents;
use domain::order::{Order, OrderEvent, OrderLimits, OrderStatus};
use domain::refusal::Refusal;
use domain::tax::TaxTerms;
use domain::unit::{Decision, FulfilmentTimes, Gate, Spending, UnitEvent, decide};
use futures::future::BoxFuture;
use storage::orders::{BoughtKey, LockedUnit};

use crate::{Error, OrderService, Shop};

pub use checkout::{CheckoutKey, CheckoutRequest, PlacedOrder};
pub(crate) use keyed_locks::KeyedLocks;
pub use managed::OrderFile;
pub use reveal::{OrderReader, ReadOrder};

/// Settings of orders.
#[derive(Clone, Copy, Debug)]
pub struct OrderRules {
    /// How much one order may be.
    pub limits: OrderLimits,
    /// Orders of one account in an hour.
    pub per_hour: u32,
    /// Whether the address has to be verified before the first order.
    pub verified_email: bool,
    /// How old the sign-in of whoever sees a key may be; zero: of any age.
    pub reveal_sign_in: Duration,
    /// How long no key is shown after the password was reset or the second factor changed.
    pub reveal_wait: Duration,
    /// Whether a program that reads an order sees keys that nobody has seen yet; they are revealed by that.
    pub reveal_on_read: bool,
    /// From payment to refund.
    pub deadline: Duration,
    /// Whose tax the prices include; `None` for no tax.
    pub tax: Option<TaxTerms>,
}

impl Default for OrderRules {
    fn default() -> Self {
        Self {
            limits: OrderLimits {
                units: 20,
                amount: Cents::new(100_000),
            },
            per_hour: 20,
            verified_email: true,
            reveal_sign_in: Duration::from_secs(24 * 3_600),
            reveal_wait: Duration::from_secs(24 * 3_600),
            reveal_on_read: false,
            deadline: Duration::from_secs(24 * 3_600),
            tax: None,
        }
    }
}

/// A unit's turn. The shop buys nothing by itself yet: what it does not hold waits for staff, or for its deadline.
const DUE: UnitEvent = UnitEvent::Due(Gate::Open, Spending::ByHand);

impl Shop {
    /// What follows when `event` happens to a locked unit.
    fn decide(&self, unit: &LockedUnit, event: UnitEvent) -> Result<Decision, Refusal> {
        let decision = decide(&unit.movable(), event, &FulfilmentTimes::default(), self.now());
        decision.map_err(|_| Refusal::OrderNotCancellable)
    }
}

impl<'a> OrderService<'a> {
    /// An order of `user`.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`], also for an order of somebody else.
    pub fn of(self, user: UserId, id: OrderId) -> BoxFuture<'a, Result<Order, Error>> {
        Box::pin(async move {
            let order = self.shop.db().orders().by_id(id).await?;
            let order = order.filter(|order| order.user == user);
            Ok(order.ok_or(Refusal::OrderNotFound)?)
        })
    }

    /// What happened to an order of `user`, the oldest first.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn events(self, user: UserId, id: OrderId) -> BoxFuture<'a, Result<Vec<OrderEvent>, Error>> {
        Box::pin(async move {
            let orders = self.shop.db().orders();
            let owner = orders.customer_of(id).await?;
            owner.filter(|owner| *owner == user).ok_or(Refusal::OrderNotFound)?;
            Ok(orders.events(id).await?)
        })
    }

    /// An idempotency key for a form.
    #[must_use]
    pub fn fresh_key(self) -> String {
        self.shop.parts.ids.fresh().to_string()
    }

    /// The page `page`, from 1, of `size` orders of `user` each, newest first; of one status or of all.
    pub fn list(
        self,
        user: UserId,
        status: Option<OrderStatus>,
        page: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<Vec<Order>, Error>> {
        Box::pin(async move {
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(size);
            Ok(self.shop.db().orders().of_user(user, status, size, skipped).await?)
        })
    }

    /// The page `page`, from 1, of `size` keys of `user` each, the newest first, of games with each word of `search` in their
    /// titles; and whether there are more.
    pub fn keys(
        self,
        user: UserId,
        search: &'a str,
        page: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<(Vec<BoughtKey>, bool), Error>> {
        Box::pin(async move {
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(size);
            let orders = self.shop.db().orders();
            let mut keys = orders.keys_of(user, search, size.saturating_add(1), skipped).await?;
            let has_more = keys.len() > size as usize;
            keys.truncate(size as usize);
            Ok((keys, has_more))
        })
    }
}
