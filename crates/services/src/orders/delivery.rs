//! The delivery: keys become their customer's, and their price the shop's.

use std::collections::BTreeSet;

use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::order::{Order, OrderStatus, PaymentStatus, UnitStanding, status_of};
use domain::posting::Posting;
use domain::tax::TaxTerms;
use domain::unit::UnitState;
use storage::Tx;
use storage::orders::{Delivery, LockedUnit};
use uuid::Uuid;

use super::DUE;
use super::advance::touch;
use crate::write::Failed;
use crate::{Shop, failpoints};

/// An order that was just placed.
#[derive(Clone, Debug)]
pub(super) struct PlacedNow {
    /// The order, with its games as they were before.
    pub(super) order: Box<Order>,
    /// Its units, as they are until somebody moves them.
    pub(super) units: Vec<LockedUnit>,
}

/// A request that made an order and has no answer yet.
#[derive(Clone, Debug)]
pub(super) struct Answering {
    /// What this request placed; `None` when an equal request had.
    pub(super) placed: Option<PlacedNow>,
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
            ..Order::clone(&self.placed.as_ref()?.order)
        };
        Some((self.render)(&order))
    }
}

impl Shop {
    /// Delivers an order that was just placed, without reading it again; returns the answer that was kept. `None`, and nothing is delivered,
    /// unless all of it can be, and nobody has moved any of it in between.
    pub(super) async fn deliver_placed(
        &self,
        tx: &mut Tx,
        (id, user): (OrderId, UserId),
        answering: &Answering,
    ) -> Result<Option<String>, Failed> {
        let all = answering.placed.as_ref().map_or(&[][..], |placed| &placed.units);
        let is_delivered = |unit: &&LockedUnit| {
            let decision = self.decide(unit, DUE);
            unit.key.is_some() && decision.is_ok_and(|decision| decision.unit.state == UnitState::Delivered)
        };
        let units: Vec<&LockedUnit> = all.iter().filter(is_delivered).collect();
        if units.is_empty() || units.len() < all.len() {
            return Ok(None);
        }
        for tax in taxes(&units) {
            // It is opened under the wallet's lock.
            if !tx.ledger().has(LedgerAccount::Vat(tax)).await? {
                return Ok(None);
            }
        }
        touch(tx, (id, user));
        self.deliver(tx, (id, Some(user)), (all, &units), Some(answering)).await
    }

    /// Makes the keys of some of an order's units their customer's, and their price the shop's; returns the answer that was kept. With
    /// `unlocked`, its customer, nothing of the order is locked yet, and without an answer nothing was done.
    pub(super) async fn deliver(
        &self,
        tx: &mut Tx,
        (order, unlocked): (OrderId, Option<UserId>),
        (all, units): (&[LockedUnit], &[&LockedUnit]),
        answering: Option<&Answering>,
    ) -> Result<Option<String>, Failed> {
        let (ids, now) = (units.iter().map(|unit| unit.id).collect::<Vec<_>>(), self.now());
        let keys: Vec<Uuid> = units.iter().filter_map(|unit| unit.key).collect();
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
        match unlocked {
            Some(user) if !tx.deliver_if_ready(user, &delivery).await? => return Ok(None),
            Some(_) => {}
            None => tx.deliver(&delivery).await?,
        }
        failpoints::pass("delivery:keys_given").await;
        Ok(delivery.answer)
    }
}

/// The taxes that the shop owes once these units are delivered.
pub(super) fn taxes(units: &[&LockedUnit]) -> BTreeSet<TaxTerms> {
    units.iter().filter_map(|unit| unit.tax).collect()
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
