//! Runs cargo from a program that cargo started.

use std::process::Command;

/// Cargo at `path`, without the variables that describe the current package. Build scripts that read them (ring's does)
/// would run again for each program, and many crates would be compiled again.
#[must_use]
pub(crate) fn cargo(path: &str) -> Command {
    let mut cargo = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let is_of_package =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR";
        if name.to_str().is_some_and(is_of_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}
