//! Who deals with which message: the compiler asks for a handler of each kind.

use domain::message::Message;
use domain::refusal::Refusal;
use services::{Error, Shop};
use tokio_util::sync::CancellationToken;

/// Deals with the messages that are due, as long as there are any.
pub(crate) async fn deal_with_due(
    shop: &Shop,
    worker: &str,
    at_once: u64,
    stop: &CancellationToken,
) -> Result<(), Error> {
    loop {
        let claims = shop.claim_messages(at_once).await?;
        if claims.is_empty() || stop.is_cancelled() {
            return Ok(());
        }
        for claim in claims {
            let outcome = handle(shop, worker, &claim.message, stop).await;
            if let Err(reason) = &outcome {
                tracing::warn!(
                    kind = claim.message.kind(),
                    attempts = claim.attempts,
                    reason,
                    "[Job] a message failed"
                );
            }
            shop.settle_message(&claim, outcome).await?;
        }
    }
}

async fn handle(shop: &Shop, worker: &str, message: &Message, stop: &CancellationToken) -> Result<(), String> {
    match message {
        Message::SyncCatalogue { slot } => match shop
            .sync_catalogue(&format!("{worker}, timetable {slot}"), &|_| !stop.is_cancelled())
            .await
        {
            Ok(_) => Ok(()),
            // A run that finds the lease taken skips, and says so.
            Err(Error::Refused(Refusal::SyncRunning(who))) => {
                tracing::info!(slot, "[G2A Sync] skipped: a sync is running already: {who}");
                Ok(())
            }
            Err(Error::Refused(Refusal::NoSupplier)) => {
                tracing::warn!(slot, "[G2A Sync] skipped: no supplier is set up");
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        },
    }
}
