//! The rate limit of a single process: the bucket is in memory.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::time::Instant;

use super::{Bucket, NoPermit, Pace, Priority, Rate, Taken};

/// Counts the calls of one process.
#[derive(Debug)]
pub struct LocalPace {
    rate: Rate,
    begun: Instant,
    bucket: Mutex<Bucket>,
}

impl LocalPace {
    /// At most `n` calls in any sliding minute; 0 counts as 1.
    #[must_use]
    pub fn per_minute(n: u32) -> LocalPace {
        LocalPace {
            rate: Rate::per_minute(n),
            begun: Instant::now(),
            bucket: Mutex::default(),
        }
    }

    fn with<T>(&self, then: impl FnOnce(&mut Bucket, i64) -> T) -> T {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        then(&mut bucket, now)
    }
}

impl Pace for LocalPace {
    fn take(&self, priority: Priority, want: u32) -> BoxFuture<'_, Result<Taken, NoPermit>> {
        let read_at = Instant::now();
        let taken = self.with(|bucket, now| bucket.take(self.rate, priority, now, want));
        ready(Ok(
            taken.map_or_else(Taken::Wait, |slots| Taken::Slots { slots, read_at })
        ))
        .boxed()
    }

    fn hold(&self, span: Duration) -> BoxFuture<'_, Result<(), NoPermit>> {
        self.with(|bucket, now| bucket.hold(now, span));
        ready(Ok(())).boxed()
    }

    fn block(&self) -> u32 {
        self.rate.block()
    }
}
