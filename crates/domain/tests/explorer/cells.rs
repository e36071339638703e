//! The cells of the table that were visited: what followed which event, as the table beside these tests lists them.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use domain::clock::Timestamp;
use domain::unit::{
    Attempt, Decision, DeliveredKey, FulfilmentTimes, KeyStage, MoneyStage, SeenOrder, Unit, UnitCommand, UnitEvent,
    UnitRefusal, UnitState,
};

use crate::steps::Rule;

/// What followed which event, wherever something did.
#[derive(Debug, Default)]
pub(crate) struct Visited(Mutex<HashSet<Cell>>);

/// A row, an event, and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cell {
    row: Row,
    event: UnitEvent,
    next: Row,
    commands: Vec<UnitCommand>,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Row {
    Unit(UnitState),
    /// An attempt that was set aside, and whether its unit is open.
    Aside(MoneyStage, KeyStage, bool),
}

impl Visited {
    /// The same rule, of which each use is recorded.
    pub(crate) fn recording<'a>(
        &'a self,
        rule: &'a Rule<'a>,
    ) -> impl Fn(&Unit, UnitEvent, &FulfilmentTimes, Timestamp) -> Result<Decision, UnitRefusal> + Sync + 'a {
        move |unit, event, times, now| {
            let decision = rule(unit, event, times, now);
            if let Ok(decision) = &decision
                && decision.moves(unit)
            {
                self.0.lock().unwrap().insert(cell(unit, event, decision));
            }
            decision
        }
    }

    /// What was visited, as a table.
    pub(crate) fn table(&self) -> String {
        let cells = self.0.lock().unwrap();
        let lines: BTreeSet<(String, String)> = cells.iter().map(|cell| (cell.row.text(), cell.text())).collect();
        let (mut table, mut last) = (String::new(), None);
        for (row, line) in &lines {
            if last.replace(row) != Some(row) {
                let _ = writeln!(table, "{row}");
            }
            let _ = writeln!(table, "    {line}");
        }
        table
    }
}

fn cell(unit: &Unit, event: UnitEvent, decision: &Decision) -> Cell {
    let (event, at) = without_place(event);
    let aside = at.filter(|at| unit.current != Some(*at) || !unit.state.is_open());
    let row = |unit: &Unit| match aside {
        Some(at) => aside_row(&unit.attempts[at], unit.state),
        None => Row::Unit(unit.state),
    };
    let commands = decision.commands.iter().copied().map(without_place_in);
    Cell {
        row: row(unit),
        event,
        next: row(&decision.unit),
        commands: commands.collect(),
    }
}

fn aside_row(attempt: &Attempt, state: UnitState) -> Row {
    Row::Aside(attempt.money, attempt.key, state.is_open())
}

/// The event without the place of its attempt and its time, and that place.
fn without_place(event: UnitEvent) -> (UnitEvent, Option<usize>) {
    use UnitEvent::{AttemptDue, FoundUncharged, Hinted, KeyAnswered, Looked, Ordered, Payment, WrittenOff};
    match event {
        Ordered(at, answer) => (Ordered(0, answer), Some(at)),
        Payment(at, answer) => (Payment(0, answer), Some(at)),
        Looked(at, SeenOrder::Unpaid { is_capped, .. }) => {
            let sent_at = Timestamp::EPOCH;
            (Looked(0, SeenOrder::Unpaid { sent_at, is_capped }), Some(at))
        }
        Looked(at, seen) => (Looked(0, seen), Some(at)),
        KeyAnswered(at, answer) => (KeyAnswered(0, answer), Some(at)),
        AttemptDue(at, gate) => (AttemptDue(0, gate), Some(at)),
        Hinted(at) => (Hinted(0), Some(at)),
        WrittenOff(at) => (WrittenOff(0), Some(at)),
        FoundUncharged(at) => (FoundUncharged(0), Some(at)),
        other => (other, None),
    }
}

fn without_place_in(command: UnitCommand) -> UnitCommand {
    match command {
        UnitCommand::Call(call, _) => UnitCommand::Call(call, 0),
        UnitCommand::Post(posting, _) => UnitCommand::Post(posting, 0),
        UnitCommand::Stock(_) => UnitCommand::Stock(0),
        UnitCommand::Case(case, _) => UnitCommand::Case(case, 0),
        UnitCommand::Deliver(DeliveredKey::Bought(_)) => UnitCommand::Deliver(DeliveredKey::Bought(0)),
        other => other,
    }
}

impl Row {
    fn text(self) -> String {
        match self {
            Self::Unit(state) => state.as_str().to_owned(),
            Self::Aside(money, key, true) => format!("set aside ({money:?}, {key:?}), the unit is open"),
            Self::Aside(money, key, false) => format!("set aside ({money:?}, {key:?})"),
        }
    }
}

impl Cell {
    fn text(&self) -> String {
        let sent_at = format!(
            "{:?}",
            SeenOrder::Unpaid {
                sent_at: Timestamp::EPOCH,
                is_capped: false
            }
        );
        let capped = format!(
            "{:?}",
            SeenOrder::Unpaid {
                sent_at: Timestamp::EPOCH,
                is_capped: true
            }
        );
        let event = format!("{:?}", self.event)
            .replace(&sent_at, "Unpaid")
            .replace(&capped, "Unpaid, capped");
        let event = event.replace("(0, ", "(").replace("(0)", "");
        let mut text = format!("{event} -> {}", self.next.text());
        for command in &self.commands {
            let command = format!("{command:?}").replace(", 0)", ")").replace("(0)", "");
            let _ = write!(text, ", {command}");
        }
        text
    }
}
