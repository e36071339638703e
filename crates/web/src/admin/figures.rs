//! Figures of the caches, in the words of the administration.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::clock::Timestamp;
use services::caches::tally::{Count, Event, GAME_ROW, LeaseStep, Read, Tier, Write};
use services::caches::{CacheStatistics, Reads, RedisState, Sample, Spread};

use crate::shop::words;

/// How something is now.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What it means for visitors, or how it was found out.
    pub(super) meaning: String,
}

/// What was read of one kind, and which tier answered.
#[derive(Default)]
pub(super) struct KindRow {
    pub(super) kind: &'static str,
    pub(super) reads: [u64; 6],
    pub(super) filled: u64,
    pub(super) written: u64,
}

/// What was in hand and not served.
pub(super) struct RejectedRow {
    pub(super) kind: &'static str,
    pub(super) tier: &'static str,
    pub(super) reason: &'static str,
    pub(super) values: String,
}

/// What became of leases on one kind.
#[derive(Default)]
pub(super) struct LeaseRow {
    pub(super) kind: &'static str,
    pub(super) steps: [u64; 4],
}

/// Ten minutes of the last hour.
pub(super) struct SpanRow {
    pub(super) minutes_ago: String,
    pub(super) reads: String,
    pub(super) rate: String,
    pub(super) changes: String,
    pub(super) p50: String,
    pub(super) p99: String,
}

impl KindRow {
    pub(super) fn counts(&self) -> Vec<String> {
        let columns = self.reads.iter().chain([&self.filled, &self.written]);
        columns.map(|count| words::count(*count)).collect()
    }

    pub(super) fn rate(&self) -> String {
        let [.., loaded] = self.reads;
        let served = self.reads.iter().sum::<u64>() - loaded;
        percent(Reads { served, loaded })
    }
}

impl LeaseRow {
    pub(super) fn counts(&self) -> Vec<String> {
        self.steps.iter().map(|count| words::count(*count)).collect()
    }
}

/// How the caches are at this moment.
pub(super) fn facts(statistics: &CacheStatistics, samples: &[Sample]) -> Vec<Fact> {
    let hour = samples.iter().fold(Reads::default(), |sum, sample| Reads {
        served: sum.served + sample.reads.served,
        loaded: sum.loaded + sample.reads.loaded,
    });
    let redis = match statistics.redis {
        None => ("not set", "Every node keeps its own."),
        Some(RedisState::InUse) => ("in use", "The nodes share what they loaded."),
        Some(RedisState::TakesNothing) => ("takes no values", "It is full or read-only. What it has is read."),
        Some(RedisState::Away) => ("away", "The breaker is open: memory and the database do without it."),
    };
    let lag = |name, spread: &Spread| Fact {
        name,
        value: format!("{} / {}", span(spread.percentile(50)), span(spread.percentile(99))),
        meaning: words::several(spread.changes(), "change", "changes") + " in the last hour.",
    };
    vec![
        Fact {
            name: "Last pulse",
            value: statistics
                .pulse_age
                .map_or("none yet".to_owned(), |age| span(Some(age)) + " ago"),
            meaning: if statistics.in_step {
                "Caches are in use.".to_owned()
            } else {
                "Caches rest: everything is asked of the database.".to_owned()
            },
        },
        Fact {
            name: "Redis",
            value: redis.0.to_owned(),
            meaning: redis.1.to_owned(),
        },
        Fact {
            name: "Hit rate",
            value: percent(hour),
            meaning: words::several(hour.served + hour.loaded, "read", "reads") + " in the last hour.",
        },
        lag("Lag of others' changes, p50 / p99", &statistics.lag.by_pulse),
        lag("Lag of own changes, p50 / p99", &statistics.lag.by_write),
        Fact {
            name: "In memory",
            value: words::several(statistics.values, "value", "values"),
            meaning: format!("{:.1} MB", megabytes(statistics.bytes)),
        },
    ]
}

