//! The libraries that ship: no unneeded ones, and only one version of each large one.

use std::collections::BTreeSet;
use std::process::Command;

/// What a schema's migrator brought along: a reader of schemas, two calendars and two kinds of decimals.
const UNASKED: [&str; 6] = [
    "sea-orm-migration",
    "sea-schema",
    "chrono",
    "time",
    "rust_decimal",
    "bigdecimal",
];
const ONE_VERSION: [&str; 3] = ["brotli", "toml", "hmac"];

/// Each library that `latchkey` is built of, as `name vVERSION`.
fn shipped() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "latchkey",
            "--edges",
            "normal,build",
            "--offline",
            "--locked",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let library = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    lines.lines().map(library).collect()
}

#[test]
fn nothing_unasked_for_ships_and_nothing_large_twice() {
    let shipped = shipped();
    let versions = |name: &str| -> Vec<&String> {
        let named = |library: &&String| library.split(' ').next() == Some(name);
        shipped.iter().filter(named).collect()
    };
    assert_eq!(versions("sea-orm").len(), 1, "the tree is read as written: {shipped:?}");
    for name in UNASKED {
        assert!(
            versions(name).is_empty(),
            "{name} ships: `cargo tree --invert {name}` tells why"
        );
    }
    for name in ONE_VERSION {
        assert_eq!(versions(name).len(), 1, "{:?}", versions(name));
    }
}
