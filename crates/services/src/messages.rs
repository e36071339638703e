//! Messages for the jobs: put in, claimed, dealt with, tried again, given up.

use std::time::Duration;

use domain::message::{Lane, Message};
use storage::outbox::Claim;

use crate::{Error, Shop, mails};

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// How many tries a message of a lane has before it is given up: syncs twenty minutes, mails half a day, since a mail
/// server may well be away for a night.
const fn tries_max(lane: Lane) -> u32 {
    match lane {
        Lane::Sync => 8,
        Lane::Mail => 20,
    }
}

/// How long a claim holds; a message that takes longer is taken by another. A mail ends within seconds, one way or the
/// other, so that what a dead process had in hand is soon taken up.
const fn claim_span(lane: Lane) -> Duration {
    match lane {
        Lane::Sync => Duration::from_secs(15 * 60),
        Lane::Mail => Duration::from_secs(2 * 60),
    }
}

/// Why a message was not dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// For an operator; holds no secret.
    pub reason: String,
    /// Whether another try would end the same.
    pub for_good: bool,
}

impl Undone {
    /// Another try may end better.
    #[must_use]
    pub fn for_now(reason: String) -> Self {
        Self {
            reason,
            for_good: false,
        }
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::for_now(format!("{error}{}", cause.unwrap_or_default()))
    }
}

impl Shop {
    /// Puts `message` in, once for each `name`; `false` when that was done before.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_once(&self, name: String, message: Message) -> Result<bool, Error> {
        let (id, now) = (self.parts.ids.fresh(), self.now());
        self.write((id, message, name, now), |tx, &(id, ref message, ref name, now)| {
            Box::pin(async move { Ok(tx.outbox().push(id, message, Duration::ZERO, Some(name), now).await?) })
        })
        .await
    }

    /// Claims up to `limit` messages of a lane that are due.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_messages(&self, lane: Lane, limit: u64) -> Result<Vec<Claim>, Error> {
        let (token, span) = (self.parts.ids.fresh(), claim_span(lane));
        self.write((lane, limit, token, span), |tx, &(lane, limit, token, span)| {
            Box::pin(async move { Ok(tx.outbox().claim(lane, limit, token, span).await?) })
        })
        .await
    }

    /// Records how dealing with a message ended: it is done, due again later, or given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_message(&self, claim: &Claim, outcome: Result<(), Undone>) -> Result<(), Error> {
        let settled = self.write((claim.clone(), outcome), |tx, (claim, outcome)| {
            Box::pin(async move {
                let Err(Undone { reason, for_good }) = outcome else {
                    return Ok(tx.outbox().done(claim).await?);
                };
                let buried = *for_good || claim.attempts >= tries_max(claim.message.lane());
                let ours = if buried {
                    tx.outbox().bury(claim, reason).await?
                } else {
                    let wait = wait_after(claim.attempts);
                    tx.outbox().retry(claim, wait, reason).await?
                };
                if ours {
                    mails::note_failure(tx, &claim.message, reason, buried).await?;
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
