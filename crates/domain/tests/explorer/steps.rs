//! What may happen next in a world, and what the table makes of it.

use domain::clock::Timestamp;
use domain::unit::{
    Decision, FulfilmentTimes, KeyAnswer, KeyStage, MoneyStage, SeenOrder, Spending, Unit, UnitEvent, UnitRefusal,
    UnitState,
};

use crate::reply::Reply;
use crate::supplier::effects;
use crate::world::{Call, CallKind, Phase, World, time_on};

/// The function that is explored: the shop's own, or one of which a guard was taken away.
pub(crate) type Rule<'r> =
    dyn Fn(&Unit, UnitEvent, &FulfilmentTimes, Timestamp) -> Result<Decision, UnitRefusal> + Sync + 'r;

/// What happened, and the world after it; or what it broke.
pub(crate) type Next = (Happened, Result<World, String>);

/// What happened, as the way to a violation tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Event(UnitEvent),
    /// A call reached the supplier, and is answered so.
    Effect(CallKind, usize, Reply),
    /// A process was killed, with this answer in its hands.
    KilledWith(Reply),
    Otherwise(&'static str),
}

/// Processes that can call at once.
const PROCESSES: usize = 2;

/// Everything that may happen next.
pub(crate) struct Steps<'r> {
    pub(crate) rule: &'r Rule<'r>,
    pub(crate) times: FulfilmentTimes,
    /// Whether a key is spooled before its answer is read: then it outlives its process.
    pub(crate) has_spool: bool,
}

