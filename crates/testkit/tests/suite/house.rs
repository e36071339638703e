//! The project's own rules: the walls of ARCHITECTURE.md, the shape of files, the settings' comments.

mod fail_points;
mod paths;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that are not the shop: a tool, a supplier of our own and the tests may use any library.
const OUTSIDE: [&str; 6] = [
    "xtask",
    "g2a-sandbox",
    "fixtures",
    "template-checks",
    "testkit",
    "testkit-macros",
];

/// Whether a crate is part of the shop.
fn ships(name: &str) -> bool {
    !OUTSIDE.contains(&name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository's root")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One row of the walls.
#[derive(Debug)]
struct Wall {
    may_import: BTreeSet<String>,
    /// Libraries that only those may use in whose rows they stand, by their package names.
    owns: BTreeSet<String>,
}

/// Reads the table whose first columns are `crate | may import of ours | alone owns`.
fn walls(page: &str) -> BTreeMap<String, Wall> {
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with("| crate | may import of ours | alone owns"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let named = |cell: &str| cell.split('`').nth(1).unwrap_or(cell).to_owned();
    let shipped = rows.iter().filter(|row| !row[0].ends_with("(dev)"));
    let shipped: BTreeSet<String> = shipped.map(|row| named(row[0])).collect();
    let imports = |cell: &str| match cell {
        "–" => BTreeSet::new(),
        list => list
            .split(", ")
            .flat_map(|part| match part {
                // All that ships: nobody may import the tests.
                "all" => shipped.iter().cloned().collect(),
                name => vec![name.to_owned()],
            })
            .collect(),
    };
    rows.iter()
        .map(|row| {
            (
                named(row[0]),
                Wall {
                    may_import: imports(row[1]),
                    owns: owned(row[2]),
                },
            )
        })
        .collect()
}

/// The libraries a cell names without a condition: `` `x` `` or ``(`x`)``; words after the name (`` `x` towards … ``)
/// and what is no library (`` `commit()` ``) are for people.
fn owned(cell: &str) -> BTreeSet<String> {
    cell.split(',')
        .filter_map(|part| {
            let mut pieces = part.split('`').skip(1);
            let (name, rest) = (pieces.next()?, pieces.next()?);
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            (plain && matches!(rest.trim(), "" | ")")).then(|| name.replace('_', "-"))
        })
        .collect()
}

/// What cargo says of the workspace.
fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo speaks JSON")
}

/// Each crate of the workspace with the packages it depends on when it ships.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies");
            let shipped = all.iter().filter(|dependency| dependency["kind"].is_null());
            (
                text(&package["name"]),
                shipped.map(|dependency| text(&dependency["name"])).collect(),
            )
        })
        .collect()
}

#[test]
fn the_map_of_the_walls_is_true() {
    let walls = walls(&read("ARCHITECTURE.md"));
    let crates = dependencies();
    let drawn: BTreeSet<_> = walls.keys().cloned().collect();
    let built: BTreeSet<_> = crates.keys().filter(|name| *name != "xtask").cloned().collect();
    assert_eq!(
        drawn, built,
        "ARCHITECTURE.md (left) and the workspace (right) name different crates"
    );
    let mut wrong = Vec::new();
    for (name, uses) in &crates {
        for other in uses.iter().filter(|other| walls.contains_key(*other)) {
            if !walls.get(name).is_some_and(|wall| wall.may_import.contains(other)) {
                wrong.push(format!("{name} may not import {other}"));
            }
        }
        for library in uses.iter().filter(|_| ships(name)) {
            let owners: Vec<&String> = walls
                .iter()
                .filter(|(_, wall)| wall.owns.contains(library))
                .map(|(owner, _)| owner)
                .collect();
            if !owners.is_empty() && !owners.contains(&name) {
                wrong.push(format!("{name} uses {library}, which belongs to {owners:?}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "through the walls of ARCHITECTURE.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_crate_has_features() {
    for package in metadata()["packages"].as_array().expect("packages") {
        let features = package["features"].as_object().expect("features");
        assert!(
            features.is_empty(),
            "{}: what one crate turns on is on for all, a switch of tests in what ships; let it be a cfg",
            package["name"]
        );
    }
}

#[test]
fn the_walls_are_read_as_written() {
    let page = "| crate | may import of ours | alone owns | never |\n|---|---|---|---|\n\
                | `domain` | – | the rules | – |\n\
                | `store` | domain | `sea_orm`, `x` towards a friend, mail (`lettre`), `commit()` | – |\n\
                | `front` | all | `clap`, files | – |\n| `testkit` (dev) | all | fakes | ships |\n\nAfter.\n";
    let walls = walls(page);
    let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(list(&walls["domain"].may_import), "");
    assert_eq!(list(&walls["store"].may_import), "domain");
    assert_eq!(list(&walls["store"].owns), "lettre sea-orm");
    assert_eq!(list(&walls["front"].may_import), "domain front store");
    assert!(walls.contains_key("testkit") && walls.len() == 4);
}

/// What git knows or would know, without what it ignores and what is deleted but not yet committed.
fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names in UTF-8");
    let known: BTreeSet<&str> = names.split_terminator('\0').collect();
    known
        .into_iter()
        .filter(|name| root().join(name).is_file())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let nameless = ["util", "utils", "common", "helper", "helpers", "misc", "shared"];
    let mut wrong = Vec::new();
    let sources: Vec<String> = files().into_iter().filter(|name| name.ends_with(".rs")).collect();
    assert!(!sources.is_empty(), "no source file found");
    for name in sources {
        let text = read(&name);
        let opening: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(str::trim)
            .take_while(|l| !l.is_empty())
            .collect();
        if !opening.last().is_some_and(|line| line.ends_with('.')) {
            wrong.push(format!(
                "{name} does not open with a `//!` sentence that ends with a period"
            ));
        }
        if text.lines().count() > 300 {
            wrong.push(format!("{name} has {} lines, 300 at most", text.lines().count()));
        }
        if Path::new(&name)
            .iter()
            .any(|part| nameless.contains(&part.to_str().unwrap().trim_end_matches(".rs")))
        {
            wrong.push(format!("{name}: a drawer is no room, name what lives there"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // In two halves, so that this file does not accuse itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!(")];
    let mut wrong = Vec::new();
    for name in files() {
        // Pictures and other bytes are no text.
        let Ok(text) = fs::read_to_string(root().join(&name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            wrong.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{name}:{}: {word}", number + 1)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "an issue is where later work stands:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_setting_is_explained() {
    let text = read("latchkey.default.toml");
    let mut before = "";
    for line in text.lines() {
        let is_setting = line
            .split_once('=')
            .is_some_and(|(name, _)| !name.trim_start().starts_with('#'));
        assert!(
            !is_setting || before.starts_with('#'),
            "latchkey.default.toml: no comment above `{line}`"
        );
        before = line;
    }
}
