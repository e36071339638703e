//! The shop's own table, explored.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::unit::{MoneyStage, Unit, UnitEvent, UnitState, decide};

use crate::cells::Visited;
use crate::search::{Found, explore};
use crate::steps::{Happened, Steps};
use crate::world::{Left, World, times};

/// One reply is lost, and the deadline may come at any time.
pub(crate) const LEFT: Left = Left {
    faults: 1,
    noes: 0,
    lies: 0,
    kills: 0,
    repeats: 0,
    held_up: 0,
    offers: 1,
    attempts: 2,
    staff: 0,
    blocks: 0,
    hints: 0,
    days: 0,
    restores: 0,
    closings: 0,
};

/// What goes wrong, and where it begins.
type Exploration = (&'static str, Vec<World>);

/// What is explored: in each something else goes wrong beside what `left` allows.
fn explorations(left: Left) -> Vec<Exploration> {
    [of_the_supplier(left), of_surroundings(left), of_older_databases(left)].concat()
}

/// The supplier, and the way to it.
fn of_the_supplier(left: Left) -> Vec<Exploration> {
    let planned = |left| vec![World::planned(left)];
    let (days, faults) = (left.days + 1, left.faults + 1);
    vec![
        ("a day passes", planned(Left { days, ..left })),
        ("two replies are lost", planned(Left { faults, ..left })),
        ("a process is killed", planned(Left { kills: 1, ..left })),
        (
            "a process is held up",
            planned(Left {
                held_up: 1,
                days,
                faults: 0,
                offers: 0,
                ..left
            }),
        ),
        (
            "the supplier refuses",
            planned(Left {
                noes: 1,
                held_up: 1,
                ..left
            }),
        ),
        ("the supplier lies", planned(Left { lies: 1, ..left })),
        (
            "the supplier lies, and days pass",
            planned(Left {
                lies: 1,
                days,
                attempts: 1,
                ..left
            }),
        ),
        (
            "two attempts may be charged",
            twice_in_doubt(Left {
                attempts: 3,
                hints: 1,
                days,
                faults: 0,
                offers: 0,
                ..left
            }),
        ),
        (
            "three attempts",
            planned(Left {
                attempts: 3,
                faults,
                offers: 0,
                ..left
            }),
        ),
    ]
}

/// People, and what the processes run on.
fn of_surroundings(left: Left) -> Vec<Exploration> {
    let planned = |left| vec![World::planned(left)];
    let days = left.days + 1;
    vec![
        (
            "people buy",
            by_hand(Left {
                staff: 1,
                faults: 0,
                ..left
            }),
        ),
        (
            "an answer is written twice",
            planned(Left {
                repeats: 1,
                noes: 1,
                ..left
            }),
        ),
        (
            "people act",
            of_people(Left {
                staff: 2,
                faults: 0,
                offers: 0,
                noes: 1,
                lies: 1,
                ..left
            }),
        ),
        (
            "people act, and days pass",
            planned(Left {
                staff: 1,
                days,
                faults: 0,
                offers: 0,
                ..left
            }),
        ),
        ("the account is blocked", planned(Left { blocks: 1, ..left })),
        (
            "the supplier notifies",
            planned(Left {
                hints: 1,
                days,
                faults: 0,
                ..left
            }),
        ),
        ("the gate closes", planned(Left { closings: 1, ..left })),
    ]
}

/// Databases that are older ones.
fn of_older_databases(left: Left) -> Vec<Exploration> {
    let planned = |left| vec![World::planned(left)];
    let days = left.days + 1;
    let older = Left {
        restores: 1,
        attempts: 1,
        offers: 0,
        ..left
    };
    vec![
        (
            "an older database returns, and the supplier lies",
            planned(Left {
                lies: 1,
                kills: 1,
                faults: 0,
                ..older
            }),
        ),
        (
            "an older database returns, with two attempts",
            planned(Left {
                attempts: 2,
                faults: 0,
                ..older
            }),
        ),
        (
            "an older database returns",
            planned(Left {
                restores: 1,
                attempts: 1,
                ..left
            }),
        ),
        (
            "an older database returns, and days pass",
            planned(Left {
                restores: 1,
                days,
                faults: 0,
                offers: 0,
                attempts: 1,
                ..left
            }),
        ),
    ]
}

/// A unit whose supplier is bought from by people.
fn by_hand(left: Left) -> Vec<World> {
    let mut world = World::planned(left);
    world.is_by_hand = true;
    vec![world]
}

/// Two attempts that may be charged, one of which was; and one that was held to be not charged, beside one that may be.
pub(crate) fn twice_in_doubt(left: Left) -> Vec<World> {
    [MoneyStage::InDoubt, MoneyStage::Ended]
        .map(|first| World::twice_in_doubt(first, left))
        .to_vec()
}

/// The same from wherever a unit may be before anybody buys something.
fn of_people(left: Left) -> Vec<World> {
    let unsold = [
        (UnitState::Ready, true),
        (UnitState::Held, true),
        (UnitState::Held, false),
        (UnitState::Planned, false),
    ];
    let unsold = unsold.map(|(state, has_key)| Unit::unasked(state, has_key, !has_key));
    unsold.map(|unit| World::starting(unit, left)).to_vec()
}

pub(crate) fn explored(starts: Vec<World>, visited: &Visited) -> Found {
    let rule = visited.recording(&decide);
    let steps = Steps {
        rule: &rule,
        times: times(),
        has_spool: true,
    };
    explore(&steps, starts)
}

#[test]
fn money_and_keys_agree_whatever_happens_and_every_cell_of_the_table_is_visited() {
    let visited = Visited::default();
    let states = explore_all(LEFT, &visited);
    assert!(states > 500_000, "{states}");
    insta::assert_snapshot!("table", visited.table());
}

#[test]
fn an_honest_supplier_delivers() {
    let steps = Steps {
        rule: &decide,
        times: times(),
        has_spool: true,
    };
    let mut world = World::planned(LEFT);
    while !world.is_at_rest() {
        let (happened, after) = steps.calm(&world);
        assert_ne!(happened, Happened::Event(UnitEvent::Deadline));
        world = after.unwrap();
    }
    assert_eq!(world.unit.state, UnitState::Delivered);
    let order = &world.supplier[0];
    assert_eq!((world.supplier.len(), order.charges, order.key_uses), (1, 1, 1));
}

/// The same with a day more, and a fault more: 47 million states, five minutes, 3 GB of memory.
#[test]
#[ignore = "takes minutes: cargo test --release -p domain --test explorer -- --ignored --nocapture"]
fn money_and_keys_agree_also_when_more_goes_wrong() {
    let left = Left {
        faults: 2,
        days: 1,
        ..LEFT
    };
    explore_all(left, &Visited::default());
}

/// Explores everything, and returns how many states were visited.
fn explore_all(left: Left, visited: &Visited) -> usize {
    let next = AtomicUsize::new(0);
    let explorations = explorations(left);
    let work = || {
        let mut states = 0;
        while let Some((what, starts)) = explorations.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = explored(starts.clone(), visited);
            println!("{:>9} states: {what}", found.states);
            assert!(found.violation.is_none(), "{what}: {:#?}", found.violation);
            states += found.states;
        }
        states
    };
    let states = std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.map(|worker| worker.join().unwrap()).iter().sum()
    });
    println!("{states} states in all");
    states
}
