//! Every path that a document names exists.

use std::collections::BTreeSet;
use std::path::Path;

use super::{files, read, root};

/// Endings by which a name is one of a file, wherever it begins.
const ENDINGS: [&str; 7] = ["rs", "toml", "html", "css", "js", "md", "svg"];

/// What stands between backticks and has the shape of a path, outside blocks of code; and names of source files alone.
fn named(text: &str) -> Vec<&str> {
    let mut in_block = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    });
    let plain = |part: &&str| {
        let begins = part.starts_with(|c: char| c.is_ascii_alphanumeric());
        begins
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
            && (part.contains('/') || part.ends_with(".rs"))
    };
    prose
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(plain)
        .collect()
}

/// Whether `path` is one of this tree, as the documents write them: from the root, or from a crate's name on, without
/// its `src` and without the ending of sources. What begins with no folder of ours and has no file's ending is none.
fn is_there(path: &str, folders: &BTreeSet<String>, names: &BTreeSet<&str>) -> bool {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if rest.is_empty() && !path.contains('/') {
        return names.contains(path);
    }
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    if !folders.contains(first) && !ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
        return true;
    }
    let places = [
        path.to_owned(),
        format!("crates/{path}"),
        format!("crates/{first}/src/{rest}"),
    ];
    places
        .iter()
        .map(|place| place.trim_end_matches('/'))
        .any(|place| root().join(place).exists() || root().join(format!("{place}.rs")).exists())
}

/// The folders of the root, and the crates.
fn folders(files: &[String]) -> BTreeSet<String> {
    let first = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let crates = files.iter().filter_map(|file| first(file.strip_prefix("crates/")?));
    files.iter().filter_map(|file| first(file)).chain(crates).collect()
}

#[test]
fn every_path_that_a_document_names_exists() {
    let files = files();
    let names: BTreeSet<&str> = files.iter().filter_map(|file| file.rsplit('/').next()).collect();
    let folders = folders(&files);
    let (mut wrong, mut found) = (Vec::new(), 0);
    for document in files.iter().filter(|file| file.ends_with(".md")) {
        let text = read(document);
        let paths = named(&text);
        found += paths.len();
        let lost = paths.into_iter().filter(|path| !is_there(path, &folders, &names));
        wrong.extend(lost.map(|path| format!("{document} names {path}")));
    }
    assert!(found > 100, "only {found} paths found in the documents");
    assert!(wrong.is_empty(), "not in the tree:\n{}", wrong.join("\n"));
}

#[test]
fn a_path_is_found_and_missed_as_the_documents_write_them() {
    let text =
        "See `domain/money.rs`, `a b/c` and `game:*`.\n```\n`left/out.rs`\n```\n(`house.rs`, `/api/x`, `x/<noun>.rs`)";
    assert_eq!(named(text), ["domain/money.rs", "house.rs"]);
    let files = files();
    let names: BTreeSet<&str> = files.iter().filter_map(|file| file.rsplit('/').next()).collect();
    let folders = folders(&files);
    for (path, there) in [
        ("domain/money.rs", true),
        ("domain/money", true),
        ("crates/domain/src/money.rs", true),
        ("testkit/tests/suite/", true),
        ("docs/decisions", true),
        ("house.rs", true),
        ("somebody/else", true),
        ("domain/gone.rs", false),
        ("domain/gone", false),
        ("gone/file.rs", false),
        ("gone.rs", false),
    ] {
        assert_eq!(is_there(path, &folders, &names), there, "{path}");
    }
}
