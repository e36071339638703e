//! Lines over the last hour, as paths of an SVG that is 360 units wide (ten seconds each) and 100 units high.

use std::fmt::Write as _;
use std::time::Duration;

use domain::clock::Timestamp;
use services::caches::{SAMPLE_EVERY, Sample};

/// The width: an hour of samples.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 100.0;
/// Samples further apart are not joined: there are no figures for the time between them.
const JOINED_WITHIN: Duration = Duration::from_secs(15);

/// A plot of hit rates.
pub(super) struct RatePlot {
    pub(super) line: String,
    /// The labels of the axis, from top to bottom.
    pub(super) marks: [String; 3],
}

/// A plot of lags: the axis is logarithmic.
pub(super) struct LagPlot {
    pub(super) p50: String,
    pub(super) p99: String,
}

/// The lower end of the axis of lags, and its length in powers of ten.
const LAG_FIRST: Duration = Duration::from_micros(100);
const LAG_DECADES: f64 = 5.0;

impl RatePlot {
    /// Hit rates are usually close together: the axis begins at the highest of some round numbers that is not above any
    /// of them.
    pub(super) fn of(samples: &[Sample], now: Timestamp) -> Self {
        let rates = || samples.iter().filter_map(|sample| sample.reads.hit_rate());
        let least = rates().fold(1.0, f64::min) * 100.0;
        let below = [99.0, 95.0, 90.0, 80.0, 50.0].into_iter().find(|mark| *mark <= least);
        let foot = below.unwrap_or(0.0);
        let line = line(samples, now, |sample| {
            let rate = sample.reads.hit_rate()? * 100.0;
            Some((rate - foot) / (100.0 - foot))
        });
        let middle = f64::midpoint(foot, 100.0);
        Self {
            line,
            marks: [100.0, middle, foot].map(|mark| format!("{mark} %")),
        }
    }
}

impl LagPlot {
    pub(super) fn of(samples: &[Sample], now: Timestamp) -> Self {
        let of = |percent| {
            line(samples, now, move |sample| {
                let lag = sample.lag.all().percentile(percent)?;
                let decades = (lag.as_secs_f64() / LAG_FIRST.as_secs_f64()).log10();
                Some(decades / LAG_DECADES)
            })
        };
        Self {
            p50: of(50),
            p99: of(99),
        }
    }
}

/// The path through the heights (0 at the bottom, 1 at the top) of those samples that have one. A sample without a
/// neighbour is drawn as a dot.
fn line(samples: &[Sample], now: Timestamp, height: impl Fn(&Sample) -> Option<f64>) -> String {
    let (mut path, mut last) = (String::new(), None);
    for sample in samples {
        let Some(height) = height(sample) else {
            last = None;
            continue;
        };
        let age = now.since(sample.at);
        let x = WIDTH - age.as_secs_f64() / SAMPLE_EVERY.as_secs_f64();
        let y = HEIGHT * (1.0 - height.clamp(0.0, 1.0));
        let is_joined = last.is_some_and(|last| sample.at.since(last) <= JOINED_WITHIN);
        let step = if is_joined { 'L' } else { 'M' };
        // Writing to a string does not fail. A line without length shows its round end.
        let _ = write!(path, "{step}{x:.1} {y:.1}");
        if !is_joined {
            path.push_str("h0");
        }
        last = Some(sample.at);
    }
    path
}

#[cfg(test)]
mod tests {
    use services::caches::{Lag, Reads};

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    fn sample(second: u64, served: u64, loaded: u64) -> Sample {
        Sample {
            at: at(second),
            reads: Reads { served, loaded },
            lag: Lag::default(),
        }
    }

    #[test]
    fn a_line_ends_where_nobody_counted_and_where_nothing_was_read() {
        let samples = [
            sample(3_570, 1, 1),
            sample(3_580, 1, 0),
            sample(3_590, 0, 0),
            sample(3_600, 3, 1),
            sample(3_660, 1, 1),
        ];
        let plot = RatePlot::of(&samples, at(3_660));
        assert_eq!(plot.line, "M351.0 100.0h0L352.0 0.0M354.0 50.0h0M360.0 100.0h0");
        assert_eq!(plot.marks, ["100 %", "75 %", "50 %"]);
    }

    #[test]
    fn the_axis_begins_close_below_the_least() {
        for (served, loaded, foot) in [(999, 1, "99 %"), (96, 4, "95 %"), (1, 3, "0 %"), (0, 0, "99 %")] {
            let plot = RatePlot::of(&[sample(10, served, loaded)], at(20));
            assert_eq!(plot.marks[2], foot, "{served} of {}", served + loaded);
        }
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let plot = LagPlot::of(&[sample(10, 1, 1)], at(20));
        assert!(plot.p50.is_empty() && plot.p99.is_empty());
    }
}
