//! The health of the shop: each part is probed with a time limit.

use std::time::Duration;

use cache::RedisState;
use domain::id::SupplierName;
use futures::future::BoxFuture;

use crate::OperationService;

/// The health of a part of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartHealth {
    /// It works.
    Ok,
    /// It works partly, or slowly.
    Degraded,
    /// It does not work.
    Down,
    /// It is not set up.
    Absent,
}

/// The health of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// The database: without it the shop cannot serve anything.
    pub database: PartHealth,
    /// The caches: without them the shop is slower.
    pub cache: PartHealth,
    /// The supplier, by the result of the last sync: without it the catalogue is not updated.
    pub supplier: PartHealth,
    /// Whether customers may be routed here: the database answers and its schema is up to date.
    pub ready: bool,
}

/// A database that answers later counts as down.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

impl<'a> OperationService<'a> {
    /// Probes each part.
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
            // Set but unreachable: the shop works, more slowly.
            let redis_is_well = self
                .shop
                .parts
                .cache
                .redis()
                .is_none_or(|redis| redis == RedisState::InUse);
            let supplier = match (self.shop.source(&SupplierName::g2a()).ok(), latest) {
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
