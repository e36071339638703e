//! What a developer runs: `cargo xtask test`, `lint`, `bench` and `chaos`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod bench;
#[path = "../../crates/testkit/src/browser/binaries.rs"]
mod browser_binaries;
#[path = "../../crates/testkit/src/cargo.rs"]
mod cargo;
mod chaos;
mod machine;
#[path = "../../crates/testkit/src/postgres/binaries.rs"]
mod postgres_binaries;
mod steps;
mod tally;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::steps::Steps;

/// What a developer of Latchkey runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Everything that must hold before a commit: installs what the tests need, lints, builds, runs every test.
    Test {
        /// After `--`: handed to the tests (a part of a test's name, `--nocapture`); lints are then left out.
        #[arg(last = true)]
        filter: Vec<String>,
    },
    /// Formatting, clippy with warnings as errors, and cargo-deny where it is installed.
    Lint,
    /// Runs one benchmark in release mode; without a name, lists them.
    Bench {
        /// The benchmark's name.
        name: Option<String>,
        /// Handed to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Breaks a shop of three nodes while it is written and read, and judges every answer.
    Chaos {
        /// `coherence`, then `--minutes N`, `--seed S`, `--database sqlite|postgres`, `--without stamps|pulse|joined`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test { filter } => test(&filter),
        Task::Lint => lint(),
        Task::Chaos { arguments } => machine::prepare().and_then(|()| chaos::run(&arguments)),
        Task::Bench { name: None, .. } => bench::list().map(|()| true),
        Task::Bench {
            name: Some(name),
            arguments,
        } => bench::run(&name, &arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every step even after one has failed: a formatting slip must not hide a failing test.
fn test(filter: &[String]) -> Result<bool> {
    machine::prepare()?;
    let mut steps = Steps::default();
    if filter.is_empty() {
        lints(&mut steps);
    }
    // All at once, with the features of all: programs built by themselves would have others, and half of the house would
    // be compiled twice. The tests that start programs ask for the same.
    steps.run("build", &["build", "--workspace", "--bins", "--tests"]);
    // Without --no-fail-fast the first failing crate would hide the count of the others.
    let mut arguments = vec!["test", "--workspace", "--no-fail-fast", "--"];
    arguments.extend(filter.iter().map(String::as_str));
    let tally = steps.count("tests", &arguments);
    let passed = steps.close();
    println!("{tally}");
    Ok(passed && tally.failed == 0)
}

fn lint() -> Result<bool> {
    let mut steps = Steps::default();
    lints(&mut steps);
    Ok(steps.close())
}

fn lints(steps: &mut Steps) {
    steps.run("formatting", &["fmt", "--all", "--check"]);
    steps.run(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    );
    if machine::has("cargo-deny") {
        steps.run("cargo-deny", &["deny", "check"]);
    } else {
        println!("\n== cargo-deny: left out, it is optional and not installed");
    }
}
