//! A trouble that comes and goes: said once when it begins and once when it is over, however often it happens.

use std::time::Duration;

use tokio::time::Instant;

/// As long as nothing of the kind happened for this time, it is over.
const QUIET: Duration = Duration::from_secs(10);

/// When it happened last; `None` while all is well.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<Instant>);

impl Trouble {
    /// Notes that it happened; whether that is news.
    pub(super) fn begins(&mut self) -> bool {
        self.0.replace(Instant::now()).is_none()
    }

    /// Notes that all went well; whether that is news.
    pub(super) fn is_over(&mut self) -> bool {
        self.0.take_if(|last| last.elapsed() > QUIET).is_some()
    }
}
