//! Folders named after the process that they serve, so that the next run knows and removes those of processes gone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};

/// This process's folder `{prefix}{process id}` among the temporary ones, empty; those of processes that are gone are
/// removed, since nobody could do it at their end.
pub(crate) fn of_this_process(prefix: &str) -> Result<PathBuf> {
    // Two starts of one process must not sweep away each other's folder.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let temporary = std::env::temp_dir();
    let own = std::process::id();
    for entry in fs::read_dir(&temporary)?.flatten() {
        let name = entry.file_name();
        let process = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix))
            .and_then(|id| id.parse::<u32>().ok());
        // Our own number on an existing folder is a dead process's, whose number came round again.
        if process.is_some_and(|id| id == own || !Path::new("/proc").join(id.to_string()).exists()) {
            // Another user's folder is not ours to remove, and that is no reason to fail.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let folder = temporary.join(format!("{prefix}{own}"));
    fs::create_dir(&folder).with_context(|| format!("the folder {}", folder.display()))?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}
