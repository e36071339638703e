//! The server's processes, and signals to them.

use std::fs;
use std::process::Command;

use anyhow::Result;

pub(super) fn signal(name: &str, processes: &[u32]) -> Result<()> {
    let ids = processes.iter().map(u32::to_string);
    // One of them may have ended by itself.
    Command::new("kill").args(["-s", name]).args(ids).output()?;
    Ok(())
}

/// The running child processes of `parent`.
pub(super) fn children_of(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // `id (name) state parent …`; empty for a process that has ended meanwhile.
        let about = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let of = about
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if of == Some(parent.to_string().as_str()) {
            children.push(id);
        }
    }
    Ok(children)
}
