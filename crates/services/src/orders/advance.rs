//! Moves an order on: delivers what is ready, and gives back what was not delivered in time.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::id::{OrderId, UnitId, UserId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::order::{Order, UnitStanding, status_of};
use domain::posting::Posting;
use domain::refusal::Refusal;
use domain::tax::TaxTerms;
use domain::touch::Touch;
use domain::unit::{UnitCommand, UnitEvent, UnitMove, UnitState, decide};
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::{Delivery, LockedUnit};

use crate::orders::endings::Ending;
use crate::write::Failed;
use crate::{Error, OrderService, Shop, failpoints};

/// Orders that are moved on at once by one look at what is due.
const AT_ONCE: u32 = 100;
/// How long an order that could not be moved on is left alone.
const LOOKS_AGAIN: Duration = Duration::from_secs(60);

impl<'a> OrderService<'a> {
    /// Moves on the orders that are due. One that fails is looked at again later, and does not stop the others.
    pub fn advance_due(self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut outcome = Ok(());
            for order in self.shop.db().orders().due(self.shop.now(), AT_ONCE).await? {
                if let Err(error) = self.shop.advance(order, None, None).await {
                    tracing::error!(%order, error = &error as &dyn std::error::Error, "[Order] could not be moved on");
                    outcome = self.shop.postpone(order).await.and(Err(error));
                }
            }
            outcome
        })
    }
}

impl Shop {
    /// Moves an order on, and keeps the answer of `render` for the idempotency key that made it; returns it, unless one was kept
    /// before. Doing so twice is harmless. `user`, if the caller knows it, is whose order it is.
    pub(super) async fn advance(
        &self,
        id: OrderId,
        user: Option<UserId>,
        render: Option<fn(&Order) -> String>,
    ) -> Result<Option<String>, Error> {
        self.write((self.clone(), id, user, render), |tx, &(ref shop, id, user, render)| {
            Box::pin(async move {
                let units = shop.advance_in(tx, id, user).await?;
                failpoints::pass("delivery:written").await;
                let Some(render) = render else { return Ok(None) };
                let order = tx.orders().with_units(id, &units).await?;
                let order = order.ok_or(Refusal::OrderNotFound)?;
                let answer = render(&order);
                Ok(tx.orders().keep_answer(id, &answer).await?.then_some(answer))
            })
        })
        .await
    }

    async fn postpone(&self, id: OrderId) -> Result<(), Error> {
        self.write((id, self.now().plus(LOOKS_AGAIN)), |tx, &(id, until)| {
            Box::pin(async move {
                let units: Vec<UnitId> = tx.orders().units(id).await?.iter().map(|unit| unit.id).collect();
                Ok(tx.orders().wait(&units, until).await?)
            })
        })
        .await
    }

