//! The rate limit towards the supplier for all processes of a shop: its token bucket is in the database.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gateways::pace::{Bucket, NoPermit, Pace, Priority, Rate, Taken};
use storage::Db;
use storage::pace::TimeLine;
use tokio::time::Instant;

/// Counts the calls of every process that uses the same database. Costs one short transaction for each
/// [`Pace::block`] of permits, on the database's clock, because the clocks of several machines differ.
#[derive(Clone, Debug)]
pub struct SharedPace {
    db: Db,
    rate: Rate,
}

impl SharedPace {
    /// At most `per_minute` calls of all processes together in any sliding minute. All processes must use the same
    /// number.
    #[must_use]
    pub fn new(db: Db, per_minute: u32) -> Self {
        Self {
            db,
            rate: Rate::per_minute(per_minute),
        }
    }

    /// Updates the time line under its lock; also returns an instant not after the database's clock was read.
    async fn with<T>(&self, with: impl FnOnce(&mut Bucket, i64) -> T) -> Result<(T, Instant), storage::Error> {
        let tx = self.db.begin().await?;
        let before = bucket(tx.pace().lock().await?);
        let read_at = Instant::now();
        let now = tx.pace().now().await?;
        let mut after = before;
        let result = with(&mut after, now);
        if after != before {
            tx.pace().set(after.next_at, after.held_until).await?;
        }
        tx.commit().await?;
        Ok((result, read_at))
    }

    /// How long to wait, if a read without a lock shows that no permit is available: callers that wait must not block
    /// the row, or SQLite's one writer, for those that may proceed.
    async fn wait(&self, priority: Priority) -> Result<Option<Duration>, storage::Error> {
        let mut line = bucket(self.db.pace().look().await?);
        let now = self.db.pace().now().await?;
        Ok(line.take(self.rate, priority, now, 1).err())
    }

    async fn taken(&self, priority: Priority, want: u32) -> Result<Taken, storage::Error> {
        if let Some(wait) = self.wait(priority).await? {
            return Ok(Taken::Wait(wait));
        }
        let (slots, read_at) = self
            .with(|bucket, now| bucket.take(self.rate, priority, now, want))
            .await?;
        Ok(slots.map_or_else(Taken::Wait, |slots| Taken::Slots { slots, read_at }))
    }
}

const fn bucket(line: TimeLine) -> Bucket {
    Bucket {
        next_at: line.next_at,
        held_until: line.held_until,
    }
}

impl Pace for SharedPace {
    fn take(&self, priority: Priority, want: u32) -> BoxFuture<'_, Result<Taken, NoPermit>> {
        async move {
            match self.taken(priority, want).await {
                // Another transaction holds the row, or the file, for long: try again soon.
                Err(storage::Error::Collision(_)) => Ok(Taken::Wait(Duration::from_millis(100))),
                taken => taken.map_err(|error| none(&error)),
            }
        }
        .boxed()
    }

    fn hold(&self, span: Duration) -> BoxFuture<'_, Result<(), NoPermit>> {
        async move {
            let held = self.with(|bucket, now| bucket.hold(now, span)).await;
            held.map(|_| ()).map_err(|error| none(&error))
        }
        .boxed()
    }

    fn block(&self) -> u32 {
        self.rate.block()
    }
}

fn none(error: &storage::Error) -> NoPermit {
    NoPermit(format!("the database keeps the pace, and says: {error}"))
}
