//! Who deals with which message: the compiler asks for a handler of each kind.

use domain::message::Message;
use domain::refusal::Refusal;
use domain::sync::SyncKind;
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
        Message::SyncCatalogue { slot } => sync(shop, SyncKind::Full, worker, slot, stop).await,
        Message::CheckStock { slot } => sync(shop, SyncKind::Stock, worker, slot, stop).await,
        Message::SendMail { .. } => Ok(()),
    }
}

async fn sync(shop: &Shop, kind: SyncKind, worker: &str, slot: &str, stop: &CancellationToken) -> Result<(), String> {
    let holder = format!("{worker}, timetable {slot}");
    match shop.sync(&kind.into(), &holder, &|_| !stop.is_cancelled()).await {
        Ok(_) => Ok(()),
        // A crawl sees what a stock check does not: it waits for it, and is tried again.
        Err(Error::Refused(Refusal::SyncRunning(running)))
            if kind == SyncKind::Full && running.kind == Some(SyncKind::Stock) =>
        {
            Err(format!("a stock check is running: {running}"))
        }
        // A run that finds the lease taken skips, and says so.
        Err(Error::Refused(Refusal::SyncRunning(running))) => {
            tracing::info!(slot, "[{}] skipped: a sync is running already: {running}", tag(kind));
            Ok(())
        }
        Err(Error::Refused(Refusal::NoSupplier)) => {
            tracing::warn!(slot, "[{}] skipped: no supplier is set up", tag(kind));
            Ok(())
        }
        // The next look is soon enough.
        Err(error) if kind == SyncKind::Stock => {
            tracing::warn!(slot, "[Stock] the stock was not checked: {error}");
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

const fn tag(kind: SyncKind) -> &'static str {
    match kind {
        SyncKind::Stock => "Stock",
        _ => "G2A Sync",
    }
}
