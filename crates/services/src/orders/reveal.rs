//! Shows a key to its customer: recorded before it is shown.

use std::time::Duration;

use domain::case::CaseKind;
use domain::id::OrderId;
use domain::money::Cents;
use domain::own_key::{KeyText, OwnKeyId};
use domain::refusal::Refusal;
use domain::touch::Touch;
use domain::unit::UnitState;
use futures::future::BoxFuture;
use storage::Tx;
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
            let shown = shown.ok_or_else(|| Error::Internal("a delivered key cannot be unsealed: a case is open".into()))?;
            failpoints::pass("reveal:before_shown").await;
            Ok(shown)
        }))
    }
}

impl Shop {
    async fn reveal_in(&self, tx: &mut Tx, caller: &Caller, id: OrderId, key: Uuid) -> Result<Option<KeyText>, Failed> {
        let (user, now) = (caller.user.id, self.now());
        let standing = tx.staff().standing(user, caller.session, now).await?;
        let standing = standing.ok_or(Refusal::NotSignedIn)?;
        standing.user.refuse_blocked()?;
        let units = lock_units_of(tx, id, user).await?;
        let of_key = |state| units.iter().find(|unit| unit.key == Some(key) && unit.state == state);
        let unit = of_key(UnitState::Delivered).ok_or(Refusal::KeyNotFound)?;
        let rules = &self.parts.orders;
        if !rules.reveal_sign_in.is_zero() && now.since(standing.proven_at) > rules.reveal_sign_in {
            return Err(Refusal::ProofTooOld.into());
        }
        if let Some(changed) = tx.security_events().protection_changed_at(user).await? {
            let since = now.since(changed);
            if since < rules.reveal_wait {
                return Err(wait(rules.reveal_wait - since));
            }
        }
        if self.parts.accounts.throttled
            && let Some(left) = tx.throttles().take(&format!("reveal:{user}"), SHOWN, now).await?
        {
            return Err(wait(left));
        }
        let Some(shown) = self.unsealed(tx, key).await? else {
            let kept = Cents::new(unit.paid.get() - unit.refunded.get());
            if self.open_case(tx, CaseKind::KeyUnreadable, unit.id, kept).await? {
                tx.orders()
                    .record(id, &[unit.id], "unreadable", ("shop", ""), now)
                    .await?;
                tx.touch(Touch::Order(id));
                tx.touch(Touch::Orders(user));
            }
            return Ok(None);
        };
        if !tx.orders().reveal(unit.id, now).await? {
            return Err(Refusal::KeyNotFound.into());
        }
        let event = if unit.revealed_at.is_none() {
            "revealed"
        } else {
            "shown again"
        };
        tx.orders().record(id, &[unit.id], event, ("customer", ""), now).await?;
        tx.touch(Touch::Order(id));
        tx.touch(Touch::Orders(user));
        failpoints::pass("reveal:recorded").await;
        Ok(Some(shown))
    }

    /// The key in clear; `None` if it cannot be unsealed.
    async fn unsealed(&self, tx: &Tx, key: Uuid) -> Result<Option<KeyText>, Failed> {
        let key = OwnKeyId(key);
        let (game, sealed) = tx.own_keys().sealed_key(key).await?.ok_or(Refusal::KeyNotFound)?;
        let opened = self.seal().open_key(key, game, &sealed);
        let opened =
            opened.inspect_err(|error| tracing::error!(key = %key.0, %error, "[Order] a key cannot be unsealed"));
        Ok(opened.ok())
    }
}

fn wait(left: Duration) -> Failed {
    let retry_after_seconds = left.as_secs().saturating_add(1);
    Refusal::TooMany { retry_after_seconds }.into()
}
