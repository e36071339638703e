//! The cells of the table that were visited: what followed which event, as the table beside these tests lists them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use domain::clock::Timestamp;
use domain::unit::{
    Attempt, Decision, DeliveredKey, FulfilmentTimes, Gate, KeyAnswer, KeyStage, MoneyStage, OrderAnswer, PayAnswer,
    SeenOrder, Spending, Unit, UnitCommand, UnitEvent, UnitRefusal, UnitState,
};

use crate::steps::Rule;

/// What followed which event.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    moves: Mutex<HashSet<Cell>>,
    /// Where nothing followed, and why, if it was refused.
    others: Mutex<HashSet<(Row, UnitEvent, Option<UnitRefusal>)>>,
}

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
            match &decision {
                Ok(decision) if decision.moves(unit) => {
                    self.moves.lock().unwrap().insert(cell(unit, event, decision));
                }
                other => {
                    let (event, at) = without_place(event);
                    let cell = (row(unit, at), event, other.as_ref().err().copied());
                    self.others.lock().unwrap().insert(cell);
                }
            }
            decision
        }
    }

    /// What was visited, as a table: in each row what followed which event, where nothing did, and which never happened there.
    pub(crate) fn table(&self) -> String {
        let mut rows: BTreeMap<String, Lines> = BTreeMap::new();
        for cell in self.moves.lock().unwrap().iter() {
            let lines = rows.entry(cell.row.text()).or_insert_with(|| Lines::of(cell.row));
            lines.never.remove(&event_text(cell.event));
            lines.moves.insert(cell.text());
        }
        for (row, event, refused) in self.others.lock().unwrap().iter() {
            let lines = rows.entry(row.text()).or_insert_with(|| Lines::of(*row));
            let event = event_text(*event);
            lines.never.remove(&event);
            match refused {
                Some(refusal) => lines.refused.insert(format!("{event} ({refusal:?})")),
                None => lines.nothing.insert(event),
            };
        }
        rows.iter()
            .map(|(row, lines)| format!("{row}\n{}", lines.text()))
            .collect()
    }
}

/// The lines of a row.
#[derive(Debug, Default)]
struct Lines {
    moves: BTreeSet<String>,
    nothing: BTreeSet<String>,
    refused: BTreeSet<String>,
    never: BTreeSet<String>,
}

impl Lines {
    fn of(row: Row) -> Self {
        let events = events()
            .into_iter()
            .filter(|event| row.may_have(*event))
            .map(event_text);
        Self {
            never: events.collect(),
            ..Self::default()
        }
    }

    fn text(&self) -> String {
        let moves = self.moves.iter().map(|line| format!("    {line}\n"));
        let others = [
            ("nothing follows", &self.nothing),
            ("refused", &self.refused),
            ("never happened", &self.never),
        ];
        let others = others
            .iter()
            .filter(|(_, events)| !events.is_empty())
            .map(|(what, events)| {
                let events: Vec<&str> = events.iter().map(String::as_str).collect();
                format!("    {what}: {}\n", events.join(", "))
            });
        moves.chain(others).collect()
    }
}

/// The row that answers to an event about the attempt in the place `at`, or about none.
fn row(unit: &Unit, at: Option<usize>) -> Row {
    match at.filter(|at| unit.current != Some(*at) || !unit.state.is_open()) {
        Some(at) => match unit.attempts.get(at) {
            Some(attempt) => aside_row(attempt, unit.state),
            None => Row::Unit(unit.state),
        },
        None => Row::Unit(unit.state),
    }
}

fn cell(unit: &Unit, event: UnitEvent, decision: &Decision) -> Cell {
    let (event, at) = without_place(event);
    let before = row(unit, at);
    let next = match (before, at) {
        (Row::Aside(..), Some(at)) => aside_row(&decision.unit.attempts[at], decision.unit.state),
        _ => Row::Unit(decision.unit.state),
    };
    let commands = decision.commands.iter().copied().map(without_place_in);
    Cell {
        row: before,
        event,
        next,
        commands: commands.collect(),
    }
}

fn aside_row(attempt: &Attempt, state: UnitState) -> Row {
    Row::Aside(attempt.money, attempt.key, state.is_open())
}

