//! The progress of long work: a bar on a terminal, log lines elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::sync::SyncProgress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of a sync.
pub(crate) struct SyncBar {
    bar: ProgressBar,
    /// The tenth that was logged last, if there is no terminal.
    logged_tenth: AtomicU64,
}

impl SyncBar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = "{spinner:.yellow} reading the supplier's catalogue {wide_bar:.yellow/dim} {pos}/{len} · {per_sec} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            bar,
            logged_tenth: AtomicU64::new(0),
        }
    }

    pub(crate) fn show(&self, progress: &SyncProgress) {
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.read);
        let tenth = progress.read * 10 / progress.total.max(1);
        if self.bar.is_hidden() && self.logged_tenth.fetch_max(tenth, Ordering::Relaxed) < tenth {
            tracing::info!(
                read = progress.read,
                total = progress.total,
                "[G2A Sync] reading the supplier's catalogue"
            );
        }
    }

    /// Runs `print` while the bar is hidden.
    pub(crate) fn above(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
