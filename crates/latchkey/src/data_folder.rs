//! The data folder, accessible only to its owner.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The shop's own files in it. Other files in the folder are left as they are.
const OURS: [&str; 9] = [
    "latchkey.db",
    "latchkey.db-wal",
    "latchkey.db-shm",
    "master-key",
    "jwt-secret",
    "demo-accounts",
    "demo-supplier",
    "pictures",
    "trail-head",
];
/// The permissions of group and others.
const OTHERS: u32 = 0o077;

/// Creates the folder with permissions for its owner only, if it does not exist.
///
/// # Errors
/// When it cannot be made, or a file has its name.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Restricts the folder and the shop's files in it to their owner, and logs each change. Files that do not exist yet
/// are created with these permissions.
pub(crate) fn narrow(folder: &Path) {
    let ours = OURS.map(|name| folder.join(name));
    for path in std::iter::once(folder).chain(ours.iter().map(PathBuf::as_path)) {
        // It does not exist, or is not accessible; the code that reads it will report the reason.
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

/// Writes a file that only its owner can read, replacing an existing one.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
