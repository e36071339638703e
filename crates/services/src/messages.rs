//! Messages for the jobs: put in, claimed, dealt with, tried again, given up.

use std::time::Duration;

use domain::message::{Message, Queue};
use storage::outbox::Claim;

use crate::jobs::{self, Job, JobError, JobKind};
use crate::{Error, Shop};

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

impl Shop {
    /// Asks for `job`, once for each `name`; `false` when that was done before.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_once<J: Job>(&self, name: String, job: &J) -> Result<bool, Error> {
        self.post(name, jobs::message(job)?).await
    }

    async fn post(&self, name: String, message: Message) -> Result<bool, Error> {
        let input = (self.parts.ids.fresh(), message, name, self.now());
        self.write(input, |tx, &(id, ref message, ref name, now)| {
            Box::pin(async move { Ok(tx.outbox().push(id, message, Duration::ZERO, Some(name), now).await?) })
        })
        .await
    }

    /// Claims up to `limit` messages of a queue that are due, for as long as the slowest of the jobs that wait in it takes.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_messages(&self, queue: Queue, kinds: &[JobKind], limit: u64) -> Result<Vec<Claim>, Error> {
        let of_queue = kinds.iter().filter(|kind| kind.queue == queue);
        let span = of_queue.map(|kind| kind.timeout).max().unwrap_or_default();
        let input = (queue, limit, self.parts.ids.fresh(), span);
        self.write(input, |tx, &(queue, limit, token, span)| {
            Box::pin(async move { Ok(tx.outbox().claim(queue, limit, token, span).await?) })
        })
        .await
    }

    /// Records how dealing with a message of this kind ended: it is done, due again later, or given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_message(
        &self,
        claim: &Claim,
        kind: JobKind,
        outcome: Result<(), JobError>,
    ) -> Result<(), Error> {
        let settled = self.write((claim.clone(), kind, outcome), |tx, (claim, kind, outcome)| {
            Box::pin(async move {
                let Err(JobError { reason, for_good }) = outcome else {
                    return Ok(tx.outbox().done(claim).await?);
                };
                let buried = *for_good || claim.attempts > kind.retries;
                let ours = if buried {
                    tx.outbox().bury(claim, reason).await?
                } else {
                    let wait = wait_after(claim.attempts);
                    tx.outbox().retry(claim, wait, reason).await?
                };
                if ours {
                    kind.note_failure(&claim.message, tx, reason, buried).await?;
                }
                Ok(ours)
            })
        });
        if !settled.await? {
            tracing::warn!("[Job] a message's claim ran out before it was dealt with; another has it");
        }
        Ok(())
    }

    /// How many messages wait and how many were given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn message_counts(&self) -> Result<storage::outbox::Counts, Error> {
        Ok(self.db().outbox().counts().await?)
    }
}

/// Ten seconds after the first try, then twice as long each time.
fn wait_after(attempts: u32) -> Duration {
    Duration::from_secs(10)
        .saturating_mul(1 << attempts.clamp(1, 16).saturating_sub(1))
        .min(WAIT_MAX)
}
