//! Runs cargo step by step: streams its output, measures its time, and records failures.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::cargo::cargo;
use crate::durations::Durations;
use crate::test_counts::TestCounts;

/// The root of the repository, where every step runs.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The steps of one run, in order.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failed: Vec<&'static str>,
}

impl Steps {
    /// Runs `cargo` with `arguments`; `name` is the step's name, and the output goes to the terminal.
    pub(crate) fn run(&mut self, name: &'static str, arguments: &[&str]) {
        self.timed(name, arguments, |cargo| {
            Ok(cargo.status().context("cargo does not start")?.success())
        });
    }

    /// Runs tests as [`Steps::run`] does, in this environment; counts them, and reports the slow ones.
    pub(crate) fn count(&mut self, name: &'static str, arguments: &[&str], environment: &[(&str, &str)]) -> TestCounts {
        let mut counts = TestCounts::default();
        let mut durations = Durations::new(threads());
        self.timed(name, arguments, |cargo| {
            cargo.envs(environment.iter().copied());
            counted(cargo, &mut counts, &mut durations)
        });
        println!("\n{}", durations.report());
        counts
    }

    /// Prints what failed; returns `true` when nothing did.
    pub(crate) fn close(self) -> bool {
        println!();
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        self.failed.is_empty()
    }

    fn timed(&mut self, name: &'static str, arguments: &[&str], work: impl FnOnce(&mut Command) -> Result<bool>) {
        println!("\n== {name}: cargo {}", arguments.join(" "));
        let start = Instant::now();
        let mut cargo = cargo("cargo");
        cargo.args(arguments).current_dir(root());
        let passed = work(&mut cargo).unwrap_or_else(|error| {
            println!("{error:#}");
            false
        });
        let verdict = if passed { "done" } else { "FAILED" };
        println!("== {name}: {verdict} in {:.1} s", start.elapsed().as_secs_f64());
        if !passed {
            self.failed.push(name);
        }
    }
}

/// The number of tests that run at once: `RUST_TEST_THREADS`, or two for each core and one more. Most wait for servers and
/// clocks more than for a core.
#[expect(
    clippy::disallowed_methods,
    reason = "a variable of the test runner, not a setting of the shop"
)]
fn threads() -> usize {
    let asked = std::env::var("RUST_TEST_THREADS")
        .ok()
        .and_then(|text| text.parse().ok());
    asked.unwrap_or_else(|| 2 * std::thread::available_parallelism().map_or(1, std::num::NonZero::get) + 1)
}

fn counted(cargo: &mut Command, counts: &mut TestCounts, durations: &mut Durations) -> Result<bool> {
    cargo.env("RUST_TEST_THREADS", threads().to_string());
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cargo does not start")?;
    let output = child.stdout.take().context("cargo has no output")?;
    // Bytes, not `lines()`: a test may print what is not UTF-8, and that must not end the run.
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        counts.add(text.trim_end());
        durations.add(text.trim_end(), Instant::now());
        line.clear();
    }
    Ok(child.wait()?.success())
}
