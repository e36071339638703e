//! Moves an order on: delivers what is ready, and gives back what was not delivered in time.

use std::time::Duration;

use domain::id::{OrderId, UnitId, UserId};
use domain::ledger::LedgerAccount;
use domain::order::{UnitStanding, status_of};
use domain::refusal::Refusal;
use domain::touch::Touch;
use domain::unit::{UnitEvent, UnitState};
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::LockedUnit;

use super::DUE;
use super::delivery::{Answering, taxes};
use crate::orders::endings::{Ended, Ending};
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
        if let (Some(user), Some(answering)) = (user, answering)
            && let Some(answer) = self.deliver_placed(tx, (id, user), answering).await?
        {
            return Ok(Some(answer));
        }
        let (user, units) = match user {
            Some(user) => (user, tx.orders().lock(id, user).await?),
            None => lock_with_units(tx, id).await?,
        };
        let now = self.now();
        let event = |unit: &LockedUnit| match unit.state {
            UnitState::Planned if now >= unit.deadline => UnitEvent::Deadline,
            _ => DUE,
        };
        let (mut delivered, mut late, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for unit in units.iter().filter(|unit| unit.state.is_open()) {
            let decision = self.decide(unit, event(unit))?;
            match decision.unit.state {
                UnitState::Delivered => delivered.push(unit),
                UnitState::Refunded => late.extend(Ended::of(unit, decision)),
                _ => waiting.push(unit),
            }
        }
        let mut answered = None;
        if !delivered.is_empty() {
            touch(tx, (id, user));
            // What is given back below belongs into the answer, too.
            let answering = answering.filter(|_| late.is_empty());
            for tax in taxes(&delivered) {
                tx.ledger().ensure(LedgerAccount::Vat(tax)).await?;
            }
            answered = self.deliver(tx, (id, None), (&units, &delivered), answering).await?;
        }
        if !late.is_empty() {
            self.end_units(tx, (id, user), &late, &Ending::by_itself()).await?;
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
}

/// What shows the status of an order.
pub(super) fn touch(tx: &mut Tx, (id, user): (OrderId, UserId)) {
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
