//! Folders named after the process that uses them, so that the next run can delete those of ended processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};

/// This process's folder `{prefix}{process id}` among the temporary ones, empty. Folders of ended processes are
/// deleted, since they could not do so themselves.
pub(crate) fn of_this_process(prefix: &str) -> Result<PathBuf> {
    // Two starts in one process must not delete each other's folder.
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
        // A folder with our own process id belongs to a dead process with the same id.
        if process.is_some_and(|id| id == own || !Path::new("/proc").join(id.to_string()).exists()) {
            // Another user's folder cannot be deleted, and that is no reason to fail.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let folder = temporary.join(format!("{prefix}{own}"));
    fs::create_dir(&folder).with_context(|| format!("the folder {}", folder.display()))?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}
