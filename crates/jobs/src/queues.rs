//! Queues: messages of one never wait for those of another, and each has a limit on running jobs.

use std::sync::Arc;
use std::time::Duration;

use domain::message::Queue;
use services::jobs::{JobKind, Worker};
use services::view::Claim;
use services::{Error, Shop};
use tokio::task::JoinSet;

use crate::{JOBS, Watch};

/// How often a queue is checked while another job of it may run.
const EVERY: Duration = Duration::from_secs(1);

/// How many jobs of a queue one process runs at once.
const fn at_once(queue: Queue) -> usize {
    match queue {
        // The lease admits one sync; the second job finds it taken, and skips.
        Queue::Sync => 2,
        // A mail server that hangs blocks each job for half a minute.
        Queue::Mail => 8,
    }
}

/// Works on a queue until the worker is to stop; running jobs are finished first.
pub(crate) async fn work(queue: Queue, shop: Shop, worker: Arc<Worker>) {
    let mut in_hand = JoinSet::new();
    let mut watch = Watch::over(queue.as_str());
    while !worker.stop.is_cancelled() {
        watch.saw(&begin_due(queue, &mut in_hand, &shop, &worker).await);
        tokio::select! {
            () = worker.stop.cancelled() => {}
            Some(ended) = in_hand.join_next() => log_unrecorded(ended),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    while let Some(ended) = in_hand.join_next().await {
        log_unrecorded(ended);
    }
}

/// Claims as many messages as may run, and starts each.
async fn begin_due(
    queue: Queue,
    in_hand: &mut JoinSet<Result<(), Error>>,
    shop: &Shop,
    worker: &Arc<Worker>,
) -> Result<(), Error> {
    let room = at_once(queue).saturating_sub(in_hand.len());
    if room == 0 {
        return Ok(());
    }
    let limit = u64::try_from(room).unwrap_or(1);
    for claim in shop.messages().claim(queue, &JOBS, limit).await? {
        let (shop, worker) = (shop.clone(), Arc::clone(worker));
        in_hand.spawn(async move { deal_with(&shop, &worker, &claim).await });
    }
    Ok(())
}

async fn deal_with(shop: &Shop, worker: &Worker, claim: &Claim) -> Result<(), Error> {
    let kind = JobKind::of_message(&claim.message, &JOBS);
    let outcome = kind.run(&claim.message, shop, worker).await;
    if let Err(error) = &outcome {
        tracing::warn!(
            kind = kind.name,
            attempts = claim.attempts,
            reason = error.reason,
            "[Job] a message failed"
        );
    }
    shop.messages().settle(claim, kind, outcome).await
}

/// A message whose result could not be recorded is claimed again when its claim expires.
fn log_unrecorded(ended: Result<Result<(), Error>, tokio::task::JoinError>) {
    let reason = match ended {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(join_error) => join_error.to_string(),
    };
    tracing::error!(reason, "[Job] the result of a message could not be recorded");
}
