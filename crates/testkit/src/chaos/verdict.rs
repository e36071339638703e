//! How old each answer was, and which were too old.

use std::collections::HashMap;
use std::fmt;

use super::history::{Truth, Version};
use super::readers::{Seen, Shown, Unavailable};
use super::weather::Still;
use super::{OLD_MAX, Weather};

/// The histogram's bounds, in milliseconds.
const BOUNDS: [i64; 8] = [5, 10, 20, 50, 150, 300, 700, 1_000];

/// What came out of an episode.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The weather.
    pub weather: Weather,
    /// Answers that broke a promise, each said in words.
    pub violations: Vec<String>,
    /// Answers with 200.
    pub answers: u64,
    /// Answers with 503.
    pub unavailable: u64,
    /// Questions that nobody answered.
    pub silent: u64,
    /// Syncs that succeeded.
    pub syncs: u64,
    /// Versions that were committed.
    pub versions: usize,
    /// How old those games were that were not shown in their last version: in microseconds, in order.
    pub ages: Vec<i64>,
    /// Games that were shown in all.
    pub shown: usize,
    /// For each version and node: how long the version before was still shown, in microseconds, in order.
    pub lags: Vec<i64>,
    /// Changes of carts that were confirmed.
    pub cart_writes: u64,
    /// How old those carts were that another node had changed: in microseconds, in order.
    pub cart_ages: Vec<i64>,
}

impl Verdict {
    pub(super) fn of(
        (weather, still): (Weather, Option<Still>),
        truth: &Truth,
        seen: Seen,
        syncs: u64,
        nodes: usize,
    ) -> Self {
        let mut violations = seen.wrong;
        let (mut ages, mut lags) = (Vec::new(), HashMap::new());
        for shown in &seen.shown {
            match age(truth, shown) {
                Ok(0) => {}
                Ok(age) => {
                    ages.push(age);
                    let lag: &mut i64 = lags.entry((shown.game, shown.version, shown.node)).or_default();
                    *lag = age.max(*lag);
                    if age > limit() {
                        violations.push(said(shown, &format!("{} ms old", age / 1_000)));
                    }
                }
                Err(wrong) => violations.push(said(shown, &wrong)),
            }
        }
        // A node that stood still tells whoever asked meanwhile that it took too long.
        let is_excused =
            |no: &&Unavailable| still.is_some_and(|still| still.node == no.node && no.asked_at < still.until);
        let inexcusable = seen.unavailable.iter().filter(|no| !is_excused(no)).count();
        if !weather.takes_the_database() && inexcusable > 0 {
            violations.push(format!("{inexcusable} answers were 503 while the database was there"));
        }
        ages.sort_unstable();
        let mut cart_ages = seen.cart_ages;
        cart_ages.sort_unstable();
        let versions = truth.values().map(|versions| versions.len().saturating_sub(1)).sum();
        // Whoever was never shown the version before had no lag.
        let mut lags: Vec<i64> = lags.into_values().collect();
        lags.resize(lags.len().max(versions * nodes), 0);
        lags.sort_unstable();
        Self {
            weather,
            violations,
            answers: seen.answers,
            unavailable: seen.unavailable.len() as u64,
            silent: seen.silent,
            syncs,
            versions,
            ages,
            shown: seen.shown.len(),
            lags,
            cart_writes: seen.cart_writes,
            cart_ages,
        }
    }

    /// The lag that so many percent did not exceed, in milliseconds.
    #[must_use]
    pub fn lag_millis(&self, percent: usize) -> f64 {
        let at = self.lags.len().saturating_sub(1) * percent / 100;
        self.lags.get(at).copied().unwrap_or(0) as f64 / 1_000.0
    }
}

fn limit() -> i64 {
    i64::try_from(OLD_MAX.as_micros()).unwrap_or(i64::MAX)
}

/// For how long what was shown was no longer true when it was asked for, in microseconds.
fn age(truth: &Truth, shown: &Shown) -> Result<i64, String> {
    let versions = truth.get(&shown.game).ok_or("no such game")?;
    // A stock check changes the price and leaves the title: a version may have had several.
    let is_shown = |version: &Version| {
        version.number == shown.version && shown.price_cents.is_none_or(|price| price == version.price_cents)
    };
    let at = versions
        .iter()
        .rposition(is_shown)
        .ok_or_else(|| never_so(versions, shown))?;
    let next = versions.get(at + 1);
    Ok(next.map_or(0, |next| (shown.asked_at - next.committed_at).max(0)))
}

fn never_so(versions: &[Version], shown: &Shown) -> String {
    let mut prices = versions
        .iter()
        .filter(|version| version.number == shown.version)
        .map(|version| version.price_cents)
        .peekable();
    if prices.peek().is_some() {
        let prices: Vec<i64> = prices.collect();
        return format!(
            "its price is {:?} and was {prices:?} in that version",
            shown.price_cents
        );
    }
    match versions.first() {
        Some(first) if shown.version < first.number => "a version from before the episode".to_owned(),
        _ => "a version that was never committed".to_owned(),
    }
}

fn id(shown: &Shown) -> String {
    format!("game {} v{} on node {}", shown.game, shown.version, shown.node)
}

fn said(shown: &Shown, wrong: &str) -> String {
    format!("{}: {wrong}: {}", shown.route, id(shown))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} answers, {} times 503, {} without an answer; {} syncs, {} versions; {} games shown, {} not in their last version",
            self.weather,
            self.answers,
            self.unavailable,
            self.silent,
            self.syncs,
            self.versions,
            self.shown,
            self.ages.len(),
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
            "  carts: {} changes; {} looks at another node showed the state before, at most {:.1} ms old",
            self.cart_writes,
            self.cart_ages.len(),
            self.cart_ages.last().copied().unwrap_or(0) as f64 / 1_000.0,
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
