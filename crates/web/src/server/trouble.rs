//! A recurring problem: logged once when it begins and once when it is over.

use std::time::Duration;

use tokio::time::Instant;

/// After this time without an occurrence it is over.
const QUIET: Duration = Duration::from_secs(10);

/// The last occurrence; `None` while there is no problem.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<Instant>);

impl Trouble {
    /// Records an occurrence; returns whether the problem begins.
    pub(super) fn begins(&mut self) -> bool {
        self.0.replace(Instant::now()).is_none()
    }

    /// Records a success; returns whether the problem is over.
    pub(super) fn is_over(&mut self) -> bool {
        self.0.take_if(|last| last.elapsed() > QUIET).is_some()
    }
}
