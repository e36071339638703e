//! What a page of the administration takes: its places are counted, so that a new one stays small.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources of the crates, but for tests and migrations.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "tests" | "migrations" | "target" | "testkit") {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") || name.ends_with(".html") || name.ends_with(".css") || name.ends_with(".js") {
            found.push(path);
        }
    }
}

/// The files in which one of `words` stands.
fn files_with(words: &[&str]) -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let mut all = Vec::new();
    sources(&crates, &mut all);
    let naming = all.into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        words.iter().any(|word| text.contains(word))
    });
    naming
        .map(|file| file.strip_prefix(&crates).unwrap().display().to_string())
        .collect()
}

/// The page of background jobs has a table, a filter, an action, a file and a place in the navigation. Everything about it
/// stands in the file that declares it, in the list of pages, and where its rows come from; with its test these are four.
#[test]
fn a_page_with_a_table_a_filter_and_an_action_stands_in_few_files() {
    let page = files_with(&["mod jobs;\nmod mails;\nmod offers;", "dead_letters(", "run_again("]);
    let expected = [
        "services/src/messages.rs",
        "storage/src/outbox/watched.rs",
        "web-admin/src/screens.rs",
        "web-admin/src/screens/jobs.rs",
    ];
    assert_eq!(page, expected.map(str::to_owned).into());
}
