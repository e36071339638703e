//! The pace towards the supplier: nobody calls without a permit, and the urgent pass first.

mod bucket;
mod local;
mod turns;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

pub use bucket::{Bucket, Rate, Slots};
pub use local::LocalPace;
pub(crate) use turns::Turns;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A customer waits for it: may book ahead, so that it passes all others.
    Orders,
    /// Prices and stock of what the shop shows: passes a crawl.
    Stock,
    /// Reading the whole catalogue: takes what is left over, and that may be everything.
    Crawl,
}

/// Why no permit can be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPermit(pub String);

/// What a pace answers who asks for permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many slots are the asker's, in the near future or the very near past.
    Slots {
        /// Counted from the moment at which the pace read its clock.
        slots: Slots,
        /// Not after that moment, on the asker's own clock.
        read_at: Instant,
    },
    /// None now; ask again after so long.
    Wait(Duration),
}

/// Counts the calls of everybody who shares it: of one process ([`LocalPace`]), or of many, over a store of their own
/// that keeps one [`Bucket`]. Each try of each call takes one permit.
pub trait Pace: Send + Sync + fmt::Debug {
    /// Takes up to `want` permits.
    fn take(&self, priority: Priority, want: u32) -> BoxFuture<'_, Result<Taken, NoPermit>>;

    /// No slot is given for `span`: the supplier said that it was asked too often. What other processes hold already,
    /// a tenth of a second's permits and orders booked ahead, is still used.
    fn hold(&self, span: Duration) -> BoxFuture<'_, Result<(), NoPermit>>;

    /// Permits worth taking at once: about a tenth of a second's, so that a high pace does not cost its store one
    /// question for each call.
    fn block(&self) -> u32;
}
