//! Finds a Chromium on this machine; `xtask` uses the same file before it installs one.

use std::process::Command;

/// The names it goes by, the Debian package's first.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The first of its names that is in `PATH`.
pub(crate) fn find() -> Option<&'static str> {
    NAMES.into_iter().find(|name| {
        Command::new("sh")
            .args(["-c", "command -v -- \"$1\" >/dev/null 2>&1", "sh", name])
            .status()
            .is_ok_and(|status| status.success())
    })
}
