//! Finds a real PostgreSQL server on this machine; `xtask` uses the same file before it installs one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's folder with one folder for each version, none of them in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with `initdb` and `postgres`, or `None`: the one that `pg_config` names, otherwise Debian's newest
/// version.
///
/// Both must be there. `pg_config` alone comes with the client library too, and a lone `postgres` in `PATH` may be
/// anything.
pub(crate) fn find() -> Option<PathBuf> {
    configured()
        .into_iter()
        .chain(versions(Path::new(DEBIAN)))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

/// The `bin` folders of every installed version, newest first.
fn versions(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, folder)| folder).collect()
}
