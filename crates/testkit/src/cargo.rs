//! Cargo, asked by a program that cargo started.

use std::process::Command;

/// Cargo at `path`, not told of which package this program is. Build scripts that read such things (ring's does) would run
/// again for each program that asks, and half of the house would be compiled once more.
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
