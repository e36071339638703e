//! Ends units without a key, or takes keys back: the price returns to the wallet, what was held becomes free.

use domain::id::{GameId, OfferId, OrderId, UnitId, UserId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::posting::Posting;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::staff::{Noun, Permission};
use domain::touch::Touch;
use domain::trail::TrailAction;
use domain::unit::{Decision, UnitCommand, UnitEnd, UnitEvent};
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::LockedUnit;
use uuid::Uuid;

use super::advance::{lock_units_of, lock_with_units};
use crate::accounts::Caller;
use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, OrderService, Shop, failpoints};

/// Who ends units, and why.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// As the time line names them.
    actor: String,
    reason: String,
}

/// A unit that ends without a key, or whose key is taken back.
#[derive(Debug)]
pub(super) struct Ended<'u> {
    /// As it was.
    unit: &'u LockedUnit,
    /// Why it ends.
    end: UnitEnd,
    /// What was decided.
    decision: Decision,
}

impl Ending {
    /// One that nobody asked for.
    pub(super) fn by_itself() -> Self {
        Self {
            actor: "shop".to_owned(),
            reason: String::new(),
        }
    }
}

impl<'u> Ended<'u> {
    /// `None` if the unit does not end by what was decided.
    pub(super) fn of(unit: &'u LockedUnit, decision: Decision) -> Option<Self> {
        let end = decision.commands.iter().find_map(|command| match command {
            UnitCommand::Refund(end) => Some(*end),
            _ => None,
        });
        end.map(|end| Self { unit, end, decision })
    }

    fn is_told(&self, command: UnitCommand) -> bool {
        self.decision.commands.contains(&command)
    }
}

/// What the time line says of an end.
const fn word(end: UnitEnd) -> &'static str {
    match end {
        UnitEnd::Customer => "cancelled",
        UnitEnd::Staff => "refunded",
        UnitEnd::Deadline => "not delivered in time",
        UnitEnd::Refused => "no longer to be had",
        UnitEnd::AccountHeld => "not delivered: the account is blocked",
    }
}

impl<'a> OrderService<'a> {
    /// Ends the units of the caller's order that nobody has begun to deliver; their price is back in the wallet.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`], [`Refusal::OrderNotCancellable`] if there is no such unit, [`Refusal::NotSignedIn`].
    pub fn cancel(self, caller: &'a Caller, id: OrderId) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), caller.clone(), id);
            self.shop
                .write(input, |tx, &(ref shop, ref caller, id)| {
                    Box::pin(async move {
                        let standing = tx.staff().standing(caller.user.id, caller.session, shop.now()).await?;
                        standing.ok_or(Refusal::NotSignedIn)?;
                        let user = caller.user.id;
                        let units = lock_units_of(tx, id, user).await?;
                        let ending = Ending {
                            actor: "customer".to_owned(),
                            ..Ending::by_itself()
                        };
                        shop.cancel_in(tx, (id, user), &units, &ending).await
                    })
                })
                .await
        })
    }

    /// Gives the money of a unit back to the wallet, by the decision of staff, whatever it is at. A key that nobody saw is for
    /// sale again; for one that was seen they give a reason, so that nobody gets key and money because both were asked for at
    /// once. Done once: a unit that was refunded stays as it is.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`], [`Refusal::OrderNotFound`], [`Refusal::KeyNotFound`] if the order has
    /// no such unit, [`Refusal::Invalid`] without a reason for a key that was seen.
    pub fn refund(self, id: OrderId, unit: UnitId, actor: &'a Actor) -> BoxFuture<'a, Result<Cents, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), id, unit, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, id, unit, ref actor)| {
                    Box::pin(async move { shop.refund_in(tx, (id, unit), actor).await })
                })
                .await
        })
    }
}

impl Shop {
    async fn refund_in(&self, tx: &mut Tx, (id, unit): (OrderId, UnitId), actor: &Actor) -> Result<Cents, Failed> {
        self.admit_proven(tx, actor, Permission::edit(Noun::Refunds)).await?;
        let (user, units) = lock_with_units(tx, id).await?;
        let found = units.iter().find(|one| one.id == unit).ok_or(Refusal::KeyNotFound)?;
        let ending = Ending {
            actor: actor.name(),
            reason: actor.reason().unwrap_or_default().to_owned(),
        };
        let Some(ended) = Ended::of(found, self.decide(found, UnitEvent::Refund)?) else {
            return Ok(Cents::ZERO);
        };
        if found.revealed_at.is_some() && actor.reason().is_none() {
            let why = "is missing: the customer has seen the key";
            return Err(Refusal::Invalid(vec![FieldError::of(Wrong::Missing, "reason", why)]).into());
        }
        let back = Cents::new(found.paid.get() - found.refunded.get());
        self.end_units(tx, (id, user), &[ended], &ending).await?;
        self.follow_status(tx, (id, user)).await?;
        let deed = Deed::new(TrailAction::RefundUnit, "unit", &unit.0)
            .of_person(user)
            .changing(Some(found.state.as_str().to_owned()), Some(format!("refunded {back}")));
        self.record(tx, actor, deed).await?;
        Ok(back)
    }

