//! What has to be true: of each decision, of each call, of each state that is committed, and at rest.

use domain::unit::{
    Attempt, AttemptPosting, Decision, Gate, KeyStage, MoneyStage, PayAnswer, SeenOrder, SupplierCall, Unit,
    UnitCommand, UnitEvent, UnitState,
};

use crate::world::{World, times};

/// How many attempts of a unit may be possibly charged.
const CHARGED_MAX: i8 = 2;

/// What is true of a decision.
pub(crate) fn of_decision(before: &Unit, event: UnitEvent, decision: &Decision, world: &World) -> Result<(), String> {
    let voided = decision.commands.iter().find_map(|command| match command {
        UnitCommand::Post(AttemptPosting::ChargeVoid, at) => Some(*at),
        _ => None,
    });
    if let Some(at) = voided {
        let is_certain = match event {
            UnitEvent::Payment(_, _, PayAnswer::NoShop | PayAnswer::NoLapsed | PayAnswer::NotSent) => true,
            UnitEvent::FoundUncharged(_) => true,
            UnitEvent::Looked(_, SeenOrder::Unpaid { sent_at, .. }) => {
                let placed_at = before.attempts[at].placed_at;
                placed_at.is_some_and(|placed_at| sent_at.since(placed_at) >= times().doubt_ends_after)
            }
            _ => false,
        };
        if !is_certain || before.attempts[at].money != MoneyStage::InDoubt {
            return Err(format!(
                "a charge is taken back without a certain no or before its time: {event:?}"
            ));
        }
    }
    if event == UnitEvent::Reveal
        && !before.is_revealed
        && decision.unit.is_revealed
        && before.state != UnitState::Delivered
    {
        return Err("a key is shown that was not delivered".to_owned());
    }
    if before.is_revealed && decision.commands.contains(&UnitCommand::FreeKey) {
        return Err("a key that was seen is for sale again".to_owned());
    }
    let waited_for_staff = matches!(before.state, UnitState::Burnt | UnitState::Operator);
    if waited_for_staff && decision.unit.state == UnitState::Again && event != UnitEvent::BuyAgain {
        return Err("what is lost is bought again, and no staff said so".to_owned());
    }
    let is_held = world.is_account_held && matches!(event, UnitEvent::Due(..));
    let spends =
        |command: &UnitCommand| matches!(command, UnitCommand::Call(SupplierCall::Order | SupplierCall::Pay, _));
    if is_held && decision.commands.iter().any(spends) {
        return Err("money is spent for an account that is held".to_owned());
    }
    Ok(())
}

/// What is true of a call that is about to be sent.
pub(crate) fn of_call(world: &World, call: SupplierCall, at: usize) -> Result<(), String> {
    let (unit, order) = (&world.unit, world.supplier[world.orders_of[at]]);
    let is_current = unit.current == Some(at);
    let wrong = |what: &str| Err(format!("{what}: {order:?}"));
    match call {
        SupplierCall::Look => return Ok(()),
        _ if world.gate == Gate::Closed => {
            return wrong("something is asked that cannot be asked twice, while the gate is closed");
        }
        SupplierCall::Order | SupplierCall::Pay if !unit.state.is_open() || !is_current => {
            return wrong("something is bought for a unit that is not open");
        }
        SupplierCall::Order | SupplierCall::Pay if count(unit, may_be_charged) > CHARGED_MAX => {
            return wrong("a third attempt may be charged");
        }
        SupplierCall::Order if count(unit, may_be_charged) >= CHARGED_MAX => return wrong("a third attempt begins"),
        SupplierCall::Pay if order.payments > 0 => return wrong("an order is paid that may be paid already"),
        SupplierCall::Pay if !order.is_in_terms => return wrong("an order is paid that is not what was asked for"),
        SupplierCall::Order | SupplierCall::Pay | SupplierCall::Key => {}
    }
    Ok(())
}

/// What is true of every committed state.
pub(crate) fn of_state(world: &World) -> Result<(), String> {
    let mut truths = of_unit(world).into_iter().chain(of_attempts(world));
    match truths.find(|(_, is_true)| !is_true) {
        Some((truth, _)) => Err(format!("it is not true that {truth}")),
        None if world.is_at_rest() => at_rest(world),
        None => Ok(()),
    }
}

