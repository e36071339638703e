//! Installs the servers that the tests need where they are missing (Debian and its derivatives).

use std::io::{IsTerminal, stdin};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{browser_binaries, postgres_binaries};

/// Installs PostgreSQL, Redis, Chromium, npm and a mail server if they are missing; says what to do where it cannot.
pub(crate) fn prepare() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    println!("== the tests need: {}", missing.join(", "));
    if !has("apt-get") {
        bail!(
            "there is no apt-get here: install {} yourself, then try again",
            missing.join(" and ")
        );
    }
    if !is_root() && !has("sudo") {
        bail!(
            "installing needs root or sudo: run `apt-get install {}` as root, then try again",
            missing.join(" ")
        );
    }
    // The package lists of a fresh machine are empty or old; a failing update may still leave enough to install from.
    if !apt(&["update", "--quiet"])? {
        println!("== apt-get update failed; trying with the lists at hand");
    }
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(&missing);
    if !apt(&arguments)? {
        bail!(
            "apt-get could not install {}: its messages stand above",
            missing.join(" and ")
        );
    }
    let still = self::missing();
    if !still.is_empty() {
        bail!("{} was installed and yet is not found", still.join(" and "));
    }
    Ok(())
}

/// Whether a program of this name is in `PATH`.
pub(crate) fn has(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v -- \"$1\" >/dev/null 2>&1", "sh", program])
        .status()
        .is_ok_and(|status| status.success())
}

/// Debian's names of the missing packages.
fn missing() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if postgres_binaries::find().is_none() {
        packages.push("postgresql");
    }
    if !has("redis-server") {
        packages.push("redis-server");
    }
    if browser_binaries::find().is_none() {
        packages.push("chromium");
    }
    // The tests of pages fetch axe-core with it.
    if !has("npm") {
        packages.push("npm");
    }
    if !imports("aiosmtpd") {
        packages.push("python3-aiosmtpd");
    }
    packages
}

/// Whether the system's Python has this module: the tests' mail server is one.
fn imports(module: &str) -> bool {
    Command::new("/usr/bin/python3")
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt(arguments: &[&str]) -> Result<bool> {
    let mut command = if is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        // Without a terminal no password can be typed: fail at once instead of waiting for one.
        if !stdin().is_terminal() {
            sudo.arg("-n");
        }
        sudo.arg("env");
        sudo
    };
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments);
    println!("== apt-get {}", arguments.join(" "));
    Ok(command.status().context("apt-get does not start")?.success())
}
