//! The pace towards the supplier for all processes of a shop together: the bucket stands in the database.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gateways::pace::{Bucket, Lane, NoPermit, Pace, Rate, Taken};
use storage::Db;

/// Counts the calls of every process that uses the same database. Costs one short transaction for each
/// [`Pace::block`] of permits, on the database's clock, because the clocks of several machines differ.
#[derive(Clone, Debug)]
pub struct SharedPace {
    db: Db,
    rate: Rate,
}

impl SharedPace {
    /// At most `per_minute` calls of all processes together in any sliding minute. All are to be given the same number.
    #[must_use]
    pub fn new(db: Db, per_minute: u32) -> Self {
        Self {
            db,
            rate: Rate::per_minute(per_minute),
        }
    }

    /// Changes the time line under its lock. `with` returns whether it changed anything.
    async fn with<T>(&self, with: impl FnOnce(&mut Bucket, i64) -> T) -> Result<T, storage::Error> {
        let tx = self.db.begin().await?;
        let line = tx.pace().lock().await?;
        let before = Bucket {
            next_at: line.next_at,
            held_until: line.held_until,
        };
        let mut bucket = before;
        let result = with(&mut bucket, line.now);
        if bucket != before {
            tx.pace().set(bucket.next_at, bucket.held_until).await?;
        }
        tx.commit().await?;
        Ok(result)
    }
}

impl Pace for SharedPace {
    fn take(&self, lane: Lane, want: u32) -> BoxFuture<'_, Result<Taken, NoPermit>> {
        async move {
            let taken = self.with(|bucket, now| bucket.take(self.rate, lane, now, want)).await;
            match taken {
                Ok(slots) => Ok(slots.map_or_else(Taken::Wait, Taken::Slots)),
                // Somebody holds the row for long, or the file: the next look comes soon.
                Err(storage::Error::Collision(_)) => Ok(Taken::Wait(Duration::from_millis(100))),
                Err(error) => Err(NoPermit(format!("the database keeps the pace, and says: {error}"))),
            }
        }
        .boxed()
    }

    fn hold(&self, span: Duration) -> BoxFuture<'_, Result<(), NoPermit>> {
        async move {
            let held = self.with(|bucket, now| bucket.hold(now, span)).await;
            held.map_err(|error| NoPermit(error.to_string()))
        }
        .boxed()
    }

    fn block(&self) -> u32 {
        self.rate.block()
    }
}
