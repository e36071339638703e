//! How the spool writes to the disk, and what it says when the disk refuses.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error as ThisError;

use crate::UnsealError;

/// What went wrong, and with which file; never its content.
#[derive(Debug, ThisError)]
pub enum SpoolError {
    /// The disk refused: it is full, the folder cannot be written or is gone.
    #[error("the spool cannot {step} {}", .path.display())]
    Disk {
        /// What was to be done with the file or folder, to be read after "cannot".
        step: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The answer was sealed with another master key or for another attempt, or its bytes were changed or cut off.
    #[error("the spool cannot open the answer {}", .path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: UnsealError,
    },
    /// The answer was kept by another version of the shop.
    #[error("the spool does not know the layout of the answer {}", .path.display())]
    Layout {
        /// The file.
        path: PathBuf,
    },
}

/// Creates a file that only its owner can read; an existing one is never replaced.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Whether a process is writing this draft now, or has just ended writing it.
pub(super) fn is_being_written(draft: &Path) -> bool {
    match File::open(draft) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Syncs what was created, renamed and removed in a folder to the disk.
pub(super) fn sync(folder: &Path) -> Result<(), SpoolError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at("sync the folder", folder))
}

/// Adds the step and the file to the disk's error.
pub(super) fn at(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
    let path = path.to_owned();
    move |source| SpoolError::Disk { step, path, source }
}