#[expect(clippy::cast_precision_loss, reason = "what is in memory stays far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Reads and fills by kind.
pub(super) fn kinds(counts: &[Count]) -> Vec<KindRow> {
    let mut rows: BTreeMap<&str, KindRow> = BTreeMap::new();
    for count in counts {
        let row = || KindRow {
            kind: named(count.kind),
            ..KindRow::default()
        };
        match count.event {
            Event::Read(read) => {
                let at = match read {
                    Read::AtHand => 0,
                    Read::Hit => 1,
                    Read::Joined => 2,
                    Read::Shared => 3,
                    Read::Confirmed => 4,
                    Read::Miss => 5,
                };
                rows.entry(count.kind).or_insert_with(row).reads[at] += count.count;
            }
            Event::Filled => rows.entry(count.kind).or_insert_with(row).filled += count.count,
            Event::Write(Write::Done) if count.kind != "forget" => {
                rows.entry(count.kind).or_insert_with(row).written += count.count;
            }
            _ => {}
        }
    }
    rows.into_values().collect()
}

/// What was not served, and why.
pub(super) fn rejected(counts: &[Count]) -> Vec<RejectedRow> {
    let rejected = counts.iter().filter_map(|count| match count.event {
        Event::Rejected(tier, reason) => Some(RejectedRow {
            kind: named(count.kind),
            tier: match tier {
                Tier::AtHand => "At hand",
                Tier::Memory => "Memory",
                Tier::Redis => "Redis",
            },
            reason: why(reason),
            values: words::count(count.count),
        }),
        _ => None,
    });
    rejected.collect()
}

/// Leases by kind.
pub(super) fn leases(counts: &[Count]) -> Vec<LeaseRow> {
    let mut rows: BTreeMap<&str, LeaseRow> = BTreeMap::new();
    for count in counts {
        let Event::Lease(step) = count.event else { continue };
        let row = rows.entry(count.kind).or_insert_with(|| LeaseRow {
            kind: named(count.kind),
            ..LeaseRow::default()
        });
        let at = match step {
            LeaseStep::Taken => 0,
            LeaseStep::Waited => 1,
            LeaseStep::WaitedInVain => 2,
            LeaseStep::Lost => 3,
        };
        row.steps[at] += count.count;
    }
    rows.into_values().collect()
}

/// The last hour in six steps, the newest first: what the plots show, for who cannot see them.
pub(super) fn spans(samples: &[Sample], now: Timestamp) -> Vec<SpanRow> {
    const LONG: u64 = 10 * 60;
    let rows = (0..6).map(|step| {
        let within = |sample: &&Sample| now.since(sample.at).as_secs() / LONG == step;
        let (mut reads, mut lag) = (Reads::default(), Spread::default());
        for sample in samples.iter().filter(within) {
            reads.served += sample.reads.served;
            reads.loaded += sample.reads.loaded;
            lag = lag.and(&sample.lag.all());
        }
        SpanRow {
            minutes_ago: format!("{} to {}", step * 10, (step + 1) * 10),
            reads: words::count(reads.served + reads.loaded),
            rate: percent(reads),
            changes: words::count(lag.changes()),
            p50: span(lag.percentile(50)),
            p99: span(lag.percentile(99)),
        }
    });
    rows.collect()
}

/// A kind as the administration calls it.
fn named(kind: &'static str) -> &'static str {
    match kind {
        "game" => "Games",
        "home" => "Home page",
        "catalog" => "Catalogue",
        "cart" => "Carts",
        "wishlist" => "Wishlists",
        GAME_ROW => "Games in lists",
        other => other,
    }
}

/// What a reason of the metrics means.
fn why(reason: &'static str) -> &'static str {
    match reason {
        "slot" => "It was changed since",
        "floor" => "Older than what is known of changes",
        "incarnation" => "Of another database, or an older copy of it",
        "pulse age" => "The pulse was too old",
        "order" => "Its order may be too old",
        "lifetime" => "Its lifetime was over",
        "ahead" => "Newer than this node's pulse",
        "unreadable" => "Not in the shop's form",
        "edition" => "Of another version or other settings",
        "name" => "Of another name",
        other => other,
    }
}

fn percent(reads: Reads) -> String {
    // Rounded down: one load among many reads is not nothing.
    let tenths = |rate: f64| (rate * 1_000.0).floor() / 10.0;
    reads
        .hit_rate()
        .map_or("–".to_owned(), |rate| format!("{:.1} %", tenths(rate)))
}

fn span(span: Option<Duration>) -> String {
    let Some(span) = span else { return "–".to_owned() };
    match span.as_secs_f64() * 1_000.0 {
        millis if millis < 10.0 => format!("{millis:.1} ms"),
        millis if millis < 1_000.0 => format!("{millis:.0} ms"),
        millis => format!("{:.1} s", millis / 1_000.0),
    }
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