impl Steps<'_> {
    pub(crate) fn of(&self, world: &World) -> Vec<Next> {
        let mut next = Vec::new();
        self.calls_go_on(world, &mut next);
        self.processes_look(world, &mut next);
        self.people_act(world, &mut next);
        self.surroundings_change(world, &mut next);
        next
    }

    /// The unit has this event, and what the table says is done.
    pub(crate) fn event(&self, world: &World, event: UnitEvent) -> Next {
        let mut after = world.clone();
        let outcome = self.apply(&mut after, event);
        (Happened::Event(event), outcome.map(|()| after))
    }

    fn calls_go_on(&self, world: &World, next: &mut Vec<Next>) {
        for (index, call) in world.calls.iter().enumerate() {
            let mut without = world.clone();
            without.calls.remove(index);
            match call.phase {
                Phase::Answered(reply) => {
                    next.push(self.answered(&without, *call, reply));
                    if let Some(repeats) = world.left.repeats.checked_sub(1) {
                        // It is written, and whoever wrote it does not hear of that.
                        let mut kept = world.clone();
                        kept.left.repeats = repeats;
                        next.push(self.answered(&kept, *call, reply));
                    }
                    if let Some(mut dead) = killed(&without) {
                        if reply == Reply::Key && self.has_spool {
                            dead.spool.push(call.order);
                        }
                        next.push((Happened::KilledWith(reply), Ok(dead)));
                    }
                }
                Phase::Sent | Phase::Orphaned => {
                    for (after, reply, left) in effects(world.supplier[call.order], *call, world.left) {
                        let mut world = without.clone();
                        (world.supplier[call.order], world.left) = (after, left);
                        if call.phase == Phase::Sent {
                            let phase = Phase::Answered(reply);
                            world.calls.push(Call { phase, ..*call });
                        }
                        next.push((Happened::Effect(call.kind, call.order, reply), Ok(world)));
                    }
                    if call.phase == Phase::Sent {
                        self.call_fails(&without, *call, next);
                    } else {
                        next.push((Happened::Otherwise("a dead process had not called yet"), Ok(without)));
                    }
                }
            }
        }
        for (index, order) in world.spool.iter().enumerate() {
            let mut without = world.clone();
            without.spool.remove(index);
            next.push(self.key_arrives(&without, *order, Reply::Key));
        }
    }

    fn call_fails(&self, without: &World, call: Call, next: &mut Vec<Next>) {
        if let Some(mut dead) = killed(without) {
            let phase = Phase::Orphaned;
            dead.calls.push(Call { phase, ..call });
            next.push((Happened::Otherwise("killed while it calls"), Ok(dead)));
        }
        if let Some(held_up) = without
            .left
            .held_up
            .checked_sub(1)
            .filter(|_| call.kind != CallKind::Look)
        {
            let mut world = without.clone();
            world.left.held_up = held_up;
            if call.kind == CallKind::Pay {
                world.supplier[call.order].payments -= 1;
            }
            let phase = Phase::Answered(Reply::NotSent);
            world.calls.push(Call { phase, ..call });
            next.push((Happened::Otherwise("held up too long to call"), Ok(world)));
        }
    }

    /// An answer is written.
    pub(crate) fn answered(&self, without: &World, call: Call, reply: Reply) -> Next {
        let Some(at) = without.attempt_of(call.order) else {
            return match call.kind {
                CallKind::Key => self.key_arrives(without, call.order, reply),
                CallKind::Order | CallKind::Pay | CallKind::Look => {
                    (Happened::Otherwise("an answer to nobody"), Ok(without.clone()))
                }
            };
        };
        let event = match call.kind {
            CallKind::Order => UnitEvent::Ordered(at, reply.to_order()),
            CallKind::Pay => UnitEvent::Payment(at, call.number, reply.to_payment()),
            CallKind::Look => {
                let seen = match reply {
                    Reply::Charged => SeenOrder::Charged,
                    Reply::Unpaid => SeenOrder::Unpaid {
                        sent_at: time_on(call.sent_on),
                        is_capped: without.is_paused,
                    },
                    _ => SeenOrder::Unknown,
                };
                UnitEvent::Looked(at, seen)
            }
            CallKind::Key => return self.key_arrives(without, call.order, reply),
        };
        self.event(without, event)
    }

    /// What was answered to a question for a key is written, by whatever way it came.
    pub(crate) fn key_arrives(&self, without: &World, order: usize, reply: Reply) -> Next {
        match without.attempt_of(order) {
            Some(at) => self.event(without, UnitEvent::KeyAnswered(at, reply.to_key())),
            None => {
                let mut world = without.clone();
                if reply == Reply::Key {
                    world.books.foreign_keys += 1;
                    world.supplier[order].key_uses += 1;
                }
                (Happened::Otherwise("a key of nobody"), Ok(world))
            }
        }
    }

    fn processes_look(&self, world: &World, next: &mut Vec<Next>) {
        let busy = world.calls.iter().filter(|call| call.phase != Phase::Orphaned);
        if busy.count() >= PROCESSES {
            return;
        }
        let unit = &world.unit;
        next.push(self.event(world, UnitEvent::Due(world.gate, world.spending())));
        if world.left.noes > 0 && matches!(unit.state, UnitState::Planned | UnitState::Again) {
            let mut world = world.clone();
            world.left.noes -= 1;
            let gate = world.gate;
            next.push(self.event(&world, UnitEvent::Due(gate, Spending::BelowCost)));
        }
        for (at, attempt) in unit.attempts.iter().enumerate() {
            next.push(self.event(world, UnitEvent::AttemptDue(at, world.gate)));
            if world.left.hints > 0 && attempt.money != MoneyStage::None {
                let mut world = world.clone();
                world.left.hints -= 1;
                next.push(self.event(&world, UnitEvent::Hinted(at)));
            }
        }
        if let Some(at) = world.asks_product {
            let mut world = world.clone();
            world.asks_product = None;
            next.push((Happened::Otherwise("the product is still sold"), Ok(world.clone())));
            if world.left.noes > 0 {
                world.left.noes -= 1;
                next.push(self.event(&world, UnitEvent::ProductRefused(at)));
            }
        }
    }

    fn people_act(&self, world: &World, next: &mut Vec<Next>) {
        next.push(self.event(world, UnitEvent::Deadline));
        if world.unit.state == UnitState::Delivered && !world.unit.is_revealed {
            next.push(self.event(world, UnitEvent::Reveal));
        }
        let Some(staff) = world.left.staff.checked_sub(1) else {
            return;
        };
        let mut world = world.clone();
        world.left.staff = staff;
        for event in [
            UnitEvent::Cancel,
            UnitEvent::Refund,
            UnitEvent::Reveal,
            UnitEvent::EnterKey {
                is_of_supplier: world.is_by_hand,
            },
            UnitEvent::BuyAgain,
            UnitEvent::Release,
            UnitEvent::Reject,
        ] {
            next.push(self.event(&world, event));
        }
        for (at, attempt) in world.unit.attempts.iter().enumerate() {
            next.push(self.event(&world, UnitEvent::WrittenOff(at)));
            next.push(self.event(&world, UnitEvent::FoundUncharged(at)));
            // They got the key from the supplier's support.
            let order = world.orders_of[at];
            let truth = world.supplier[order];
            if attempt.key == KeyStage::Burnt && !truth.is_key_false && truth.key_uses == 0 {
                let mut world = world.clone();
                world.supplier[order].is_key_given = true;
                next.push(self.event(&world, UnitEvent::KeyAnswered(at, KeyAnswer::Key)));
            }
        }
    }
}

fn killed(without: &World) -> Option<World> {
    let kills = without.left.kills.checked_sub(1)?;
    let mut world = without.clone();
    world.left.kills = kills;
    Some(world)
}
