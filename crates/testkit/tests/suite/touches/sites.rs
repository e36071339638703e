//! The places in the sources that write to the database.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that may write. Those above them see neither a transaction nor `Shop::write`; that below is called by them.
const CRATES: [&str; 2] = ["services", "latchkey"];

/// Every function that begins a transaction or gives a use case to `Shop::write`, as `crate/file::function`.
pub(super) fn all() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sites = BTreeSet::new();
    for name in CRATES {
        let sources = crates.join(name).join("src");
        for file in files(&sources) {
            let text = fs::read_to_string(&file).unwrap();
            let place = file.strip_prefix(&sources).unwrap().display();
            sites.extend(functions_that_write(&text).map(|function| format!("{name}/{place}::{function}")));
        }
    }
    sites
}

fn functions_that_write(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().collect();
    let writes = (0..lines.len()).filter({
        let lines = lines.clone();
        move |at| {
            let calls = ["write(", "write_alone("];
            let line = lines[*at].trim_start();
            let is_call = |call: &&str| {
                line.contains(&format!("self.{call}"))
                    || line.contains(&format!("shop.{call}"))
                    || line.starts_with(&format!(".{call}"))
            };
            calls.iter().any(is_call) || line.contains(".begin().await")
        }
    });
    let found: Vec<&str> = writes
        .map(|at| {
            let name = lines[..at].iter().rev().find_map(|line| name_of(line));
            name.expect("what writes stands in a function")
        })
        .collect();
    found.into_iter()
}

/// The name of the function that a line begins to define.
fn name_of(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let is_head = before
        .split_whitespace()
        .all(|word| word == "async" || word == "const" || word.starts_with("pub"));
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    is_head.then(|| &rest[..end])
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
