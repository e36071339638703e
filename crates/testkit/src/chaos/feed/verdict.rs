//! The result of an episode of lies.

use std::collections::BTreeMap;
use std::fmt;

use super::memory::Resident;
use super::records::RunRecord;

/// The most violations that are printed.
const PRINTED_MAX: usize = 20;

/// The result of an episode.
#[derive(Clone, Debug)]
pub struct FeedVerdict {
    /// Violations, each as a sentence.
    pub violations: Vec<String>,
    /// Lies that were told.
    pub lies: usize,
    /// Runs by supplier and outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Versions of offers that were committed.
    pub offers: usize,
    /// Versions of games that were committed.
    pub versions: usize,
    /// Answers with 200.
    pub answers: u64,
    /// Games that were shown.
    pub shown: usize,
    /// The age of the oldest game that was shown, in microseconds.
    pub oldest: i64,
    /// Confirmed changes of carts and wishlists.
    pub list_writes: u64,
    /// How often all prices were compared with the offers.
    pub checks: u64,
    /// The memory of the serving process.
    pub memory: Resident,
}

/// Runs by supplier and outcome.
pub(super) fn counted(runs: &[RunRecord]) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for run in runs {
        let outcome = run.outcome.as_deref().unwrap_or("running");
        *counted.entry(format!("{} {outcome}", run.supplier)).or_default() += 1;
    }
    counted
}

impl fmt::Display for FeedVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lies; runs: {:?}", self.lies, self.outcomes)?;
        writeln!(
            f,
            "  {} versions of offers, {} of games; {} answers, {} games shown, the oldest {} ms; {} changes of carts and wishlists",
            self.offers,
            self.versions,
            self.answers,
            self.shown,
            self.oldest / 1_000,
            self.list_writes,
        )?;
        write!(
            f,
            "  all prices compared {} times; resident: at most {} MB in the warm-up, {} MB after it; violations: {}",
            self.checks,
            self.memory.warming_up / 1_024,
            self.memory.afterwards / 1_024,
            self.violations.len(),
        )?;
        for violation in self.violations.iter().take(PRINTED_MAX) {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}