    /// Ends each unit of a locked order that can be cancelled.
    async fn cancel_in(
        &self,
        tx: &mut Tx,
        (id, user): (OrderId, UserId),
        units: &[LockedUnit],
        ending: &Ending,
    ) -> Result<(), Failed> {
        let cancelled = units.iter().filter_map(|unit| {
            let decision = self.decide(unit, UnitEvent::Cancel).ok()?;
            Ended::of(unit, decision)
        });
        let cancelled: Vec<Ended<'_>> = cancelled.collect();
        if cancelled.is_empty() {
            return Err(Refusal::OrderNotCancellable.into());
        }
        self.end_units(tx, (id, user), &cancelled, ending).await?;
        self.follow_status(tx, (id, user)).await?;
        Ok(())
    }

    /// Ends these units, all for the same reason. The order's wallet is locked, and so is the order.
    pub(super) async fn end_units(
        &self,
        tx: &mut Tx,
        (order, user): (OrderId, UserId),
        units: &[Ended<'_>],
        ending: &Ending,
    ) -> Result<(), Failed> {
        let Some(end) = units.first().map(|ended| ended.end) else {
            return Ok(());
        };
        let (ids, now) = (units.iter().map(|ended| ended.unit.id).collect::<Vec<_>>(), self.now());
        let by = (ending.actor.as_str(), ending.reason.as_str());
        let refunds: Vec<(Uuid, &Ended<'_>, Cents)> = units
            .iter()
            .map(|ended| {
                let back = Cents::new(ended.unit.paid.get() - ended.unit.refunded.get());
                (self.parts.ids.fresh(), ended, back)
            })
            .filter(|(_, _, back)| *back > Cents::ZERO)
            .collect();
        let rows: Vec<_> = (refunds.iter())
            .map(|(id, ended, back)| (*id, ended.unit.id, *back))
            .collect();
        tx.orders().add_refunds(&rows, by, now).await?;
        let postings = refunds.iter().flat_map(|refund| given_back((order, user), refund));
        let postings: Vec<_> = postings.map(|posting| (self.parts.ids.fresh(), posting)).collect();
        tx.ledger().post_all(&postings, &ending.actor, now).await?;
        failpoints::pass("ending:paid_back").await;
        tx.orders().end(&ids, end).await?;
        tx.orders().record(order, &ids, word(end), by, now).await?;
        failpoints::pass("ending:ended").await;
        self.free_what_they_held(tx, units).await?;
        for touch in [Touch::Transactions(user), Touch::Profile(user)] {
            tx.touch(touch);
        }
        failpoints::pass("ending:freed").await;
        Ok(())
    }

    /// Makes keys that nobody saw, and reserved copies, free again, and brings their games in step.
    async fn free_what_they_held(&self, tx: &mut Tx, units: &[Ended<'_>]) -> Result<(), Failed> {
        let told = |command| {
            let told = units.iter().filter(move |ended| ended.is_told(command));
            told.map(|ended| ended.unit).collect::<Vec<&LockedUnit>>()
        };
        let (keyed, reserving) = (told(UnitCommand::FreeKey), told(UnitCommand::FreeReservation));
        let keys: Vec<Uuid> = keyed.iter().filter_map(|unit| unit.key).collect();
        let reserved: Vec<OfferId> = reserving.iter().filter_map(|unit| unit.reserved).collect();
        if keys.is_empty() && reserved.is_empty() {
            return Ok(());
        }
        let mut games: Vec<GameId> = keyed.iter().chain(&reserving).map(|unit| unit.game).collect();
        games.sort_unstable();
        games.dedup();
        let orders = tx.orders();
        orders.free_keys(&keys).await?;
        let own = orders.own_offers(&games).await?;
        let locked: Vec<OfferId> = own.into_iter().chain(reserved.iter().copied()).collect();
        orders.lock_stock(&games, &locked).await?;
        orders.count_freed(&keys).await?;
        orders.free_reservations(&reserved).await?;
        for settled in orders.settle(&games, self.suppliers()).await? {
            tx.touch(Touch::Game(settled.game));
            // Whether it was sold out, or another offer was the cheapest, is not known here.
            tx.touch(Touch::Offers);
        }
        Ok(())
    }
}

/// What is posted when a unit's price goes back: of one that was delivered, first what was posted then is taken back.
fn given_back((order, user): (OrderId, UserId), (id, ended, back): &(Uuid, &Ended<'_>, Cents)) -> Vec<Posting> {
    use AccountKind::{KeyCost, KeyStock, OrdersOpen, Sales};
    let (shop, unit) = (LedgerAccount::Shop, ended.unit);
    let was_sold = ended.is_told(UnitCommand::TakeBack);
    let vat = if was_sold { unit.vat } else { Cents::ZERO };
    let net = if was_sold {
        Cents::new(back.get() - vat.get())
    } else {
        Cents::ZERO
    };
    let cost = if was_sold && ended.is_told(UnitCommand::FreeKey) {
        unit.key_cost
    } else {
        Cents::ZERO
    };
    let legs = [
        (TransferKind::SaleBack, Some(shop(Sales)), shop(OrdersOpen), net),
        (
            TransferKind::VatBack,
            unit.tax.map(LedgerAccount::Vat),
            shop(OrdersOpen),
            vat,
        ),
        (TransferKind::StockBack, Some(shop(KeyStock)), shop(KeyCost), cost),
        (
            TransferKind::Refund,
            Some(shop(OrdersOpen)),
            LedgerAccount::Wallet(user),
            *back,
        ),
    ];
    let postings = legs.into_iter().filter_map(|(kind, debit, credit, amount)| {
        let posting = Posting::new(kind, debit?, credit, amount, id.to_string())?;
        Some(posting.of_unit(order, unit.id))
    });
    postings.collect()
}
