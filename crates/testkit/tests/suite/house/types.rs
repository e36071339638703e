//! Public types of the crates that ship: unique names, and no re-exports of another crate's types.

use std::collections::{BTreeMap, BTreeSet};

use super::{files, read, ships, walls};

/// Names that each floor may have: whoever uses one says whose it is.
const EVERYBODYS: [&str; 3] = ["Error", "Settings", "Migration"];

/// Where types of a floor are shown by another: the file, and how its lines begin.
const HANDED_ON: [(&str, &str); 2] = [
    ("crates/services/src/view.rs", "pub use "),
    ("crates/gateways/src/lib.rs", "pub use g2a::pace;"),
];

/// The sources of the crates that ship, each with its crate's name.
fn sources() -> Vec<(String, String)> {
    let walls = walls(&read("ARCHITECTURE.md"));
    let of_shop = |file: &str| {
        let name = file.strip_prefix("crates/")?.split_once("/src/")?.0.to_owned();
        (walls.contains_key(&name) && ships(&name)).then_some(name)
    };
    let all = files().into_iter().filter(|file| file.ends_with(".rs"));
    all.filter_map(|file| Some((of_shop(&file)?, file))).collect()
}

/// The public types that a source defines.
fn types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let (kind, rest) = rest.split_once(' ')?;
        let is_type = matches!(kind, "struct" | "enum" | "trait" | "type" | "union");
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        // A name that a macro is given stands in no line of its own.
        (is_type && end > 0).then(|| &rest[..end])
    })
}

/// The lines of a source of `own` that show what belongs to another of `crates`.
fn handed_on<'t>(text: &'t str, own: &str, crates: &BTreeSet<String>) -> Vec<&'t str> {
    let belongs_to_another = |line: &&str| {
        let rest = line
            .strip_prefix("pub use ")
            .unwrap_or_default()
            .trim_start_matches("::");
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = rest[..end].replace('_', "-");
        name != own && crates.contains(&name)
    };
    text.lines().map(str::trim_start).filter(belongs_to_another).collect()
}

#[test]
fn no_two_public_types_share_a_name() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // The supplier's protocol is a library of its own, with the words of its own world.
    for (_, file) in sources().into_iter().filter(|(name, _)| name != "g2a") {
        for name in types(&read(&file)) {
            places.entry(name.to_owned()).or_default().insert(file.clone());
        }
    }
    assert!(places.len() > 200, "only {} types found", places.len());
    let wrong: Vec<_> = places
        .iter()
        .filter(|(name, files)| files.len() > 1 && !EVERYBODYS.contains(&name.as_str()))
        .collect();
    assert!(wrong.is_empty(), "one name, several types: {wrong:#?}");
}

#[test]
fn no_floor_hands_on_what_is_anothers() {
    let crates: BTreeSet<String> = walls(&read("ARCHITECTURE.md")).into_keys().collect();
    let mut wrong = Vec::new();
    for (name, file) in sources() {
        let text = read(&file);
        let lines = handed_on(&text, &name, &crates).into_iter();
        let lines = lines.filter(|line| {
            !HANDED_ON
                .iter()
                .any(|(there, begin)| file == *there && line.starts_with(begin))
        });
        wrong.extend(lines.map(|line| format!("{file}: {line}")));
    }
    assert!(wrong.is_empty(), "re-exports through a wall:\n{}", wrong.join("\n"));
}

#[test]
fn types_and_re_exports_are_read_as_written() {
    let text =
        "pub struct One<T> {\n    pub enum Two {\npub(crate) struct Three;\npub fn four() {}\npub type Five = u8;\n";
    assert_eq!(types(text).collect::<Vec<_>>(), ["One", "Two", "Five"]);
    let crates = ["storage", "web-kit", "services"]
        .map(str::to_owned)
        .into_iter()
        .collect();
    let text =
        "pub use storage::Db;\nuse storage::Tx;\npub use web_kit;\npub use services::Shop;\npub use own::Thing;\n";
    assert_eq!(
        handed_on(text, "services", &crates),
        ["pub use storage::Db;", "pub use web_kit;"]
    );
}
