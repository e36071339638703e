//! Chaos: testkit's `chaos` program, with the programs that it breaks, built with the features of the tests.

use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo::cargo;
use crate::steps::root;

/// Builds everything and runs the program; returns `false` when it found a violation.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let built = cargo("cargo")
        .args(["build", "--workspace", "--bins", "--tests"])
        .current_dir(root())
        .status()
        .context("cargo does not start")?;
    if !built.success() {
        return Ok(false);
    }
    // In the same folder as this program.
    let status = Command::new(std::env::current_exe()?.with_file_name("chaos"))
        .args(arguments)
        .current_dir(root())
        .status()
        .context("the program does not start")?;
    Ok(status.success())
}
