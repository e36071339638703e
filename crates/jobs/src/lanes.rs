//! Lanes: messages of one never wait for those of another, and so many of each are dealt with at once.

use std::sync::Arc;
use std::time::Duration;

use domain::message::Lane;
use services::view::Claim;
use services::{Error, Shop};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Watch, handlers};

/// How often a lane looks for messages when it has room for them.
const EVERY: Duration = Duration::from_secs(1);

/// How many messages of a lane one process deals with at once.
const fn at_once(lane: Lane) -> usize {
    match lane {
        // The lease admits one; the second is there to find that, and to skip.
        Lane::Sync => 2,
        // A mail server that hangs holds each for half a minute.
        Lane::Mail => 8,
    }
}

/// Works on a lane until `stop`; what was begun is finished first.
pub(crate) async fn work(lane: Lane, shop: Shop, worker: Arc<str>, stop: CancellationToken) {
    let mut in_hand = JoinSet::new();
    let mut watch = Watch::over(lane.as_str());
    while !stop.is_cancelled() {
        watch.saw(&begin_due(lane, &mut in_hand, &shop, &worker, &stop).await);
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = in_hand.join_next() => said(ended),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    while let Some(ended) = in_hand.join_next().await {
        said(ended);
    }
}

/// Claims as many messages as there is room for, and begins with each.
async fn begin_due(
    lane: Lane,
    in_hand: &mut JoinSet<Result<(), Error>>,
    shop: &Shop,
    worker: &Arc<str>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let room = at_once(lane).saturating_sub(in_hand.len());
    if room == 0 {
        return Ok(());
    }
    for claim in shop.claim_messages(lane, u64::try_from(room).unwrap_or(1)).await? {
        let (shop, worker, stop) = (shop.clone(), Arc::clone(worker), stop.clone());
        in_hand.spawn(async move { deal_with(&shop, &worker, &claim, &stop).await });
    }
    Ok(())
}

async fn deal_with(shop: &Shop, worker: &str, claim: &Claim, stop: &CancellationToken) -> Result<(), Error> {
    let outcome = handlers::handle(shop, worker, &claim.message, stop).await;
    if let Err(undone) = &outcome {
        tracing::warn!(
            kind = claim.message.kind(),
            attempts = claim.attempts,
            reason = undone.reason,
            "[Job] a message failed"
        );
    }
    shop.settle_message(claim, outcome).await
}

/// A message whose end could not be written down is taken up again when its claim runs out.
fn said(ended: Result<Result<(), Error>, tokio::task::JoinError>) {
    let reason = match ended {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(gone) => gone.to_string(),
    };
    tracing::error!(reason, "[Job] how a message ended is not written down");
}
