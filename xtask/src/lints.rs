//! Checks that run no test: formatting, clippy, cargo-deny.

use std::path::PathBuf;

use crate::machine;
use crate::steps::Steps;

/// All checks.
pub(crate) fn all(steps: &mut Steps) {
    quick(steps);
    deny(steps);
}

/// Checks that take seconds after a change: nothing is linked, nothing is run, and unchanged crates are not checked
/// again.
pub(crate) fn quick(steps: &mut Steps) {
    steps.run("formatting", &["fmt", "--all", "--check"]);
    steps.run(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    );
}

/// Licences, bans and sources, if cargo-deny is installed; advisories, if it has their database. Nothing is compiled or
/// fetched for it.
fn deny(steps: &mut Steps) {
    if !machine::has("cargo-deny") {
        println!("\n== cargo-deny: left out, it is optional and not installed");
        return;
    }
    let mut arguments = vec!["deny", "--offline", "check", "bans", "licenses", "sources"];
    if has_advisories() {
        arguments.push("advisories");
    } else {
        println!("\n== advisories: left out, cargo-deny has not fetched their database (`cargo deny fetch`)");
    }
    steps.run("cargo-deny", &arguments);
}

/// Whether cargo-deny has fetched a database of advisories before: it is in a folder of Cargo's.
#[expect(
    clippy::disallowed_methods,
    reason = "a tool of developers, which looks where Cargo itself does"
)]
fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let databases = cargo.and_then(|cargo| cargo.join("advisory-dbs").read_dir().ok());
    databases.is_some_and(|mut databases| databases.next().is_some())
}
