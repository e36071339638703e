//! Shows a key to its customer: recorded before it is shown.

use std::time::Duration;

use domain::case::CaseKind;
use domain::clock::Timestamp;
use domain::id::{OrderId, UnitId, UserId};
use domain::money::Cents;
use domain::order::{Order, OrderUnit};
use domain::own_key::{KeyText, OwnKeyId};
use domain::refusal::Refusal;
use domain::touch::Touch;
use domain::unit::UnitState;
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::LockedUnit;
use storage::staff::Standing;
use storage::throttles::Rate;
use uuid::Uuid;

use super::advance::lock_units_of;
use super::order_metrics;
use crate::accounts::Caller;
use crate::write::Failed;
use crate::{Error, OrderService, Shop, failpoints};

/// Keys that one account may have shown: so many at once, then one in each such time.
const SHOWN: Rate = Rate {
    burst: 60,
    every: Duration::from_secs(60),
};

/// For so long after a key was shown, reads that show it again are the same showing: neither recorded nor counted again. A
/// client that asks for its order every second would else fill the time line, and use up what its account may see.
const ONE_SHOWING: Duration = Duration::from_secs(600);

/// An order as its customer reads it.
#[derive(Debug)]
pub struct ReadOrder {
    /// The order.
    pub order: Order,
    /// Those of its keys that this reader sees, by their ids.
    pub keys: Vec<(Uuid, KeyText)>,
}

/// Who reads an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderReader {
    /// A browser, which another site may have sent here: it sees what was revealed on purpose.
    Browser,
    /// A program with a token of its own: with `reveal_on_read` it sees every key.
    Program,
}

impl ReadOrder {
    const fn without_keys(order: Order) -> Self {
        Self {
            order,
            keys: Vec::new(),
        }
    }
}

impl<'a> OrderService<'a> {
    /// Shows a delivered key of the caller's order, as often as they ask.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`], [`Refusal::KeyNotFound`], also once its price went back; [`Refusal::ProofTooOld`] if the
    /// sign-in is too old; [`Refusal::TooMany`] after too many keys, or too soon after the password was reset or the second
    /// factor changed. A key that cannot be unsealed is a case for staff, and does not count as seen.
    pub fn reveal(self, caller: &'a Caller, id: OrderId, key: Uuid) -> BoxFuture<'a, Result<KeyText, Error>> {
        Box::pin(order_metrics::reveal(async move {
            let input = (self.shop.clone(), caller.clone(), id, key);
            let shown = self
                .shop
                .write(input, |tx, &(ref shop, ref caller, id, key)| {
                    Box::pin(async move { shop.reveal_in(tx, caller, id, key).await })
                })
                .await?;
            // Committed before, so that somebody sees to it.
            let shown =
                shown.ok_or_else(|| Error::Internal("a delivered key cannot be unsealed: a case is open".into()))?;
            failpoints::pass("reveal:before_shown").await;
            Ok(shown)
        }))
    }

    /// An order of the caller, and those of its keys that were revealed, as far as the caller may see keys now: whoever may
    /// not still reads the order.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn with_keys(
        self,
        caller: &'a Caller,
        id: OrderId,
        reader: OrderReader,
    ) -> BoxFuture<'a, Result<ReadOrder, Error>> {
        Box::pin(async move {
            let user = caller.user.id;
            let order = self.of(user, id).await?;
            let all = reader == OrderReader::Program && self.shop.parts.orders.reveal_on_read;
            let shows = |unit: &OrderUnit| unit.state == UnitState::Delivered && (all || unit.revealed_at.is_some());
            if !order.units.iter().any(shows) {
                return Ok(ReadOrder::without_keys(order));
            }
            let input = (self.shop.clone(), caller.clone(), id, all);
            let shown = order_metrics::reveal(self.shop.write(input, |tx, &(ref shop, ref caller, id, all)| {
                Box::pin(async move { shop.read_keys_in(tx, caller, id, all).await })
            }));
            match shown.await {
                Ok(keys) => Ok(ReadOrder {
                    order: self.of(user, id).await?,
                    keys,
                }),
                Err(Error::Refused(Refusal::ProofTooOld | Refusal::TooMany { .. })) => {
                    Ok(ReadOrder::without_keys(order))
                }
                Err(error) => Err(error),
            }
        })
    }
}

impl Shop {
    async fn reveal_in(&self, tx: &mut Tx, caller: &Caller, id: OrderId, key: Uuid) -> Result<Option<KeyText>, Failed> {
        let (user, now) = (caller.user.id, self.now());
        let standing = self.standing_of(tx, caller, now).await?;
        let units = lock_units_of(tx, id, user).await?;
        let of_key = |state| units.iter().find(|unit| unit.key == Some(key) && unit.state == state);
        let unit = of_key(UnitState::Delivered).ok_or(Refusal::KeyNotFound)?;
        self.refuse_too_soon(tx, &standing, now).await?;
        if let Some(left) = self.count_shown(tx, user, now).await? {
            return Err(wait(left));
        }
        let Some(shown) = self.unsealed(tx, (id, user), unit, key).await? else {
            return Ok(None);
        };
        if !tx.orders().reveal(unit.id, now).await? {
            return Err(Refusal::KeyNotFound.into());
        }
        record(tx, id, &[unit], now).await?;
        tx.touch(Touch::Order(id));
        tx.touch(Touch::Orders(user));
        failpoints::pass("reveal:recorded").await;
        Ok(Some(shown))
    }

