//! The test switches, `cfg(latchkey_chaos)`: compiled in for tests, and never into a release.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates whose build scripts turn them on.
const WITH_SWITCHES: [&str; 4] = ["cache", "services", "storage", "testkit"];

/// The build script of a crate as cargo compiled it for this very run: the newest of those that lie beside this program.
fn build_script(of: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.ancestors().nth(2).unwrap().join("build");
    let folders = folder.read_dir().unwrap().map(|entry| entry.unwrap());
    folders
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            // `cache-` and sixteen digits.
            name.rsplit_once('-').is_some_and(|(package, _)| package == of)
        })
        .map(|entry| entry.path().join("build-script-build"))
        .filter(|script| script.is_file())
        .max_by_key(|script| script.metadata().unwrap().modified().unwrap())
        .unwrap_or_else(|| panic!("{of} has no build script"))
}

fn is_on(script: &Path, profile: &str, chaos: &str) -> bool {
    let environment = [("PROFILE", profile), ("LATCHKEY_CHAOS", chaos)];
    let output = Command::new(script).envs(environment).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().any(|line| line == "cargo::rustc-cfg=latchkey_chaos")
}

#[test]
fn they_are_on_when_asked_for_and_never_in_a_release() {
    for name in WITH_SWITCHES {
        let script = build_script(name);
        assert!(is_on(&script, "debug", "1"), "{name}");
        assert!(!is_on(&script, "debug", "0"), "{name}");
        assert!(
            !is_on(&script, "release", "1"),
            "{name}: a release would have the switches of tests"
        );
    }
}
