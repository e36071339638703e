//! Maintenance: deletes old touches, settled messages, sent mails, and records of syncs.

use std::time::Duration;

use crate::{Error, OperationService, accounts, guests};
use futures::future::BoxFuture;

/// How long touches are stored; a cache without a pulse for longer starts over.
const TOUCHES_KEPT: Duration = Duration::from_secs(60 * 60);
/// How long messages are stored after they were settled: for as long their names are not used again.
const MESSAGES_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How long mails are stored that were sent, or stored to be read. A mail that could not be sent stays.
const MAILS_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How long security events are stored.
const SECURITY_EVENTS_KEPT: Duration = Duration::from_secs(365 * 86_400);
/// How long idempotency keys are stored.
pub(crate) const IDEMPOTENCY_KEYS_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How long the record of a sync is stored.
const RUNS_KEPT: Duration = Duration::from_secs(90 * 86_400);

impl<'a> OperationService<'a> {
    /// Deletes what is no longer needed.
    pub fn run_maintenance(self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let now = self.shop.now();
            self.shop
                .write_alone(now, |tx, &now| {
                    Box::pin(async move {
                        tx.outbox().trim(now.minus(MESSAGES_KEPT)).await?;
                        tx.mails().trim(now.minus(MAILS_KEPT)).await?;
                        tx.touches().trim(TOUCHES_KEPT).await?;
                        tx.sync_runs().trim(now.minus(RUNS_KEPT)).await?;
                        guests::forget(tx, now).await?;
                        tx.sessions().trim(now).await?;
                        tx.tickets().trim(now).await?;
                        accounts::forget_unused_devices(tx, now).await?;
                        tx.throttles().trim(now).await?;
                        tx.orders().trim_keys(now.minus(IDEMPOTENCY_KEYS_KEPT)).await?;
                        tx.security_events().trim(now.minus(SECURITY_EVENTS_KEPT)).await?;
                        Ok(())
                    })
                })
                .await
        })
    }
}
