//! Budgets for costly reads: searches, lists that are not cached, pictures that are not downloaded yet.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::refusal::Refusal;

use crate::Error;

/// Takes one from a caller's budget; returns how long to wait if it is used up.
pub type Budget = Arc<dyn Fn() -> Option<Duration> + Send + Sync>;

tokio::task_local! {
    static BUDGET: Budget;
}

/// Runs `answer` with the budget of its caller. Only the code below the caches knows whether a read is costly.
pub async fn within<F: Future>(budget: Budget, answer: F) -> F::Output {
    BUDGET.scope(budget, answer).await
}

/// Takes one from the current caller's budget; work that the shop starts itself has no budget.
///
/// # Errors
///
/// [`Refusal::TooMany`].
pub(crate) fn spend() -> Result<(), Error> {
    match BUDGET.try_with(|budget| budget()) {
        Ok(Some(wait)) => Err(Refusal::TooMany {
            retry_after_seconds: wait.as_secs() + 1,
        }
        .into()),
        Ok(None) | Err(_) => Ok(()),
    }
}
