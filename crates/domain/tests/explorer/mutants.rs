//! The table with a guard taken away, one after another: the explorer has to notice each, but for those that save money or time only.

mod buying;
mod commands;
mod doubt;
mod keys;
mod savings;

use std::fmt::Write as _;

use domain::clock::Timestamp;
use domain::unit::{Decision, FulfilmentTimes, MoneyStage, Unit, UnitCommand, UnitEvent, UnitRefusal, decide};

use crate::explored::LEFT;
use crate::search::{Found, explore};
use crate::steps::{Rule, Steps};
use crate::world::{Left, World, times};

/// What is decided.
type Outcome = Result<Decision, UnitRefusal>;

/// A table that lacks something.
struct Mutant {
    what: &'static str,
    rule: Box<Rule<'static>>,
    starts: Vec<World>,
    has_spool: bool,
}

/// A table that answers to an event as if the unit, or the event, were another one.
fn as_if(
    what: &'static str,
    left: Left,
    other: impl Fn(&mut Unit, &mut UnitEvent, Timestamp) + Sync + 'static,
) -> Mutant {
    let rule = move |unit: &Unit, event: UnitEvent, times: &FulfilmentTimes, now: Timestamp| {
        let (mut other_unit, mut other_event) = (unit.clone(), event);
        other(&mut other_unit, &mut other_event, now);
        decide(&other_unit, other_event, times, now)
    };
    Mutant::new(what, rule, left)
}

/// A table that decides, and then something else.
fn but(what: &'static str, left: Left, change: impl Fn(&Unit, UnitEvent, &mut Decision) + Sync + 'static) -> Mutant {
    let rule = move |unit: &Unit, event: UnitEvent, times: &FulfilmentTimes, now: Timestamp| {
        let mut decision = decide(unit, event, times, now)?;
        change(unit, event, &mut decision);
        Ok(decision)
    };
    Mutant::new(what, rule, left)
}

/// A table that keeps other times.
fn with_times(what: &'static str, left: Left, change: impl Fn(&mut FulfilmentTimes) + Sync + 'static) -> Mutant {
    let rule = move |unit: &Unit, event: UnitEvent, times: &FulfilmentTimes, now: Timestamp| {
        let mut other = times.clone();
        change(&mut other);
        decide(unit, event, &other, now)
    };
    Mutant::new(what, rule, left)
}

/// A table that forgets commands.
fn without(what: &'static str, left: Left, forgets: impl Fn(&UnitCommand) -> bool + Sync + 'static) -> Mutant {
    but(what, left, move |_, _, decision| {
        decision.commands.retain(|command| !forgets(command));
    })
}

impl Mutant {
    fn new(
        what: &'static str,
        rule: impl Fn(&Unit, UnitEvent, &FulfilmentTimes, Timestamp) -> Outcome + Sync + 'static,
        left: Left,
    ) -> Self {
        Self {
            what,
            rule: Box::new(rule),
            starts: vec![World::planned(left)],
            has_spool: true,
        }
    }

    fn from(self, starts: Vec<World>) -> Self {
        Self { starts, ..self }
    }

    fn explored(self) -> Found {
        let steps = Steps {
            rule: &*self.rule,
            times: times(),
            has_spool: self.has_spool,
        };
        explore(&steps, self.starts)
    }
}

const NO_FAULT: Left = Left {
    faults: 0,
    offers: 0,
    attempts: 1,
    ..LEFT
};
const LIE: Left = Left { lies: 1, ..NO_FAULT };
const DAY: Left = Left {
    days: 1,
    offers: 0,
    ..LEFT
};
const STAFF: Left = Left { staff: 1, ..NO_FAULT };
const RESTORE: Left = Left {
    restores: 1,
    ..NO_FAULT
};

/// What the supplier may have charged for before is not counted.
fn forget_older_charges(unit: &mut Unit) {
    let current = unit.current;
    for (at, attempt) in unit.attempts.iter_mut().enumerate() {
        if current != Some(at) && attempt.is_possibly_charged() {
            attempt.money = MoneyStage::None;
        }
    }
}

/// Decides as if nothing had been charged, and keeps what is known of the older attempts.
fn uncapped(unit: &Unit, event: UnitEvent, times: &FulfilmentTimes, now: Timestamp) -> Outcome {
    let mut forgetful = unit.clone();
    forget_older_charges(&mut forgetful);
    let mut decision = decide(&forgetful, event, times, now)?;
    for (at, attempt) in unit.attempts.iter().enumerate() {
        if unit.current != Some(at) {
            decision.unit.attempts[at] = attempt.clone();
        }
    }
    Ok(decision)
}

#[test]
fn a_guard_that_is_taken_away_is_noticed() {
    let mutants = [
        buying::of_what_is_bought(),
        buying::of_what_is_paid(),
        buying::of_what_is_not_known(),
        doubt::of_doubt(),
        keys::of_keys(),
        keys::of_money(),
        commands::forgotten_commands(),
    ];
    let mut noticed = String::new();
    for mutant in mutants.into_iter().flatten() {
        let what = mutant.what;
        let found = mutant.explored();
        let Some(violation) = found.violation else {
            panic!("{what}: not noticed in {} states", found.states);
        };
        let why = violation.what.split(':').next().unwrap_or_default();
        let _ = writeln!(noticed, "{what}: {why}");
        println!(
            "{what}: noticed after {} states, by {} steps",
            found.states,
            violation.way.len()
        );
    }
    insta::assert_snapshot!("noticed", noticed);
}

#[test]
fn what_saves_money_or_time_is_not_needed_for_money_and_keys_to_agree() {
    for mutant in savings::savings() {
        let what = mutant.what;
        let found = mutant.explored();
        println!("{:>9} states without {what}", found.states);
        assert!(found.violation.is_none(), "{what}: {:#?}", found.violation);
    }
}
