//! The progress of long work: a bar on a terminal, log lines elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::SupplierName;
use domain::sync::SyncProgress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of a sync.
pub(crate) struct SyncBar {
    bar: ProgressBar,
    supplier: SupplierName,
    /// The tenth that was logged last, if there is no terminal.
    logged_tenth: AtomicU64,
}

impl SyncBar {
    pub(crate) fn new(supplier: &SupplierName) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        // A supplier's name has no braces.
        let style = format!(
            "{{spinner:.yellow}} reading the list of {supplier} {{wide_bar:.yellow/dim}} {{pos}}/{{len}} · {{per_sec}} · {{eta}} left"
        );
        if let Ok(style) = ProgressStyle::with_template(&style) {
            bar.set_style(style);
        }
        Self {
            bar,
            supplier: supplier.clone(),
            logged_tenth: AtomicU64::new(0),
        }
    }

    pub(crate) fn show(&self, progress: &SyncProgress) {
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.read);
        let tenth = progress.read * 10 / progress.total.max(1);
        if self.bar.is_hidden() && self.logged_tenth.fetch_max(tenth, Ordering::Relaxed) < tenth {
            let tag = if self.supplier == SupplierName::g2a() {
                "G2A Sync"
            } else {
                "Sync"
            };
            tracing::info!(
                read = progress.read,
                total = progress.total,
                "[{tag}] reading the list of {}",
                self.supplier
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

/// The progress of an import of keys: without a terminal the rows' fates, which are printed, say it.
pub(crate) struct KeysBar(ProgressBar);

impl KeysBar {
    pub(crate) fn new(rows: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
        let style = "{spinner:.yellow} taking keys {wide_bar:.yellow/dim} {pos}/{len} · {per_sec} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn advance(&self, rows: u64) {
        self.0.inc(rows);
    }

    /// Runs `print` while the bar is hidden.
    pub(crate) fn above(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
