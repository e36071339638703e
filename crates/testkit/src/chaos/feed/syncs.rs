//! Syncs of one supplier, as an operator runs them: of every kind, one after the other.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::super::mix;
use super::super::stage::Stage;
use crate::program::latchkey;

/// The longest that any sync may take.
const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// So many lies each supplier tells, however busy the machine is: what did not happen proves nothing.
const LIES_MIN: usize = 4;

/// For how long, and in which order, a supplier lies.
pub(super) struct Turn {
    pub(super) until: Instant,
    /// Whether it goes on until every lie was told once.
    pub(super) each_once: bool,
    pub(super) seed: u64,
    /// Told each lie.
    pub(super) report: fn(&str),
}

impl Turn {
    /// Whether a supplier that told so many lies, each of them `rounds` times, has told enough.
    pub(super) fn is_over(&self, rounds: u64, told: &Told) -> bool {
        let each_was_told = rounds > 0 || !self.each_once;
        each_was_told && told.lies >= LIES_MIN && Instant::now() > self.until
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) lies: usize,
    /// Violations that only the liar can see.
    pub(super) wrong: Vec<String>,
}

/// Runs syncs of one supplier.
#[derive(Clone)]
pub(super) struct Syncs {
    supplier: &'static str,
    environment: Vec<(String, String)>,
    folder: PathBuf,
}

/// A sync that ended.
pub(super) struct Ended {
    /// What it was asked for.
    pub(super) what: String,
    /// Its exit code; `None` if it did not end in time.
    pub(super) code: Option<i32>,
    /// The run that waits for somebody to accept it.
    parked: Option<String>,
}

impl Syncs {
    pub(super) fn of(stage: &Stage, supplier: &'static str) -> Self {
        Self {
            supplier,
            environment: stage.environment(&stage.database.url, &stage.redis.url()),
            folder: stage.folder.clone(),
        }
    }

    /// Runs one to its end.
    pub(super) async fn run(&self, what: &[String]) -> Ended {
        let mut arguments = vec!["sync", "--no-demo", "--supplier", self.supplier];
        arguments.extend(what.iter().map(String::as_str));
        let mut command = latchkey(&self.folder, &arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Self::ended(what, command).await
    }

    /// An operator accepts what a sync has parked, every other time.
    pub(super) async fn accept(&self, ended: &Ended, state: u64) -> Option<Ended> {
        let run = ended.parked.as_ref().filter(|_| mix(state ^ 7).is_multiple_of(2))?;
        let mut command = latchkey(&self.folder, &["sync", "--no-demo", "--accept", run]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Some(Self::ended(&["--accept".to_owned()], command).await)
    }

    async fn ended(what: &[String], mut command: tokio::process::Command) -> Ended {
        let output = tokio::time::timeout(ENDS_WITHIN, command.output()).await;
        let output = output.ok().map(|output| output.expect("latchkey runs"));
        let said = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout));
        Ended {
            what: what.join(" "),
            code: output.as_ref().and_then(|output| output.status.code()),
            parked: said.and_then(|said| {
                let (_, rest) = said.split_once("somebody accepts run ")?;
                rest.get(..36).map(str::to_owned)
            }),
        }
    }
}

impl Told {
    /// Takes note of a sync that ended, or should have.
    pub(super) fn note(&mut self, ended: &Ended, lie: &str) {
        if !matches!(ended.code, Some(0 | 1)) {
            self.wrong.push(format!(
                "sync {:?} ended with {:?} while: {lie}",
                ended.what, ended.code
            ));
        }
    }
}

impl Ended {
    /// For a progress line.
    pub(super) fn said(&self) -> String {
        let parked = if self.parked.is_some() { ", parked" } else { "" };
        let kind = if self.what.is_empty() {
            "full"
        } else {
            self.what.trim_start_matches("--")
        };
        format!("{kind} exit {}{parked}", self.code.unwrap_or(-1))
    }
}

/// The arguments of a sync of any kind; of those that name products only if there are any.
pub(super) fn any_kind(state: u64, products: &[String]) -> Vec<String> {
    let kinds = if products.is_empty() { 6 } else { 8 };
    let products = products.join(",");
    let what: &[&str] = match mix(state ^ 2) % kinds {
        0 | 1 => &["--stock"],
        2 | 3 => &["--delta"],
        4 | 5 => &[],
        6 => &["--stock", "--products", &products],
        _ => &["--products", &products],
    };
    what.iter().map(|argument| (*argument).to_owned()).collect()
}

/// The arguments of a sync that reads the whole list.
pub(super) fn whole(state: u64) -> Vec<String> {
    if mix(state ^ 6).is_multiple_of(3) {
        vec!["--stock".to_owned()]
    } else {
        Vec::new()
    }
}

/// All of `lies` in an order determined by `seed`.
pub(super) fn shuffled<L: Copy>(lies: &[L], seed: u64) -> Vec<L> {
    super::goods::some(lies.len(), lies.len(), seed)
        .into_iter()
        .map(|at| lies[at])
        .collect()
}
