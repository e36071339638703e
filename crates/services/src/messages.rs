//! Messages for jobs: posted, claimed, settled, retried, dead-lettered.

use std::time::Duration;

use domain::listing::{ListPage, ListQuery};
use domain::message::{Message, Queue, QueueState};
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::outbox::{Claim, DeadLetter};
use uuid::Uuid;

use crate::jobs::{self, Job, JobError, JobKind};
use crate::trail::{Actor, Deed};
use crate::{Error, MessageService};

/// The longest pause between two attempts.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

impl<'a> MessageService<'a> {
    /// Posts a message for `job`, once for each `name`; `false` when it was posted before.
    pub fn post_once<J: Job>(self, name: String, job: &J) -> BoxFuture<'a, Result<bool, Error>> {
        self.post(name, jobs::message(job))
    }

    fn post(self, name: String, message: Result<Message, Error>) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let input = (self.shop.parts.ids.fresh(), message?, name, self.shop.now());
            self.shop
                .write(input, |tx, &(id, ref message, ref name, now)| {
                    Box::pin(async move { Ok(tx.outbox().push(id, message, Duration::ZERO, Some(name), now).await?) })
                })
                .await
        })
    }

    /// Claims up to `limit` due messages of a queue, for the longest timeout of the jobs in that queue.
    pub fn claim(self, queue: Queue, kinds: &'a [JobKind], limit: u64) -> BoxFuture<'a, Result<Vec<Claim>, Error>> {
        Box::pin(async move {
            let of_queue = kinds.iter().filter(|kind| kind.queue == queue);
            let span = of_queue.map(|kind| kind.timeout).max().unwrap_or_default();
            let input = (queue, limit, self.shop.parts.ids.fresh(), span);
            self.shop
                .write(input, |tx, &(queue, limit, token, span)| {
                    Box::pin(async move { Ok(tx.outbox().claim(queue, limit, token, span).await?) })
                })
                .await
        })
    }

    /// Records the result of a message of this kind: done, due again later, or dead-lettered.
    pub fn settle(
        self,
        claim: &'a Claim,
        kind: JobKind,
        outcome: Result<(), JobError>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let settled = self
                .shop
                .write((claim.clone(), kind, outcome), |tx, (claim, kind, outcome)| {
                    Box::pin(async move {
                        let Err(JobError { reason, permanent }) = outcome else {
                            return Ok(tx.outbox().done(claim).await?);
                        };
                        let dead_lettered = *permanent || claim.attempts > kind.retries;
                        let ours = if dead_lettered {
                            tx.outbox().dead_letter(claim, reason).await?
                        } else {
                            let wait = wait_after(claim.attempts);
                            tx.outbox().retry(claim, wait, reason).await?
                        };
                        if ours {
                            kind.note_failure(&claim.message, tx, reason, dead_lettered).await?;
                        }
                        Ok(ours)
                    })
                });
            if !settled.await? {
                tracing::warn!("[Job] a message's claim expired before it was settled; another process has it");
            }
            Ok(())
        })
    }

    /// The queues that have open or dead-lettered messages.
    pub fn queues(self) -> BoxFuture<'a, Result<Vec<QueueState>, Error>> {
        Box::pin(async move { Ok(self.shop.db().outbox().queues().await?) })
    }

    /// A page of the dead-lettered messages, each with the name of its job.
    pub fn dead_letters(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<(String, DeadLetter)>, Error>> {
        Box::pin(async move {
            let found = self.shop.db().outbox().dead_letters(query).await?;
            Ok(found.map(|letter| (jobs::name_of(&letter.payload), letter)))
        })
    }

    /// Has a dead-lettered message handled again, with all its attempts.
    ///
    /// # Errors
    /// [`Refusal::DeadLetterNotFound`].
    pub fn run_again(self, id: Uuid, actor: &'a Actor) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), id, actor.clone());
            let revived = self.shop.write(input, |tx, &(ref shop, id, ref actor)| {
                Box::pin(async move {
                    shop.admit(tx, actor, Permission::edit(Noun::Jobs)).await?;
                    let revived = tx.outbox().revive(id).await?;
                    let message = revived.ok_or(Refusal::DeadLetterNotFound)?;
                    let deed = Deed::new(TrailAction::RunJobAgain, "job", &id);
                    let job = jobs::name_of(&message.payload);
                    shop.record(tx, actor, deed.changing(None, Some(job))).await
                })
            });
            revived.await
        })
    }

    /// How many messages wait and how many are dead-lettered.
    pub fn counts(self) -> BoxFuture<'a, Result<storage::outbox::Counts, Error>> {
        Box::pin(async move { Ok(self.shop.db().outbox().counts().await?) })
    }
}

/// Ten seconds after the first attempt, then twice as long each time.
fn wait_after(attempts: u32) -> Duration {
    Duration::from_secs(10)
        .saturating_mul(1 << attempts.clamp(1, 16).saturating_sub(1))
        .min(WAIT_MAX)
}