/// Something that is to be true, and whether it is.
type Truth = (&'static str, bool);

fn of_unit(world: &World) -> Vec<Truth> {
    let (unit, books) = (&world.unit, &world.books);
    vec![
        (
            "an open unit's price is in orders_open, any other's is not",
            books.orders_open == i8::from(unit.state.is_open()),
        ),
        (
            "a delivered unit's price is a sale",
            books.sales == i8::from(unit.state == UnitState::Delivered),
        ),
        (
            "a refunded unit's price is in the wallet",
            books.wallet + 1 == i8::from(unit.state == UnitState::Refunded),
        ),
        (
            "a price goes back once",
            books.refunded == i8::from(unit.state == UnitState::Refunded),
        ),
        (
            "open_units counts the open units",
            books.open_units == i8::from(unit.state.is_open()),
        ),
        (
            "a copy is reserved for who holds one",
            books.reserved == i8::from(unit.has_reservation),
        ),
        (
            "a key is claimed for who holds one",
            books.claimed == i8::from(unit.has_key),
        ),
        (
            "only a planned or asked unit, or one that is looked at, holds a copy",
            !unit.has_reservation || may_reserve(unit.state),
        ),
        ("one key is delivered", books.delivered <= 1),
        (
            "a unit that is open is looked at, or somebody knows",
            !unit.state.is_open() || unit.next_at.is_some() || waits_for_people(unit),
        ),
        (
            "a key and the money only by staff, or from an older database",
            !has_both(world),
        ),
    ]
}

fn of_attempts(world: &World) -> Vec<Truth> {
    let (unit, books) = (&world.unit, &world.books);
    vec![
        (
            "in_doubt is what was charged and is no key yet",
            books.in_doubt == count(unit, is_in_doubt),
        ),
        (
            "lost is what was charged and has no key",
            books.supplier_loss == count(unit, |one| one.key == KeyStage::Burnt),
        ),
        (
            "a bought key is used or in stock",
            books.key_cost + books.key_stock == count(unit, |one| one.key == KeyStage::Have),
        ),
        (
            "a key that the shop has is used",
            unit.attempts
                .iter()
                .enumerate()
                .all(|(at, one)| is_used(world, at, one)),
        ),
        (
            "money only moves",
            books.purse + books.in_doubt + books.key_cost + books.key_stock + books.supplier_loss == 0,
        ),
        (
            "an order that the supplier denies is a case",
            unit.state != UnitState::Operator || unit.current.is_some_and(|at| books.denied_cases.contains(&at)),
        ),
        (
            "a key that is gone is a case",
            (0..unit.attempts.len()).all(|at| has_case(world, at)),
        ),
        (
            "what is unfinished is looked at again",
            unit.attempts.iter().enumerate().all(|(at, one)| goes_on(unit, at, one)),
        ),
    ]
}

/// What the supplier charged is what became of it in the books.
fn at_rest(world: &World) -> Result<(), String> {
    for (order, truth) in world.supplier.iter().enumerate() {
        if truth.charges > 1 {
            return Err(format!("an order is charged twice: {truth:?}"));
        }
        let known = world.attempt_of(order).map(|at| &world.unit.attempts[at]);
        // An older database does not know it, or knows only that it was asked for.
        let is_lost = world.was_restored && known.is_none_or(|attempt| attempt.placed_at.is_none());
        let is_listed = known.is_some_and(|attempt| match attempt.money {
            MoneyStage::Certain => matches!(attempt.key, KeyStage::Have | KeyStage::Burnt),
            MoneyStage::Ended => true,
            MoneyStage::None | MoneyStage::Intent | MoneyStage::InDoubt => false,
        });
        if truth.charges == 1 && !is_listed && !is_lost {
            return Err(format!("nobody knows what became of a charge: {truth:?}, {known:?}"));
        }
        if truth.charges == 0 && known.is_some_and(|attempt| attempt.money == MoneyStage::Certain) {
            return Err(format!("a charge is booked that was none: {truth:?}"));
        }
    }
    Ok(())
}

fn count(unit: &Unit, is: impl Fn(&Attempt) -> bool) -> i8 {
    unit.attempts.iter().map(|attempt| i8::from(is(attempt))).sum()
}

/// Whether the supplier may have charged for it, and no key came of it yet.
fn may_be_charged(attempt: &Attempt) -> bool {
    attempt.money == MoneyStage::Intent || is_in_doubt(attempt)
}

fn is_in_doubt(attempt: &Attempt) -> bool {
    let is_charged = matches!(attempt.money, MoneyStage::InDoubt | MoneyStage::Certain);
    is_charged && matches!(attempt.key, KeyStage::None | KeyStage::Asked)
}

/// Where a unit may hold a reserved copy: until the supplier took one.
fn may_reserve(state: UnitState) -> bool {
    matches!(state, UnitState::Held | UnitState::Planned | UnitState::Asking)
}

fn has_case(world: &World, at: usize) -> bool {
    let is_burnt = world.unit.attempts[at].key == KeyStage::Burnt;
    let cases = world.books.burnt_cases.iter().filter(|one| **one == at).count();
    cases <= 1 && (!is_burnt || cases == 1)
}

/// An attempt that is set aside and may have been charged has a turn; one that is finished has none.
fn goes_on(unit: &Unit, at: usize, attempt: &Attempt) -> bool {
    let is_current = unit.current == Some(at) && unit.state.is_open();
    is_current || attempt.next_at.is_some() == may_be_charged(attempt)
}

/// A key that came is delivered or in stock.
fn is_used(world: &World, at: usize, attempt: &Attempt) -> bool {
    let uses = world.supplier[world.orders_of[at]].key_uses;
    attempt.key != KeyStage::Have || uses == 1
}

fn waits_for_people(unit: &Unit) -> bool {
    matches!(unit.state, UnitState::Burnt | UnitState::Operator | UnitState::Held)
}

fn has_both(world: &World) -> bool {
    let has_both = world.books.delivered == 1 && world.books.refunded == 1;
    has_both && !world.was_taken_back && !world.was_restored
}
