//! The result of an episode: the age of each response, and the violations.

use std::fmt;

use super::Disturbance;
use super::disturbance::DisturbanceRecord;
use super::history::Truth;
use super::judge::{Judged, judged};
use super::readers::{Seen, Unavailable};

/// The histogram's bounds, in milliseconds.
const BOUNDS: [i64; 8] = [5, 10, 20, 50, 150, 300, 700, 1_000];

/// The result of an episode.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The disturbance.
    pub disturbance: Disturbance,
    /// Violations, each as a sentence.
    pub violations: Vec<String>,
    /// Answers with 200.
    pub answers: u64,
    /// Answers with 503.
    pub unavailable: u64,
    /// Requests without a response.
    pub silent: u64,
    /// Syncs that succeeded.
    pub syncs: u64,
    /// Versions that were committed.
    pub versions: usize,
    /// The ages of games that were not shown in their last version: in microseconds, sorted.
    pub ages: Vec<i64>,
    /// All games that were shown.
    pub shown: usize,
    /// For each version and node: how long the previous version was still shown, in microseconds, sorted.
    pub lags: Vec<i64>,
    /// Requests for games that were withdrawn.
    pub missing: usize,
    /// Customers who registered.
    pub accounts: u64,
    /// Patterns that an operator invalidated.
    pub operations: u64,
    /// Confirmed changes of carts and wishlists.
    pub list_writes: u64,
    /// The ages of carts and wishlists that another node had changed: in microseconds, sorted.
    pub list_ages: Vec<i64>,
}

impl Verdict {
    pub(super) fn of(
        (disturbance, record): (Disturbance, DisturbanceRecord),
        truth: &Truth,
        seen: Seen,
        syncs: u64,
        nodes: usize,
    ) -> Self {
        let Judged {
            violations: wrong,
            mut ages,
            lags,
        } = judged(truth, &seen);
        let mut violations = seen.wrong;
        violations.extend(wrong);
        let is_excused = |no: &&Unavailable| record.excuses(no);
        let inexcusable: Vec<&Unavailable> = seen.unavailable.iter().filter(|no| !is_excused(no)).collect();
        if let Some(first) = inexcusable.first() {
            violations.push(format!(
                "{} answers were 503 while the database was there, the first of node {}, {}",
                inexcusable.len(),
                first.node,
                record.when(first.asked_at),
            ));
        }
        ages.sort_unstable();
        let mut list_ages = seen.list_ages;
        list_ages.sort_unstable();
        let versions = truth.values().map(|versions| versions.len().saturating_sub(1)).sum();
        // A node that never showed the previous version had no lag.
        let mut lags: Vec<i64> = lags.into_values().collect();
        lags.resize(lags.len().max(versions * nodes), 0);
        lags.sort_unstable();
        Self {
            disturbance,
            violations,
            answers: seen.answers,
            unavailable: seen.unavailable.len() as u64,
            silent: seen.silent,
            syncs,
            versions,
            ages,
            shown: seen.shown.len(),
            lags,
            missing: seen.missing.len(),
            accounts: seen.accounts,
            operations: seen.operations,
            list_writes: seen.list_writes,
            list_ages,
        }
    }

    /// The lag that so many percent did not exceed, in milliseconds.
    #[must_use]
    pub fn lag_millis(&self, percent: usize) -> f64 {
        let at = self.lags.len().saturating_sub(1) * percent / 100;
        self.lags.get(at).copied().unwrap_or(0) as f64 / 1_000.0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} answers, {} times 503, {} without an answer; {} syncs, {} versions, {} patterns forgotten; {} games shown, {} not in their last version, {} withdrawn",
            self.disturbance,
            self.answers,
            self.unavailable,
            self.silent,
            self.syncs,
            self.versions,
            self.operations,
            self.shown,
            self.ages.len(),
            self.missing,
        )?;
        writeln!(
            f,
            "  the version before was shown for: p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms",
            self.lag_millis(50),
            self.lag_millis(99),
            self.lag_millis(100),
        )?;
        writeln!(
            f,
            "  {} accounts; carts and wishlists: {} changes; {} looks at another node showed the state before, at most {:.1} ms old",
            self.accounts,
            self.list_writes,
            self.list_ages.len(),
            self.list_ages.last().copied().unwrap_or(0) as f64 / 1_000.0,
        )?;
        write!(f, "  ")?;
        let mut from = 0;
        for bound in BOUNDS {
            let count = self
                .ages
                .iter()
                .filter(|age| (from..bound * 1_000).contains(*age))
                .count();
            write!(f, "<{bound} ms: {count}  ")?;
            from = bound * 1_000;
        }
        write!(f, "violations: {}", self.violations.len())?;
        for violation in self.violations.iter().take(10) {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}
