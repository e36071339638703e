//! Tests: all of them with the lints, those of one crate, or those that need no server.

use anyhow::Result;
use clap::Args;

use crate::scratch::Scratch;
use crate::steps::Steps;
use crate::{lints, machine, servers};

/// Which tests.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// Only those that need nothing but SQLite and memory: no PostgreSQL, Redis, browser or mail server. No lints.
    #[arg(long)]
    fast: bool,
    /// Only those of this crate. No lints.
    #[arg(short, long, value_name = "CRATE")]
    package: Option<String>,
    /// Only those whose name contains one of these. No lints.
    filter: Vec<String>,
    /// Handed to the tests as it is: further filters, `--nocapture`, `--skip`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs every step even after one has failed: a formatting error must not hide a failing test.
pub(crate) fn run(wanted: &Wanted) -> Result<bool> {
    if !wanted.fast {
        machine::prepare()?;
    }
    let mut steps = Steps::default();
    let filters = || wanted.filter.iter().chain(&wanted.arguments).map(String::as_str);
    if !wanted.fast && wanted.package.is_none() && filters().next().is_none() {
        lints::all(&mut steps);
    }
    // Without --no-fail-fast the first failing crate would hide the count of the others.
    let mut arguments = vec!["test", "--no-fail-fast"];
    if let Some(package) = &wanted.package {
        arguments.extend(["--package", package]);
    } else {
        // All in one build with the features of the workspace: programs that are built by themselves would have other
        // features, and many crates would be compiled twice. The tests that start programs build the same way.
        steps.run("build", &["build", "--workspace", "--bins", "--tests"]);
        arguments.push("--workspace");
    }
    arguments.push("--");
    arguments.extend(filters());
    let scratch = Scratch::in_memory();
    let mut environment: Vec<_> = scratch
        .iter()
        .filter_map(Scratch::path)
        .map(|path| ("TMPDIR", path))
        .collect();
    if wanted.fast {
        environment.push(("LATCHKEY_TESTS", "fast"));
        arguments.extend(servers::NEEDED_BY.iter().flat_map(|name| ["--skip", name]));
    }
    let counts = steps.count("tests", &arguments, &environment);
    let passed = steps.close();
    println!("{counts}");
    Ok(passed && counts.failed == 0)
}
