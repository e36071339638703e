//! What costs more than to read what is kept, and how much of it one caller may have: searches, lists that nobody asked for
//! lately, pictures that are still where the supplier keeps them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::refusal::Refusal;

use crate::Error;

/// Takes one from what a caller may still have; how long to wait instead, if there is nothing left.
pub type Budget = Arc<dyn Fn() -> Option<Duration> + Send + Sync>;

tokio::task_local! {
    static BUDGET: Budget;
}

/// Answers a caller who has this budget. What costs something is known only where it is done, below caches that spare it.
pub async fn within<F: Future>(budget: Budget, answer: F) -> F::Output {
    BUDGET.scope(budget, answer).await
}

/// Takes one from the budget of the caller who is answered; what the shop does by itself has no bound here.
///
/// # Errors
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
