//! The way to rest: what follows when nothing goes wrong any more.

use domain::unit::{Gate, MoneyStage, Spending, UnitEvent, UnitState};

use crate::reply::Reply;
use crate::steps::{Happened, Next, Steps};
use crate::supplier::honest;
use crate::world::{Call, Phase, World, time_on};

impl Steps<'_> {
    /// What happens next when everybody does what they should: somebody opens the gate, the supplier answers, days pass.
    pub(crate) fn calm(&self, world: &World) -> Next {
        let mut world = world.clone();
        (world.gate, world.is_paused, world.asks_product) = (Gate::Open, false, None);
        if world.is_unreleased {
            world.is_unreleased = false;
            return self.event(&world, UnitEvent::Restored(time_on(world.backup_on)));
        }
        if let Some(call) = world.calls.pop() {
            return self.call_ends(world, call);
        }
        if let Some(order) = world.spool.pop() {
            return self.key_arrives(&world, order, Reply::Key);
        }
        let unit = &world.unit;
        // A look sees no more today than it did.
        let is_in_doubt = unit.attempts.iter().any(|attempt| attempt.money == MoneyStage::InDoubt);
        world.day += u32::from(is_in_doubt);
        if let Some(at) = unit.attempts.iter().position(|attempt| attempt.next_at.is_some()) {
            return self.event(&world, UnitEvent::AttemptDue(at, Gate::Open));
        }
        let (waits, buys) = (unit.state == UnitState::Placed, world.spending());
        let stands = matches!(buys, Spending::Paused | Spending::ByHand) || (waits && buys == Spending::AccountHeld);
        if unit.next_at.is_some() && !stands {
            return self.event(&world, UnitEvent::Due(Gate::Open, buys));
        }
        self.event(&world, UnitEvent::Deadline)
    }

    fn call_ends(&self, mut world: World, call: Call) -> Next {
        match call.phase {
            Phase::Answered(reply) => self.answered(&world, call, reply),
            Phase::Sent | Phase::Orphaned => {
                let (after, reply) = honest(world.supplier[call.order], call);
                world.supplier[call.order] = after;
                if call.phase == Phase::Orphaned {
                    return (Happened::Otherwise("an orphaned call ends"), Ok(world));
                }
                self.answered(&world, call, reply)
            }
        }
    }
}
