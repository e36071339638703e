//! The developer's commands: `cargo xtask check`, `test`, `lint`, `bench` and `chaos`.
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
mod durations;
mod lints;
mod machine;
#[path = "../../crates/testkit/src/postgres/binaries.rs"]
mod postgres_binaries;
mod scratch;
mod servers;
mod steps;
mod test;
mod test_counts;

use std::process::ExitCode;

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
    /// In seconds after a change: formatting, and clippy with warnings as errors, tests included; nothing is run.
    Check,
    /// Everything that must hold before a commit: installs what the tests need, lints, builds, runs every test.
    Test(test::Wanted),
    /// What `check` does, and cargo-deny where it is installed.
    Lint,
    /// Runs one benchmark in release mode; without a name, lists them.
    Bench {
        /// The benchmark's name.
        name: Option<String>,
        /// Handed to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Breaks a shop while it is written and read, or lets its suppliers lie, and judges every answer.
    Chaos {
        /// `coherence` or `feed`, then `--minutes N`, `--seed S`, `--database sqlite|postgres`; with `coherence` also
        /// `--without stamps|pulse|joined`, with `feed` `--without parking`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Check => Ok(linted(lints::quick)),
        Task::Test(wanted) => test::run(&wanted),
        Task::Lint => Ok(linted(lints::all)),
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

fn linted(by: fn(&mut Steps)) -> bool {
    let mut steps = Steps::default();
    by(&mut steps);
    steps.close()
}
