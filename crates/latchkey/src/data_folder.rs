//! The data folder: its owner's alone, and so is what lies in it.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the shop keeps there. Anything else in the folder is somebody else's, and left as it is.
const OURS: [&str; 8] = [
    "latchkey.db",
    "latchkey.db-wal",
    "latchkey.db-shm",
    "master-key",
    "jwt-secret",
    "demo-accounts",
    "demo-supplier",
    "pictures",
];
/// Everybody but the owner.
const OTHERS: u32 = 0o077;

/// Makes the folder, for its owner alone, if it is not there.
///
/// # Errors
/// When it cannot be made, or a file has its name.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Closes the folder and what the shop keeps in it to everybody but the owner, and says so in the log. What is not there
/// is made closed.
pub(crate) fn narrow(folder: &Path) {
    let ours = OURS.map(|name| folder.join(name));
    for path in std::iter::once(folder).chain(ours.iter().map(PathBuf::as_path)) {
        // Not there; or it cannot be looked at, and who has to read it will say why.
        let Ok(about) = fs::metadata(path) else { continue };
        let mode = about.permissions().mode() & 0o7777;
        if mode & OTHERS == 0 {
            continue;
        }
        let narrowed = fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS));
        let path = path.display();
        match narrowed {
            Ok(()) => tracing::warn!(
                "[Auth] {path} was open to other users of this machine (mode {mode:04o}) and is its owner's alone now (mode {:04o})",
                mode & !OTHERS
            ),
            Err(error) => tracing::warn!(
                "[Auth] {path} is open to other users of this machine (mode {mode:04o}), and cannot be closed to them: {error}"
            ),
        }
    }
}

/// Writes a file for its owner's eyes alone, in the place of the one that may be there.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
