//! The duration of each test. Stable libtest does not report it; it is computed from the order in which tests start and
//! end.

use std::time::{Duration, Instant};

/// Tests named in the report.
const NAMED: usize = 15;

/// Follows the output of test programs that run one after another.
#[derive(Debug)]
pub(crate) struct Durations {
    /// Tests of a program that run at the same time.
    threads: usize,
    /// When the running program started.
    began: Option<Instant>,
    /// Its tests, with the times at which they ended.
    ended: Vec<(String, Instant)>,
    took: Vec<(Duration, String)>,
}

impl Durations {
    pub(crate) const fn new(threads: usize) -> Self {
        Self {
            threads,
            began: None,
            ended: Vec::new(),
            took: Vec::new(),
        }
    }

    /// Takes a line that was printed at `now`; it uses `running 5 tests`, `test NAME ... ok` and `test result: …`.
    pub(crate) fn add(&mut self, line: &str, now: Instant) {
        if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.began = Some(now);
            self.ended.clear();
        } else if line.starts_with("test result: ") {
            self.close();
        } else if let Some((name, _)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) {
            let name = name.trim_end_matches(" - should panic").to_owned();
            self.ended.push((name, now));
        }
    }

    /// libtest starts tests in the order of their names, each as soon as a running one has ended.
    fn close(&mut self) {
        let Some(began) = self.began.take() else {
            return;
        };
        let ends: Vec<Instant> = self.ended.iter().map(|(_, end)| *end).collect();
        self.ended.sort_by(|one, other| one.0.cmp(&other.0));
        for (at, (name, end)) in self.ended.drain(..).enumerate() {
            let start = at.checked_sub(self.threads).map_or(began, |freed| ends[freed]);
            self.took.push((end.saturating_duration_since(start), name));
        }
    }

    /// The slowest tests, a line each.
    pub(crate) fn report(mut self) -> String {
        self.took.sort_by(|one, other| other.cmp(one));
        let lines = self.took.iter().take(NAMED);
        let lines = lines.map(|(took, name)| format!("\n{:>8.1} s  {name}", took.as_secs_f64()));
        format!("the slowest tests:{}", lines.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_begins_where_another_ended() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut durations = Durations::new(2);
        for (line, seconds) in [
            ("running 4 tests", 0),
            ("test b::two ... ok", 1),
            // The third begins at 1, the fourth at 4.
            ("test c::three - should panic ... ok", 4),
            ("test a::one ... FAILED", 5),
            ("test d::four ... ok", 7),
            ("test result: FAILED. 3 passed; 1 failed; 0 ignored", 7),
            ("running 1 test", 9),
            ("test a ... ok", 19),
            ("test result: ok. 1 passed; 0 failed; 0 ignored", 19),
        ] {
            durations.add(line, at(seconds));
        }
        assert_eq!(
            durations.report(),
            "the slowest tests:\n    10.0 s  a\n     5.0 s  a::one\n     3.0 s  d::four\n     3.0 s  c::three\n     \
             1.0 s  b::two"
        );
    }
}
