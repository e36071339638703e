//! How the shop is: each part asked, none of them trusted to answer soon.

use std::time::Duration;

use cache::RedisState;
use futures::future::BoxFuture;

use crate::OperationService;

/// How a part of the shop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartHealth {
    /// It works.
    Ok,
    /// It works in part, or less well.
    Degraded,
    /// It does not work.
    Down,
    /// It is not set up.
    Absent,
}

/// How the shop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// The database: without it the shop is closed.
    pub database: PartHealth,
    /// The caches: without them it is slower.
    pub cache: PartHealth,
    /// The supplier, by the outcome of the last sync: without it the catalogue stands still.
    pub supplier: PartHealth,
    /// Whether customers may be sent here: the database answers and its schema is this program's.
    pub ready: bool,
}

/// A database that answers later counts as down.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

impl<'a> OperationService<'a> {
    /// Asks each part how it is.
    pub fn health(self) -> BoxFuture<'a, Health> {
        Box::pin(async move {
            let latest = tokio::time::timeout(ANSWER_WITHIN, self.shop.db().sync_runs().latest()).await;
            let database = if matches!(latest, Ok(Ok(_))) {
                PartHealth::Ok
            } else {
                PartHealth::Down
            };
            let in_step = self
                .shop
                .parts
                .cache
                .coherence()
                .pulse_age()
                .is_some_and(|age| age < Duration::from_secs(1));
            // Set and not there: the shop works, slower than it was meant to.
            let redis_is_well = self
                .shop
                .parts
                .cache
                .redis()
                .is_none_or(|redis| redis == RedisState::InUse);
            let supplier = match (&self.shop.parts.supplier, latest) {
                (None, _) => PartHealth::Absent,
                (Some(_), Ok(Ok(Some(run)))) if run.outcome.as_deref().is_some_and(|outcome| outcome == "failed") => {
                    PartHealth::Degraded
                }
                (Some(_), _) => PartHealth::Ok,
            };
            Health {
                database,
                cache: if in_step && redis_is_well {
                    PartHealth::Ok
                } else {
                    PartHealth::Degraded
                },
                supplier,
                ready: database == PartHealth::Ok,
            }
        })
    }
}
