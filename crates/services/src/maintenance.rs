//! What the shop forgets in time: touches that every cache has seen, messages that were dealt with, mails that were sent,
//! syncs of long ago.

use std::time::Duration;

use crate::{Error, OperationService, guests};
use futures::future::BoxFuture;

/// Touches are kept this long; a cache that slept longer begins anew.
const TOUCHES_KEPT: Duration = Duration::from_secs(60 * 60);
/// Messages are kept this long after they were dealt with: as long, their names are not given again.
const MESSAGES_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// Mails that were sent, or kept to be read, are kept this long. One that could not be sent stays.
const MAILS_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Security events are stored this long.
const SECURITY_EVENTS_KEPT: Duration = Duration::from_secs(365 * 86_400);
/// The record of a sync is kept this long.
const RUNS_KEPT: Duration = Duration::from_secs(90 * 86_400);

impl<'a> OperationService<'a> {
    /// Deletes what is no longer needed.
    pub fn run_maintenance(self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let now = self.shop.now();
            self.shop
                .write(now, |tx, &now| {
                    Box::pin(async move {
                        tx.outbox().trim(now.minus(MESSAGES_KEPT)).await?;
                        tx.mails().trim(now.minus(MAILS_KEPT)).await?;
                        tx.touches().trim(TOUCHES_KEPT).await?;
                        tx.sync_runs().trim(now.minus(RUNS_KEPT)).await?;
                        guests::forget(tx, now).await?;
                        tx.sessions().trim(now).await?;
                        tx.tickets().trim(now).await?;
                        tx.throttles().trim(now).await?;
                        tx.security_events().trim(now.minus(SECURITY_EVENTS_KEPT)).await?;
                        Ok(())
                    })
                })
                .await
        })
    }
}
