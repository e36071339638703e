//! The one way in which the shop changes anything: begin, do, commit, tell the caches; and again after a collision.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use storage::Tx;

use crate::{Error, Shop, failpoints};

/// How often a use case is run again when another transaction got in its way.
const REPEATS_MAX: u32 = 3;

/// Why a try did not succeed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The database's reason: a collision is tried again.
    Storage(storage::Error),
    /// The use case's own reason: final.
    UseCase(Error),
}

impl From<storage::Error> for Failed {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Storage(error) => error.into(),
            Failed::UseCase(error) => error,
        }
    }
}

impl Shop {
    /// Runs `work` in a transaction of its own and commits it.
    ///
    /// It runs in a task of its own: a caller that hangs up cannot stop it half-way. When it returns, reads of this
    /// process show what was written: the slots were raised before.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, Failed>> + Send + Sync + 'static,
    {
        let shop = self.clone();
        let task = tokio::spawn(async move {
            let mut repeat = 0;
            loop {
                match shop.try_once(&work).await {
                    Err(Failed::Storage(storage::Error::Collision(reason))) if repeat < REPEATS_MAX => {
                        repeat += 1;
                        tracing::debug!(repeat, %reason, "[Job] a transaction collided and runs again");
                        tokio::time::sleep(shop.jitter(Duration::from_millis(10 << repeat))).await;
                    }
                    outcome => return outcome.map_err(Error::from),
                }
            }
        });
        task.await.map_err(|gone| Error::Internal(Box::new(gone)))?
    }

    async fn try_once<T>(
        &self,
        work: &(impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, Failed>> + Send + Sync),
    ) -> Result<T, Failed> {
        let mut tx = self.db().begin().await?;
        let result = work(&mut tx).await?;
        let committing = Instant::now();
        let committed = tx.commit().await?;
        failpoints::pass("write:committed").await;
        if let Some(row) = committed.touched {
            self.raise(&row, committing);
            self.wake_pulse.notify_one();
            self.wake_others.notify_one();
        }
        Ok(result)
    }

    /// Between nothing and `most`.
    fn jitter(&self, most: Duration) -> Duration {
        let [.., byte] = self.parts.ids.fresh().into_bytes();
        most.mul_f64(f64::from(byte) / 255.0)
    }
}