/// The event without the place of its attempt and its time, and that place.
fn without_place(event: UnitEvent) -> (UnitEvent, Option<usize>) {
    use UnitEvent::{
        AttemptDue, FoundUncharged, Hinted, KeyAnswered, Looked, Ordered, Payment, ProductRefused, Restored, WrittenOff,
    };
    match event {
        Ordered(at, answer) => (Ordered(0, answer), Some(at)),
        Payment(at, _, answer) => (Payment(0, 0, answer), Some(at)),
        Restored(_) => (Restored(Timestamp::EPOCH), None),
        ProductRefused(_) => (ProductRefused(0), None),
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

impl Row {
    /// Whether such an event can be about what the row speaks of.
    fn may_have(self, event: UnitEvent) -> bool {
        use UnitState::{Again, Delivered, Held, Planned, Ready, Refunded};
        let is_of_attempt = without_place(event).1.is_some();
        match self {
            Self::Unit(Held | Ready | Planned | Again | Delivered | Refunded) => !is_of_attempt,
            Self::Unit(_) => true,
            Self::Aside(..) => is_of_attempt,
        }
    }
}

impl Cell {
    fn text(&self) -> String {
        let mut text = format!("{} -> {}", event_text(self.event), self.next.text());
        for command in &self.commands {
            let command = format!("{command:?}").replace(", 0)", ")").replace("(0)", "");
            let _ = write!(text, ", {command}");
        }
        text
    }
}

/// An event without the place of its attempt and its time.
fn event_text(event: UnitEvent) -> String {
    let seen = |is_capped| {
        let sent_at = Timestamp::EPOCH;
        format!("{:?}", SeenOrder::Unpaid { sent_at, is_capped })
    };
    let text = format!("{event:?}")
        .replace(&seen(false), "Unpaid")
        .replace(&seen(true), "Unpaid, capped");
    let text = text.replace("(0, 0, ", "(").replace("(0, ", "(").replace("(0)", "");
    text.replace("(Timestamp)", "")
}

/// Every event.
fn events() -> Vec<UnitEvent> {
    use UnitEvent::{
        AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked,
        NoOfferLeft, OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal,
        WrittenOff,
    };
    let sent_at = Timestamp::EPOCH;
    let mut events = vec![Cancel, Deadline, Refund, Reveal, Release, Reject, BuyAgain];
    events.extend([OfferTaken, NoOfferLeft, ProductRefused(0), Restored(sent_at)]);
    events.extend([true, false].map(|is_of_supplier| EnterKey { is_of_supplier }));
    events.extend([Hinted(0), WrittenOff(0), FoundUncharged(0)]);
    for gate in [Gate::Open, Gate::Closed] {
        use Spending::{AccountHeld, Allowed, BelowCost, ByHand, Paused};
        events.extend([Allowed, AccountHeld, ByHand, Paused, BelowCost].map(|spending| Due(gate, spending)));
        events.push(AttemptDue(0, gate));
    }
    {
        use OrderAnswer::{Dearer, InTerms, NoProduct, NoShop, NotSent, OutOfTerms, Unknown};
        let answers = [InTerms, Dearer, OutOfTerms, NoProduct, NoShop, Unknown, NotSent];
        events.extend(answers.map(|answer| Ordered(0, answer)));
    }
    {
        use PayAnswer::{NoLapsed, NoShop, NotSent, Unknown, Yes};
        events.extend([Yes, NoShop, NoLapsed, Unknown, NotSent].map(|answer| Payment(0, 0, answer)));
    }
    {
        use KeyAnswer::{Gone, Key, NoOrder, NotReady, NotSent, OfAnother, Unknown};
        let answers = [Key, OfAnother, NotReady, Gone, NoOrder, Unknown, NotSent];
        events.extend(answers.map(|answer| KeyAnswered(0, answer)));
    }
    let unpaid = [false, true].map(|is_capped| SeenOrder::Unpaid { sent_at, is_capped });
    let seen = [SeenOrder::Charged, SeenOrder::Unknown].into_iter().chain(unpaid);
    events.extend(seen.map(|seen| Looked(0, seen)));
    events
}
