//! The only way to change anything: begin, run the use case, commit, update the caches; and again after a collision.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::refusal::Refusal;
use futures::FutureExt;
use futures::future::BoxFuture;
use storage::Tx;

use crate::{Error, Shop, failpoints, operator_metrics};

/// How often a use case is run again after a collision with another transaction.
const REPEATS_MAX: u32 = 3;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// An error of the database: after a collision the use case is run again.
    Storage(storage::Error),
    /// What the use case had read changed before it was locked: it is run again.
    Overtaken,
    /// An error of the use case: final.
    UseCase(Error),
}

impl Failed {
    const fn may_repeat(&self) -> bool {
        matches!(self, Self::Overtaken | Self::Storage(storage::Error::Collision(_)))
    }
}

impl From<storage::Error> for Failed {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::UseCase(refusal.into())
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::UseCase(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Storage(error) => error.into(),
            Failed::UseCase(error) => error,
            Failed::Overtaken => Self::Internal("what was read changed each time before it was locked".into()),
        }
    }
}

/// The body of a use case: its transaction and its input. It may run more than once.
pub(crate) type Work<I, T> = for<'t> fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T, Failed>>;

/// The result of a use case with its type erased.
pub(crate) type Outcome = Box<dyn Any + Send>;

/// A use case and its input.
struct Case<I, T> {
    input: I,
    work: Work<I, T>,
}

/// A case with its types erased: the code that runs it is compiled once, and not for each use case.
pub(crate) trait AnyCase: Send + Sync {
    fn run<'t>(&'t self, tx: &'t mut Tx) -> BoxFuture<'t, Result<Outcome, Failed>>;
}

impl<I: Send + Sync, T: Send + 'static> AnyCase for Case<I, T> {
    fn run<'t>(&'t self, tx: &'t mut Tx) -> BoxFuture<'t, Result<Outcome, Failed>> {
        let done = (self.work)(tx, &self.input);
        done.map(|done| done.map(|done| Box::new(done) as Outcome)).boxed()
    }
}

impl Shop {
    /// Runs `work` in a transaction and commits it. On SQLite others may share the transaction (see [`crate::group_commit`]);
    /// none sees that of another.
    ///
    /// It runs in a task of its own: a client that disconnects cannot stop it half-way. When it returns, reads of this
    /// process see what was written, because the slots were raised before.
    pub(crate) async fn write<I, T>(&self, input: I, work: Work<I, T>) -> Result<T, Error>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let shares = self.db().is_embedded();
        downcast(self.run_to_commit(Arc::new(Case { input, work }), shares).await?)
    }

    /// The same for work that takes long: nobody waits for it who came before it.
    pub(crate) async fn write_alone<I, T>(&self, input: I, work: Work<I, T>) -> Result<T, Error>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        downcast(self.run_to_commit(Arc::new(Case { input, work }), false).await?)
    }

    /// For tests only: runs `work` as the body of a use case.
    #[cfg(latchkey_chaos)]
    pub async fn write_for_test<I, T>(
        &self,
        input: I,
        work: for<'t> fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T, storage::Error>>,
    ) -> Result<T, Error>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let done = self.write((input, work), |tx, (input, work)| {
            Box::pin(async move { Ok(work(tx, input).await?) })
        });
        done.await
    }

    async fn run_to_commit(&self, case: Arc<dyn AnyCase>, shares: bool) -> Result<Outcome, Error> {
        let shop = self.clone();
        let task = tokio::spawn(async move {
            let mut repeat = 0;
            loop {
                match shop.try_once(&case, shares).await {
                    Err(failed) if failed.may_repeat() && repeat < REPEATS_MAX => {
                        repeat += 1;
                        tracing::debug!(repeat, ?failed, "[Job] a transaction collided and runs again");
                        tokio::time::sleep(shop.jitter(Duration::from_millis(10 << repeat))).await;
                    }
                    outcome => return outcome.map_err(Error::from),
                }
            }
        });
        task.await.map_err(|join_error| Error::Internal(Box::new(join_error)))?
    }

    async fn try_once(&self, case: &Arc<dyn AnyCase>, shares: bool) -> Result<Outcome, Failed> {
        if shares && let Some(outcome) = self.commit_together(Arc::clone(case)).await {
            return outcome;
        }
        let asked = Instant::now();
        let tx = self.db().begin().await;
        operator_metrics::waited_for_connection(asked.elapsed());
        let begun = Instant::now();
        let outcome = self.run_in(tx?, &**case).await;
        operator_metrics::transaction_took(begun.elapsed());
        outcome
    }

    async fn run_in(&self, mut tx: Tx, case: &dyn AnyCase) -> Result<Outcome, Failed> {
        let result = case.run(&mut tx).await?;
        self.commit(tx).await?;
        Ok(result)
    }

    /// Commits, and then makes this process and the others see it.
    pub(crate) async fn commit(&self, tx: Tx) -> Result<(), storage::Error> {
        failpoints::pass("write:committing").await;
        let committing = Instant::now();
        let committed = tx.commit().await?;
        failpoints::pass("write:committed").await;
        if let Some(row) = committed.touched {
            self.raise(&row, committing);
            self.wake_pulse.notify_one();
            self.wake_others.notify_one();
        }
        Ok(())
    }

    /// A random duration up to `most`.
    fn jitter(&self, most: Duration) -> Duration {
        let [.., byte] = self.parts.ids.fresh().into_bytes();
        most.mul_f64(f64::from(byte) / 255.0)
    }
}

fn downcast<T: 'static>(outcome: Outcome) -> Result<T, Error> {
    let outcome = outcome.downcast::<T>().map(|outcome| *outcome);
    outcome.map_err(|_| Error::Internal("a use case brought another's result".into()))
}
