//! What the table says is done: in one transaction, in a fixed order.

use domain::unit::{DeliveredKey, SupplierCall, Unit, UnitCommand, UnitEvent, UnitState};

use crate::properties;
use crate::steps::Steps;
use crate::supplier::SupplierOrder;
use crate::world::{Call, Left, Phase, World};
impl Steps<'_> {
    /// Does what the table says, in one transaction; the next offer is sought within it.
    pub(crate) fn apply(&self, world: &mut World, event: UnitEvent) -> Result<(), String> {
        let mut event = Some(event);
        while let Some(happened) = event.take() {
            let before = world.unit.clone();
            let Ok(decision) = (self.rule)(&before, happened, &self.times, world.now()) else {
                break;
            };
            if happened == UnitEvent::OfferTaken && !before.has_reservation {
                world.books.reserved += 1;
            }
            if happened == UnitEvent::Refund && before.state == UnitState::Delivered {
                world.was_taken_back = true;
            }
            properties::of_decision(&before, happened, &decision, world)?;
            world.unit = decision.unit;
            for command in decision.commands {
                if matches!(command, UnitCommand::NextOffer(_)) {
                    event = Some(next_offer(&mut world.left));
                } else {
                    obey(world, &before, command)?;
                }
            }
        }
        properties::of_state(world)?;
        world.forget_pauses();
        Ok(())
    }
}

fn next_offer(left: &mut Left) -> UnitEvent {
    match left.offers.checked_sub(1) {
        Some(offers) => {
            left.offers = offers;
            UnitEvent::OfferTaken
        }
        None => UnitEvent::NoOfferLeft,
    }
}

fn obey(world: &mut World, before: &Unit, command: UnitCommand) -> Result<(), String> {
    match command {
        UnitCommand::Call(call, at) => return send(world, call, at),
        UnitCommand::AskProduct => world.asks_product = world.unit.attempts.len().checked_sub(1),
        UnitCommand::Pause => world.is_paused = true,
        UnitCommand::FreeKey => world.books.claimed -= 1,
        UnitCommand::FreeReservation => world.books.reserved -= 1,
        UnitCommand::TakeBack => world.books.take_back(),
        UnitCommand::Refund(_) => world.books.refund(before.state),
        UnitCommand::Post(posting, at) => return world.books.post(posting, at),
        UnitCommand::Case(case, at) => world.books.case(case, at),
        UnitCommand::Stock(at) => return use_key(world, at),
        UnitCommand::Deliver(key) => {
            world.books.deliver();
            if let DeliveredKey::Bought(at) = key {
                return use_key(world, at);
            }
        }
        UnitCommand::SupplierTook | UnitCommand::NextOffer(_) => {}
    }
    Ok(())
}

/// A key of the supplier is used once, and only if it is nobody else's.
fn use_key(world: &mut World, at: usize) -> Result<(), String> {
    let order = &mut world.supplier[world.orders_of[at]];
    order.key_uses += 1;
    if order.key_uses > 1 || order.is_key_false || !order.is_key_given {
        return Err(format!(
            "the key of an order is used that is not there, used before or false: {order:?}"
        ));
    }
    Ok(())
}

fn send(world: &mut World, call: SupplierCall, at: usize) -> Result<(), String> {
    if call == SupplierCall::Order {
        world.orders_of.push(world.supplier.len());
        world.supplier.push(SupplierOrder::default());
    }
    let order = world.orders_of[at];
    properties::of_call(world, call, at)?;
    if call == SupplierCall::Pay {
        world.supplier[order].payments += 1;
    }
    world.calls.push(Call {
        order,
        kind: call.into(),
        sent_on: world.day,
        number: world.unit.attempts[at].payments,
        phase: Phase::Sent,
    });
    Ok(())
}
