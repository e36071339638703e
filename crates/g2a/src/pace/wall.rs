//! A moment by the machine's clock, which goes on while the machine sleeps, when the other one stands still.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a second opinion on how much time has passed, not a time that anybody reads"
)]

use std::time::{Duration, SystemTime};

/// A moment after which something is too late.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WallDeadline(SystemTime);

impl WallDeadline {
    pub(super) fn after(span: Duration) -> Self {
        Self(SystemTime::now() + span)
    }

    pub(super) fn is_past(&self) -> bool {
        SystemTime::now() > self.0
    }
}
