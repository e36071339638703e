//! Messages for the jobs: put in, claimed, dealt with, tried again, given up.

use std::time::Duration;

use domain::message::Message;
use storage::outbox::Claim;

use crate::{Error, Shop};

/// How many tries a message has before it is given up.
const TRIES_MAX: u32 = 8;
/// How long a claim holds; a message that takes longer is taken by another.
const CLAIM_SPAN: Duration = Duration::from_secs(15 * 60);
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

impl Shop {
    /// Puts `message` in, once for each `name`; `false` when that was done before.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_once(&self, name: String, message: Message) -> Result<bool, Error> {
        let (id, now) = (self.parts.ids.fresh(), self.now());
        self.write(move |tx| {
            let (name, message) = (name.clone(), message.clone());
            Box::pin(async move { Ok(tx.outbox().push(id, &message, Duration::ZERO, Some(&name), now).await?) })
        })
        .await
    }

    /// Claims up to `limit` messages that are due.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_messages(&self, limit: u64) -> Result<Vec<Claim>, Error> {
        let token = self.parts.ids.fresh();
        self.write(move |tx| Box::pin(async move { Ok(tx.outbox().claim(limit, token, CLAIM_SPAN).await?) }))
            .await
    }

    /// Records how dealing with a message ended: it is done, due again later, or given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_message(&self, claim: &Claim, outcome: Result<(), String>) -> Result<(), Error> {
        let claim = claim.clone();
        let settled = self.write(move |tx| {
            let (claim, outcome) = (claim.clone(), outcome.clone());
            Box::pin(async move {
                Ok(match outcome {
                    Ok(()) => tx.outbox().done(&claim).await?,
                    Err(reason) if claim.attempts >= TRIES_MAX => tx.outbox().bury(&claim, &reason).await?,
                    Err(reason) => tx.outbox().retry(&claim, wait_after(claim.attempts), &reason).await?,
                })
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