    /// The keys of an order that a read shows, up to the account's limit; `all`: also those that nobody has seen yet.
    async fn read_keys_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: OrderId,
        all: bool,
    ) -> Result<Vec<(Uuid, KeyText)>, Failed> {
        let (user, now) = (caller.user.id, self.now());
        let standing = self.standing_of(tx, caller, now).await?;
        let units = lock_units_of(tx, id, user).await?;
        self.refuse_too_soon(tx, &standing, now).await?;
        let lately = tx.orders().shown_since(id, now.minus(ONE_SHOWING)).await?;
        let (mut shown, mut recorded) = (Vec::new(), Vec::new());
        for unit in &units {
            let key = unit
                .key
                .filter(|_| unit.state == UnitState::Delivered && (all || unit.revealed_at.is_some()));
            let Some(key) = key else { continue };
            // One damaged key hides neither the order nor its other keys, and counts for nothing.
            let Some(text) = self.unsealed(tx, (id, user), unit, key).await? else {
                continue;
            };
            if !lately.contains(&unit.id) {
                if self.count_shown(tx, user, now).await?.is_some() {
                    continue;
                }
                tx.orders().reveal(unit.id, now).await?;
                recorded.push(unit);
            }
            shown.push((key, text));
        }
        if !recorded.is_empty() {
            record(tx, id, &recorded, now).await?;
            tx.touch(Touch::Order(id));
            tx.touch(Touch::Orders(user));
        }
        Ok(shown)
    }

    /// The account and its sign-in, neither of which changes until the transaction ends.
    async fn standing_of(&self, tx: &Tx, caller: &Caller, now: Timestamp) -> Result<Standing, Failed> {
        let standing = tx.staff().standing(caller.user.id, caller.session, now).await?;
        let standing = standing.ok_or(Refusal::NotSignedIn)?;
        standing.user.refuse_blocked()?;
        Ok(standing)
    }

    /// Refuses whoever signed in too long ago, or changed too lately how they sign in.
    async fn refuse_too_soon(&self, tx: &Tx, standing: &Standing, now: Timestamp) -> Result<(), Failed> {
        let rules = &self.parts.orders;
        if !rules.reveal_sign_in.is_zero() && now.since(standing.proven_at) > rules.reveal_sign_in {
            return Err(Refusal::ProofTooOld.into());
        }
        if let Some(changed) = tx.security_events().protection_changed_at(standing.user.id).await? {
            let since = now.since(changed);
            if since < rules.reveal_wait {
                return Err(wait(rules.reveal_wait - since));
            }
        }
        Ok(())
    }

    /// Counts a key that an account is shown; if it is one too many, returns the time to wait.
    async fn count_shown(&self, tx: &Tx, user: UserId, now: Timestamp) -> Result<Option<Duration>, Failed> {
        if !self.parts.accounts.throttled {
            return Ok(None);
        }
        Ok(tx.throttles().take(&format!("reveal:{user}"), SHOWN, now).await?)
    }

    /// The key of a unit in clear. `None` if it cannot be unsealed: then a case is open, and the time line says so.
    async fn unsealed(
        &self,
        tx: &mut Tx,
        (order, user): (OrderId, UserId),
        unit: &LockedUnit,
        key: Uuid,
    ) -> Result<Option<KeyText>, Failed> {
        let id = OwnKeyId(key);
        let (game, sealed) = tx.own_keys().sealed_key(id).await?.ok_or(Refusal::KeyNotFound)?;
        match self.seal().open_key(id, game, &sealed) {
            Ok(text) => return Ok(Some(text)),
            Err(error) => tracing::error!(%order, %key, %error, "[Order] a key cannot be unsealed"),
        }
        let kept = Cents::new(unit.paid.get() - unit.refunded.get());
        if self.open_case(tx, CaseKind::KeyUnreadable, unit.id, kept).await? {
            let shop = ("shop", "");
            tx.orders()
                .record(order, &[unit.id], "unreadable", shop, self.now())
                .await?;
            tx.touch(Touch::Order(order));
            tx.touch(Touch::Orders(user));
        }
        Ok(None)
    }
}

/// Adds to the time line of a locked order that the keys of these units were shown.
async fn record(tx: &Tx, id: OrderId, units: &[&LockedUnit], now: Timestamp) -> Result<(), Failed> {
    for (event, was_seen) in [("revealed", false), ("shown again", true)] {
        let of_event = units.iter().filter(|unit| unit.revealed_at.is_some() == was_seen);
        let ids: Vec<UnitId> = of_event.map(|unit| unit.id).collect();
        if !ids.is_empty() {
            tx.orders().record(id, &ids, event, ("customer", ""), now).await?;
        }
    }
    Ok(())
}

fn wait(left: Duration) -> Failed {
    let retry_after_seconds = left.as_secs().saturating_add(1);
    Refusal::TooMany { retry_after_seconds }.into()
}
