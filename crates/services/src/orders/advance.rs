//! Moves an order on: delivers what is ready, and gives back what was not delivered in time.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::{OrderId, UnitId, UserId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::order::{Order, OrderStatus, PaymentStatus, UnitStanding, status_of};
use domain::posting::Posting;
use domain::refusal::Refusal;
use domain::tax::TaxTerms;
use domain::touch::Touch;
use domain::unit::{UnitCommand, UnitEvent, UnitMove, UnitState, decide};
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::{Delivery, LockedUnit};
use uuid::Uuid;

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

/// A request that made an order and has no answer yet.
#[derive(Clone, Debug)]
pub(super) struct Answering {
    /// The order as this request placed it, with its games as they were before; `None` when an equal request had.
    pub(super) placed: Option<Box<Order>>,
    /// Makes the answer.
    pub(super) render: fn(&Order) -> String,
}

impl Answering {
    /// The answer for what this request placed, once it is at `status` and its units at `units`.
    fn answer(
        &self,
        units: &[LockedUnit],
        (status, payment): (OrderStatus, PaymentStatus),
        completed_at: Option<Timestamp>,
    ) -> Option<String> {
        let order = Order {
            status,
            payment,
            completed_at,
            units: units.iter().map(LockedUnit::unit).collect(),
            ..self.placed.as_deref()?.clone()
        };
        Some((self.render)(&order))
    }
}

impl Shop {
    /// Moves an order on, and keeps the answer to the request that made it; returns it, unless one was kept before. Doing so twice is
    /// harmless. `user`, if the caller knows it, is whose order it is.
    pub(super) async fn advance(
        &self,
        id: OrderId,
        user: Option<UserId>,
        answering: Option<Answering>,
    ) -> Result<Option<String>, Error> {
        self.write(
            (self.clone(), id, user, answering),
            |tx, (shop, id, user, answering)| {
                Box::pin(async move {
                    let answering = answering.as_ref();
                    let answered = shop.advance_in(tx, *id, *user, answering).await?;
                    failpoints::pass("delivery:written").await;
                    let (None, Some(answering)) = (&answered, answering) else {
                        return Ok(answered);
                    };
                    let order = tx.orders().by_id(*id).await?.ok_or(Refusal::OrderNotFound)?;
                    let answer = (answering.render)(&order);
                    Ok(tx.orders().keep_answer(*id, &answer).await?.then_some(answer))
                })
            },
        )
        .await
    }

    async fn postpone(&self, id: OrderId) -> Result<(), Error> {
        self.write((id, self.now().plus(LOOKS_AGAIN)), |tx, &(id, until)| {
            Box::pin(async move {
                let (_, units) = lock_with_units(tx, id).await?;
                let units: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
                Ok(tx.orders().wait(&units, until).await?)
            })
        })
        .await
    }

    /// Returns the answer that was kept.
    async fn advance_in(
        &self,
        tx: &mut Tx,
        id: OrderId,
        user: Option<UserId>,
        answering: Option<&Answering>,
    ) -> Result<Option<String>, Failed> {
        let (user, units) = match user {
            Some(user) => (user, tx.orders().lock(id, user).await?),
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
        let mut answered = None;
        if !delivered.is_empty() {
            touch(tx, (id, user));
            // What is given back below belongs into the answer, too.
            let answering = answering.filter(|_| late.is_empty());
            answered = self.deliver(tx, id, (&units, &delivered), answering).await?;
        }
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
            self.follow_status(tx, (id, user)).await?;
        }
        Ok(answered)
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

    /// Makes the keys of some of an order's units their customer's, and their price the shop's; returns the answer that was kept.
    async fn deliver(
        &self,
        tx: &mut Tx,
        order: OrderId,
        (all, units): (&[LockedUnit], &[&LockedUnit]),
        answering: Option<&Answering>,
    ) -> Result<Option<String>, Failed> {
        let (ids, now) = (units.iter().map(|unit| unit.id).collect::<Vec<_>>(), self.now());
        let keys: Vec<Uuid> = units.iter().filter_map(|unit| unit.key).collect();
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
        let open_units = after.iter().filter(|unit| unit.state.is_open()).count();
        let status = status_of(&standings);
        // Until now some of its units were open: so it was not completed, and nothing of the order has changed but its units. And no
        // answer is kept yet, because whoever kept one would have delivered these units.
        let completed_at = (open_units == 0).then_some(now);
        let delivery = Delivery {
            order,
            units: &ids,
            keys: &keys,
            booked: &booked,
            status,
            open_units,
            at: now,
            answer: answering.and_then(|answering| answering.answer(&after, status, completed_at)),
        };
        failpoints::pass("delivery:reckoned").await;
        tx.deliver(&delivery).await?;
        failpoints::pass("delivery:keys_given").await;
        Ok(delivery.answer)
    }
}

/// What shows the status of an order.
fn touch(tx: &mut Tx, (id, user): (OrderId, UserId)) {
    for touch in [Touch::Order(id), Touch::Orders(user), Touch::Profile(user)] {
        tx.touch(touch);
    }
}

/// Locks the wallet of an order's customer, then the order and its units, and returns these.
pub(super) async fn lock_with_units(tx: &Tx, id: OrderId) -> Result<(UserId, Vec<LockedUnit>), Failed> {
    let user = tx.orders().customer_of(id).await?.ok_or(Refusal::OrderNotFound)?;
    Ok((user, tx.orders().lock(id, user).await?))
}

/// The same of an order of `user`; somebody else's is not found, and nothing of it is locked.
pub(super) async fn lock_units_of(tx: &Tx, id: OrderId, user: UserId) -> Result<Vec<LockedUnit>, Failed> {
    let units = tx.orders().lock(id, user).await?;
    if units.is_empty() {
        return Err(Refusal::OrderNotFound.into());
    }
    Ok(units)
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
