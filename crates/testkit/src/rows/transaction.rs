//! A transaction: the rows that it changed, its touches, and the touches that it needed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::cart::Owner;
use domain::id::{GuestId, UserId};
use domain::touch::Touch;
use uuid::Uuid;

use super::change::{Change, Operation, Row};
use super::needs::Need;
use super::rules::{self, TOUCHES};

/// A transaction that was committed.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// The rows that it changed, in their order.
    pub changes: Vec<Change>,
    /// Its touches.
    pub touched: BTreeSet<Touch>,
    /// The touches that it needed, each view with a table that it shows.
    pub needs: BTreeMap<Need, String>,
}

impl Transaction {
    /// The views that went stale without a touch.
    #[must_use]
    pub fn forgotten(&self) -> Vec<String> {
        let forgotten = self.needs.iter().filter(|(need, _)| !need.is_met_by(&self.touched));
        forgotten
            .map(|(need, table)| format!("a row of {table} changed, and {} stays", need.view))
            .collect()
    }

    /// Whether it changed a row of this table.
    #[must_use]
    pub fn changed(&self, table: &str) -> bool {
        self.changes.iter().any(|change| change.table == table)
    }
}

/// Facts from earlier rows that later ones depend on.
#[derive(Debug, Default)]
pub(super) struct State {
    games: HashMap<Uuid, Row>,
    taken_by: HashMap<Uuid, UserId>,
}

/// The data for a rule: the state before, and the other changes of the same transaction.
pub(super) struct Context<'a> {
    state: &'a State,
    new_games: &'a HashSet<Uuid>,
    gone_sessions: &'a HashSet<Uuid>,
}

impl Context<'_> {
    /// Whether the game was inserted in this transaction.
    pub(super) fn is_new(&self, game: Uuid) -> bool {
        self.new_games.contains(&game)
    }

    /// The current row of a game.
    pub(super) fn game(&self, id: Uuid) -> Option<&Row> {
        self.state.games.get(&id)
    }

    /// Whether this transaction deleted the guest.
    pub(super) fn is_gone(&self, guest: Uuid) -> bool {
        self.gone_sessions.contains(&guest)
    }

    /// The owner who sees the lines of a guest's session.
    pub(super) fn seen_by(&self, guest: GuestId) -> Owner {
        let taken = self.state.taken_by.get(&guest.0);
        taken.map_or(Owner::Guest(guest), |user| Owner::User(*user))
    }
}

/// Groups `changes` into transactions, in the order of their last changes.
pub(super) fn grouped(changes: Vec<Change>, state: &mut State) -> Vec<Transaction> {
    let mut open: Vec<(Option<i64>, Vec<Change>)> = Vec::new();
    let mut ended = Vec::new();
    for change in changes {
        let is_last = change.transaction.is_none() && change.table == TOUCHES && change.operation == Operation::Insert;
        let number = change.transaction;
        let at = open.iter().position(|(other, _)| *other == number);
        let at = at.unwrap_or_else(|| {
            open.push((number, Vec::new()));
            open.len() - 1
        });
        open[at].1.push(change);
        if is_last {
            ended.push(open.remove(at).1);
        }
    }
    ended.extend(open.into_iter().map(|(_, changes)| changes));
    ended.into_iter().map(|changes| judged(changes, state)).collect()
}

fn judged(changes: Vec<Change>, state: &mut State) -> Transaction {
    let ids = |table: &str, operation: Operation| {
        let found = changes
            .iter()
            .filter(|change| change.table == table && change.operation == operation);
        found
            .filter_map(|change| change.rows().find_map(|row| row.id("id")))
            .collect::<HashSet<Uuid>>()
    };
    let (new_games, gone_sessions) = (
        ids("games", Operation::Insert),
        ids("guest_sessions", Operation::Delete),
    );
    let (mut transaction, mut own) = (Transaction::default(), 0);
    for change in &changes {
        let context = Context {
            state: &*state,
            new_games: &new_games,
            gone_sessions: &gone_sessions,
        };
        for need in rules::needs(change, &context) {
            transaction.needs.entry(need).or_insert_with(|| change.table.clone());
        }
        // Its own row: what it records first, and sets later when it touches more.
        let is_own = change.operation == Operation::Insert || change.new.number("number") == own && own != 0;
        if change.table == TOUCHES && is_own {
            own = change.new.number("number");
            let names = change.new.text("names").unwrap_or_default();
            transaction.touched = names.lines().filter_map(Touch::parse).collect();
        }
        state.learn(change);
    }
    transaction.changes = changes;
    transaction
}

impl State {
    fn learn(&mut self, change: &Change) {
        let Some(id) = change.rows().find_map(|row| row.id("id")) else {
            return;
        };
        match (change.table.as_str(), change.new.id("taken_by")) {
            ("games", _) => {
                self.games.insert(id, change.new.clone());
            }
            ("guest_sessions", Some(user)) => {
                self.taken_by.insert(id, UserId(user));
            }
            _ => {}
        }
    }
}
