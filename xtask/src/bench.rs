//! Benchmarks: one file each beside testkit's `bench` program, run in release mode.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;
use crate::steps::root;

/// Prints every benchmark with the sentence that opens its file.
pub(crate) fn list() -> Result<()> {
    let found = benchmarks()?;
    if found.is_empty() {
        println!("{}", missing());
        return Ok(());
    }
    println!("cargo xtask bench NAME, where NAME is one of:");
    for (name, sentence) in found {
        println!("  {name:<12} {sentence}");
    }
    Ok(())
}

/// Runs the benchmark `name`; `false` when it failed.
pub(crate) fn run(name: &str, arguments: &[String]) -> Result<bool> {
    let found = benchmarks()?;
    if found.is_empty() {
        bail!("{}", missing());
    }
    if !found.iter().any(|(known, _)| known == name) {
        let known: Vec<_> = found.into_iter().map(|(known, _)| known).collect();
        bail!("no benchmark is named `{name}`; there is: {}", known.join(", "));
    }
    // All programs in one build: a separate build with other features would compile many crates again.
    let built = cargo("cargo")
        .args(["build", "--release", "--workspace", "--bins"])
        .current_dir(root())
        .status()
        .context("cargo does not start")?;
    if !built.success() {
        return Ok(false);
    }
    let release = std::env::current_exe()?
        .ancestors()
        .nth(2)
        .context("this program is not in cargo's folder")?
        .join("release");
    if has_switches(&release.join("latchkey"))? {
        bail!("this release has the switches of tests: it is not what ships, and is not measured");
    }
    let status = Command::new(release.join("bench"))
        .arg(name)
        .args(arguments)
        .current_dir(root())
        .status()
        .context("the program does not start")?;
    Ok(status.success())
}

/// Whether a program was compiled with `cfg(latchkey_chaos)`: then it contains the name of a switch.
fn has_switches(program: &Path) -> Result<bool> {
    let found = Command::new("grep")
        .args(["--quiet", "--text", "--fixed-strings", "LATCHKEY_STOP_AT"])
        .arg(program)
        .status()
        .context("grep does not start")?;
    match found.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("{} cannot be read", program.display()),
    }
}

fn folder() -> PathBuf {
    root().join("crates/testkit/src/bin/bench")
}

fn missing() -> &'static str {
    "there is no benchmark yet: crates/testkit/src/bin/bench/main.rs does not exist"
}

/// The name and first sentence of each benchmark: the files are the list, so it is always complete.
fn benchmarks() -> Result<Vec<(String, String)>> {
    if !folder().join("main.rs").is_file() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".rs"))
        else {
            continue;
        };
        if name != "main" {
            let text = fs::read_to_string(&path)?;
            let sentence = text.lines().next().unwrap_or_default().trim_start_matches("//!").trim();
            found.push((name.to_owned(), sentence.to_owned()));
        }
    }
    found.sort();
    Ok(found)
}
