//! Who deals with which message: the compiler asks for a handler of each kind.

use domain::message::Message;
use domain::refusal::Refusal;
use domain::sync::SyncKind;
use services::messages::Undone;
use services::{Error, Shop};
use tokio_util::sync::CancellationToken;

/// Deals with a message. `worker` names this process to others.
pub(crate) async fn handle(
    shop: &Shop,
    worker: &str,
    message: &Message,
    stop: &CancellationToken,
) -> Result<(), Undone> {
    match message {
        Message::SyncCatalogue { slot } => sync(shop, SyncKind::Full, worker, slot, stop).await,
        Message::CheckStock { slot } => sync(shop, SyncKind::Stock, worker, slot, stop).await,
        Message::SendMail { mail } => shop.send_mail(*mail).await,
    }
}

async fn sync(shop: &Shop, kind: SyncKind, worker: &str, slot: &str, stop: &CancellationToken) -> Result<(), Undone> {
    let holder = format!("{worker}, timetable {slot}");
    match shop.sync(&kind.into(), &holder, &|_| !stop.is_cancelled()).await {
        Ok(_) => Ok(()),
        // A crawl sees what a stock check does not: it waits for it, and is tried again.
        Err(Error::Refused(Refusal::SyncRunning(running)))
            if kind == SyncKind::Full && running.kind == Some(SyncKind::Stock) =>
        {
            Err(Undone::for_now(format!("a stock check is running: {running}")))
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
        Err(error) => Err(Undone::for_now(error.to_string())),
    }
}

const fn tag(kind: SyncKind) -> &'static str {
    match kind {
        SyncKind::Stock => "Stock",
        _ => "G2A Sync",
    }
}
