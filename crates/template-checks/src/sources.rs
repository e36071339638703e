//! The templates of a crate, as its sources declare them and as they lie in its folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a crate's sources say of its templates.
pub(crate) struct Sources {
    /// Each type with its modules, and the file that it renders.
    pub(crate) templates: Vec<(String, String)>,
    /// Its template files, by their paths in the folder of templates.
    files: BTreeSet<String>,
    /// Those that the types use, of other crates too.
    used: BTreeSet<String>,
}

impl Sources {
    /// Files that no type uses.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &String> {
        self.files.difference(&self.used)
    }
}

/// Reads the sources of the crate in `folder`.
pub(crate) fn read(folder: &Path) -> Sources {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .replace('-', "_");
    let src = folder.join("src");
    let templates: Vec<(String, String)> = files(&src)
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .flat_map(|file| {
            let modules = modules(&name, file.strip_prefix(&src).unwrap_or(file));
            let found = declared(&text(file));
            found
                .into_iter()
                .map(move |(name, path)| (format!("{modules}::{name}"), path))
        })
        .collect();
    let own = folder.join("templates");
    let folders = [own.clone(), folder.join("../web-kit/templates")];
    let mut used = BTreeSet::new();
    let mut to_read: Vec<String> = templates.iter().map(|(_, path)| path.clone()).collect();
    while let Some(path) = to_read.pop() {
        let file = folders
            .iter()
            .map(|folder| folder.join(&path))
            .find(|file| file.is_file());
        to_read.extend(
            file.iter()
                .flat_map(|file| parts(&text(file)))
                .filter(|part| !used.contains(part)),
        );
        used.insert(path);
    }
    let in_folder = |file: &PathBuf| Some(file.strip_prefix(&own).ok()?.to_string_lossy().into_owned());
    Sources {
        templates,
        files: files(&own).iter().filter_map(in_folder).collect(),
        used,
    }
}

/// `web_shop::account::events` for `account/events.rs`.
fn modules(name: &str, file: &Path) -> String {
    let path = file.with_extension("").to_string_lossy().replace('/', "::");
    let path = path.strip_suffix("::mod").unwrap_or(&path);
    match path {
        "lib" => name.to_owned(),
        path => format!("{name}::{path}"),
    }
}

/// The types in a source that are templates, each with its file.
fn declared(source: &str) -> Vec<(String, String)> {
    let pieces = source.split("#[template(path = \"").skip(1);
    let found = pieces.filter_map(|piece| {
        let (path, rest) = piece.split_once('"')?;
        let (_, name) = rest.split_once("struct ")?;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric())?;
        Some((name[..end].to_owned(), path.to_owned()))
    });
    found.collect()
}

/// The files that a template includes or stands in.
fn parts(template: &str) -> Vec<String> {
    let pieces = template.split("{%").skip(1);
    let found = pieces.filter_map(|piece| {
        let piece = piece.trim_start_matches(['-', '~', '+']).trim_start();
        let is_part = ["include ", "extends ", "import "]
            .iter()
            .any(|word| piece.starts_with(word));
        piece.split('"').nth(1).filter(|_| is_part).map(str::to_owned)
    });
    found.collect()
}

#[expect(clippy::panic, reason = "what cannot be read ends its test at once")]
fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
