//! Figures of the caches as the administration shows them.

use std::time::Duration;

use domain::clock::Timestamp;
use services::caches::{CacheStatistics, Histogram, KindCounts, Reads, Sample};
use services::view::RedisState;
use services::view::cache_metrics::{GAME_ROW, RENDERED_GAME, Tier};
use web_kit::format;

/// One line about the current state.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What it means for visitors, or how it was measured.
    pub(super) meaning: String,
}

/// Reads of one kind, by the tier that answered.
pub(super) struct KindRow {
    pub(super) kind: &'static str,
    pub(super) rate: String,
    /// Reads by tier, then values written to memory and to Redis.
    pub(super) counts: Vec<String>,
}

/// Values that were found and not served.
pub(super) struct RejectedRow {
    pub(super) kind: &'static str,
    pub(super) tier: &'static str,
    pub(super) reason: &'static str,
    pub(super) values: String,
}

/// Leases on loads of one kind, by outcome.
pub(super) struct LeaseRow {
    pub(super) kind: &'static str,
    pub(super) counts: Vec<String>,
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

/// The current state of the caches.
pub(super) fn facts(statistics: &CacheStatistics, samples: &[Sample]) -> Vec<Fact> {
    let hour = samples.iter().fold(Reads::default(), |sum, sample| Reads {
        served: sum.served + sample.reads.served,
        loaded: sum.loaded + sample.reads.loaded,
    });
    let redis = match statistics.redis {
        None => ("not set", "Every node keeps its own."),
        Some(RedisState::InUse) => ("in use", "The nodes share what they loaded."),
        Some(RedisState::TakesNothing) => ("takes no values", "It is full or read-only. What it has is read."),
        Some(RedisState::Away) => (
            "away",
            "The circuit breaker is open: the shop uses memory and the database only.",
        ),
    };
    let lag = |name, spread: &Histogram| Fact {
        name,
        value: format!("{} / {}", span(spread.percentile(50)), span(spread.percentile(99))),
        meaning: format::plural(spread.changes(), "change", "changes") + " in the last hour.",
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
            meaning: format::plural(hour.served + hour.loaded, "read", "reads") + " in the last hour.",
        },
        lag("Lag of others' changes, p50 / p99", &statistics.lag.by_pulse),
        lag("Lag of own changes, p50 / p99", &statistics.lag.by_write),
        Fact {
            name: "In memory",
            value: format::plural(statistics.values, "value", "values"),
            meaning: format!("{:.1} MB", megabytes(statistics.bytes)),
        },
    ]
}

#[expect(clippy::cast_precision_loss, reason = "what is in memory stays far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Reads and fills by kind.
pub(super) fn kinds(counts: &[KindCounts]) -> Vec<KindRow> {
    let is_told = |kind: &&KindCounts| kind.reads.iter().sum::<u64>() + kind.filled + kind.written > 0;
    let rows = counts.iter().filter(is_told).map(|kind| {
        let counts = kind.reads.iter().chain([&kind.filled, &kind.written]);
        KindRow {
            kind: named(kind.kind),
            rate: percent(kind.visits()),
            counts: counts.map(|count| format::count(*count)).collect(),
        }
    });
    rows.collect()
}

/// Values that were not served, by reason.
pub(super) fn rejected(counts: &[KindCounts]) -> Vec<RejectedRow> {
    let rejected = counts
        .iter()
        .flat_map(|kind| kind.rejected.iter().map(move |it| (kind, it)));
    let rows = rejected.map(|(kind, rejected)| RejectedRow {
        kind: named(kind.kind),
        tier: match rejected.tier {
            Tier::Response => "Response cache",
            Tier::Memory => "Memory",
            Tier::Redis => "Redis",
        },
        reason: why(rejected.reason),
        values: format::count(rejected.values),
    });
    rows.collect()
}

/// Leases by kind.
pub(super) fn leases(counts: &[KindCounts]) -> Vec<LeaseRow> {
    let is_told = |kind: &&KindCounts| kind.leases.iter().sum::<u64>() > 0;
    let rows = counts.iter().filter(is_told).map(|kind| LeaseRow {
        kind: named(kind.kind),
        counts: kind.leases.iter().map(|count| format::count(*count)).collect(),
    });
    rows.collect()
}

/// The last hour in six steps, newest first: the content of the plots as text, for screen readers.
pub(super) fn spans(samples: &[Sample], now: Timestamp) -> Vec<SpanRow> {
    const LONG: u64 = 10 * 60;
    let rows = (0..6).map(|step| {
        let within = |sample: &&Sample| now.since(sample.at).as_secs() / LONG == step;
        let (mut reads, mut lag) = (Reads::default(), Histogram::default());
        for sample in samples.iter().filter(within) {
            reads.served += sample.reads.served;
            reads.loaded += sample.reads.loaded;
            lag = lag.and(&sample.lag.all());
        }
        SpanRow {
            minutes_ago: format!("{} to {}", step * 10, (step + 1) * 10),
            reads: format::count(reads.served + reads.loaded),
            rate: percent(reads),
            changes: format::count(lag.changes()),
            p50: span(lag.percentile(50)),
            p99: span(lag.percentile(99)),
        }
    });
    rows.collect()
}

/// The administration's name of a kind.
fn named(kind: &'static str) -> &'static str {
    match kind {
        "game" => "Games",
        "home" => "Home page",
        "catalog" => "Catalogue",
        "cart" => "Carts",
        "wishlist" => "Wishlists",
        GAME_ROW => "Games in lists",
        RENDERED_GAME => "Games in lists, rendered",
        other => other,
    }
}

/// The meaning of a metrics label.
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
        "render version" => "Of another version or other settings",
        "name" => "Of another name",
        other => other,
    }
}

fn percent(reads: Reads) -> String {
    // Rounded down: a single load among many reads must not show as 100 %.
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
