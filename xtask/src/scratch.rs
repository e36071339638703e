//! The tests' temporary folder: in memory if there is enough, because databases wait for a disk at each commit.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's in-memory file system.
const MEMORY: &str = "/dev/shm";
/// The prefix of folders; the rest is the id of the process that uses them.
const PREFIX: &str = "latchkey-tests-";
/// Space in KiB that is always enough for all tests together.
const ROOM: u64 = 4 * 1024 * 1024;

/// A folder in memory, deleted when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// `None` if there is not enough space, or if the environment sets a folder for temporary files.
    pub(crate) fn in_memory() -> Option<Self> {
        sweep();
        if std::env::temp_dir() != Path::new("/tmp") || room()? < ROOM || memory()? < 2 * ROOM {
            return None;
        }
        let folder = Path::new(MEMORY).join(format!("{PREFIX}{}", std::process::id()));
        // PostgreSQL runs as another user, and has a folder of its own in it.
        fs::DirBuilder::new().mode(0o711).create(&folder).ok()?;
        Some(Self(folder))
    }

    /// Its path.
    pub(crate) fn path(&self) -> Option<&str> {
        self.0.to_str()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Servers that end after their tests may still write; the next run deletes what they leave.
        let _ignored = fs::remove_dir_all(&self.0);
    }
}

/// Removes the folders of runs that were killed.
fn sweep() {
    for entry in fs::read_dir(MEMORY).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            // Another user's folder cannot be deleted.
            let _ignored = fs::remove_dir_all(entry.path());
        }
    }
}

/// Free KiB in the folder.
fn room() -> Option<u64> {
    let output = Command::new("df")
        .args(["--output=avail", "-k", MEMORY])
        .output()
        .ok()?;
    String::from_utf8(output.stdout)
        .ok()?
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

/// Available memory in KiB.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse().ok()
}
