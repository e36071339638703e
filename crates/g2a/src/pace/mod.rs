//! The rate limit towards the supplier: every call needs a permit, and urgent calls go first.

mod bucket;
mod local;
mod turns;
mod wall;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

pub use bucket::{Bucket, Rate, Slots};
pub use local::LocalPace;
pub use turns::Permit;
pub(crate) use turns::Turns;

/// The purpose of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A customer waits for it: may book ahead, and so goes before all others.
    Orders,
    /// Prices and stock of visible games: goes before a crawl.
    Stock,
    /// Reading the whole catalogue: takes the remaining permits, which may be all of them.
    Crawl,
}

/// Why no permit can be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPermit(pub String);

/// The result of taking permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// These slots, in the near future or the very near past.
    Slots {
        /// Counted from the moment at which the clock was read.
        slots: Slots,
        /// Not after that moment, on the caller's own clock.
        read_at: Instant,
    },
    /// None now; try again after this time.
    Wait(Duration),
}

/// Counts the calls of all its users: those of one process ([`LocalPace`]), or of several over a shared store with one
/// [`Bucket`]. Each attempt of each call takes one permit.
pub trait Pace: Send + Sync + fmt::Debug {
    /// Takes up to `want` permits.
    fn take(&self, priority: Priority, want: u32) -> BoxFuture<'_, Result<Taken, NoPermit>>;

    /// Blocks all slots for `span`, after a 429. Permits that other processes hold already, a tenth of a second's and
    /// orders booked ahead, are still used.
    fn hold(&self, span: Duration) -> BoxFuture<'_, Result<(), NoPermit>>;

    /// How many permits to take at once: about a tenth of a second's, so that a high rate does not cost the store one
    /// access for each call.
    fn block(&self) -> u32;
}