    /// Returns the order's units as they are afterwards.
    async fn advance_in(&self, tx: &mut Tx, id: OrderId, user: Option<UserId>) -> Result<Vec<LockedUnit>, Failed> {
        let (user, units) = match user {
            Some(user) => (user, lock_units(tx, id, user).await?),
            None => lock_with_units(tx, id).await?,
        };
        let now = self.now();
        let event = |unit: &LockedUnit| match unit.state {
            UnitState::Planned if now >= unit.deadline => UnitEvent::Deadline,
            _ => UnitEvent::Due,
        };
        let (mut delivered, mut late, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for unit in units.iter().filter(|unit| unit.state.is_open()) {
            match decide(unit.state, event(unit)) {
                UnitMove::To(_, commands) if commands.contains(&UnitCommand::Deliver) => delivered.push(unit),
                UnitMove::To(..) => late.push(unit),
                UnitMove::Stay => waiting.push(unit),
            }
        }
        let after = if delivered.is_empty() {
            units.clone()
        } else {
            self.deliver(tx, id, &units, &delivered).await?
        };
        if !late.is_empty() {
            self.end_units(tx, (id, user), &late, &Ending::at(UnitEvent::Deadline))
                .await?;
        }
        let waiting: Vec<UnitId> = waiting.iter().map(|unit| unit.id).collect();
        let deadlines = units.iter().filter(|unit| unit.state.is_open());
        if let (false, Some(first)) = (waiting.is_empty(), deadlines.map(|unit| unit.deadline).min()) {
            tx.orders().wait(&waiting, first).await?;
        }
        if !late.is_empty() {
            return self.follow_status(tx, (id, user)).await;
        }
        if !delivered.is_empty() {
            touch(tx, (id, user));
        }
        Ok(after)
    }

    /// Sets the status of a locked order that follows from its units, touches what shows it, and returns the units.
    pub(super) async fn follow_status(
        &self,
        tx: &mut Tx,
        (id, user): (OrderId, UserId),
    ) -> Result<Vec<LockedUnit>, Failed> {
        let units = tx.orders().units(id).await?;
        let standings: Vec<UnitStanding> = units.iter().map(LockedUnit::standing).collect();
        let open = units.iter().filter(|unit| unit.state.is_open()).count();
        tx.orders()
            .set_status(id, status_of(&standings), open, self.now())
            .await?;
        touch(tx, (id, user));
        Ok(units)
    }

    /// Makes the keys of these of an order's units their customer's, and their price the shop's; returns all as they are then.
    async fn deliver(
        &self,
        tx: &mut Tx,
        order: OrderId,
        all: &[LockedUnit],
        units: &[&LockedUnit],
    ) -> Result<Vec<LockedUnit>, Failed> {
        let (ids, now) = (units.iter().map(|unit| unit.id).collect::<Vec<_>>(), self.now());
        let taxes: BTreeSet<TaxTerms> = units.iter().filter_map(|unit| unit.tax).collect();
        for tax in taxes {
            tx.ledger().ensure(LedgerAccount::Vat(tax)).await?;
        }
        let booked = units.iter().flat_map(|unit| sold(order, unit));
        let booked: Vec<_> = booked.map(|posting| (self.parts.ids.fresh(), posting)).collect();
        let after: Vec<LockedUnit> = (all.iter().cloned())
            .map(|unit| {
                if ids.contains(&unit.id) {
                    unit.delivered(now)
                } else {
                    unit
                }
            })
            .collect();
        let standings: Vec<UnitStanding> = after.iter().map(LockedUnit::standing).collect();
        let delivery = Delivery {
            order,
            units: &ids,
            booked: &booked,
            status: status_of(&standings),
            open_units: after.iter().filter(|unit| unit.state.is_open()).count(),
            at: now,
        };
        failpoints::pass("delivery:reckoned").await;
        tx.orders().deliver(&delivery).await?;
        failpoints::pass("delivery:keys_given").await;
        Ok(after)
    }
}

/// What shows the status of an order.
fn touch(tx: &mut Tx, (id, user): (OrderId, UserId)) {
    for touch in [Touch::Order(id), Touch::Orders(user), Touch::Profile(user)] {
        tx.touch(touch);
    }
}

/// Locks the wallet of an order's customer, then the order, and reads its units.
pub(super) async fn lock_with_units(tx: &Tx, id: OrderId) -> Result<(UserId, Vec<LockedUnit>), Failed> {
    let user = tx.orders().customer_of(id).await?.ok_or(Refusal::OrderNotFound)?;
    Ok((user, lock_units(tx, id, user).await?))
}

/// The same of an order of `user`; somebody else's is not found, and nothing of it is locked.
pub(super) async fn lock_units_of(tx: &Tx, id: OrderId, user: UserId) -> Result<Vec<LockedUnit>, Failed> {
    if tx.orders().customer_of(id).await? != Some(user) {
        return Err(Refusal::OrderNotFound.into());
    }
    lock_units(tx, id, user).await
}

async fn lock_units(tx: &Tx, id: OrderId, user: UserId) -> Result<Vec<LockedUnit>, Failed> {
    tx.orders().lock(id, user).await?;
    Ok(tx.orders().units(id).await?)
}

/// What is posted when a unit is delivered: the sale, its tax, and what the key had cost.
fn sold(order: OrderId, unit: &LockedUnit) -> Vec<Posting> {
    use AccountKind::{KeyCost, KeyStock, OrdersOpen, Sales};
    let net = Cents::new(unit.paid.get() - unit.vat.get());
    let shop = LedgerAccount::Shop;
    let legs = [
        (TransferKind::Sale, shop(OrdersOpen), Some(shop(Sales)), net),
        (
            TransferKind::SaleVat,
            shop(OrdersOpen),
            unit.tax.map(LedgerAccount::Vat),
            unit.vat,
        ),
        (
            TransferKind::StockUsed,
            shop(KeyCost),
            Some(shop(KeyStock)),
            unit.key_cost,
        ),
    ];
    let postings = legs.into_iter().filter_map(|(kind, debit, credit, amount)| {
        let posting = Posting::new(kind, debit, credit?, amount, unit.id.to_string())?;
        Some(posting.of_unit(order, unit.id))
    });
    postings.collect()
}
