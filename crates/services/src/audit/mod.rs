//! Audits of a living shop: what must be true of its rows, and whether what its caches would serve is what it would say.
//!
//! Nothing is written, and nothing waits for an audit. A change between two looks is no difference: of two values that
//! differ the kept one is told of only if the check would still serve it after a pulse that was sent when the other one
//! had been made.

mod keys;

use std::time::{Duration, Instant};

use cache::{InspectedEntry, Key, RedisState};
use domain::id::{GameId, SupplierName};
use domain::money::BasisPoints;
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::audit::Invariant;

use crate::{CacheEntry, Error, OperationService};

/// So many values are compared at most.
const SAMPLE: usize = 1_000;
/// So many are made anew between two looks.
const AT_ONCE: usize = 50;
/// A value that changes under the auditor's eyes is looked at so often.
const LOOKS: u32 = 3;
/// How long Redis may take to be reached, and a pulse to come.
const PATIENCE: Duration = Duration::from_secs(3);
/// The pause between two looks for either.
const PAUSE: Duration = Duration::from_millis(5);

/// What was seen of the values in Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheAudit {
    /// No Redis is set: no process takes values over from another.
    NoRedis,
    /// It does not answer. The shop does without it meanwhile, and so nothing of it is served.
    Away,
    /// What a sample of them is like.
    Compared(Compared),
}

/// A sample of the values in Redis, compared with the database. Each value counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Values that are what the shop would say now.
    pub equal: u64,
    /// Values that nobody would be served: touched since, too old, or of another build or other settings.
    pub not_served: u64,
    /// Values whose names do not say what they show: searches and filters.
    pub not_named: u64,
    /// Values that changed too often to be compared.
    pub restless: u64,
    /// Values that would be served and are wrong, the oldest first.
    pub differences: Vec<AuditDifference>,
}

/// A value that would be served and is not what the shop would say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditDifference {
    /// The key, as operators know it.
    pub key: String,
    /// How long ago it was put there, about.
    pub age: Duration,
    /// What is wrong with it.
    pub what: &'static str,
}

/// A cached value and what the shop says now; `None` for a thing that it does not have.
struct Pair {
    key: Key,
    seen: InspectedEntry,
    fresh: Option<CacheEntry>,
}

impl<'a> OperationService<'a> {
    /// Looks at every promise about the shop's rows.
    pub fn audit_rows(self) -> BoxFuture<'a, Result<Vec<Invariant>, Error>> {
        Box::pin(async move {
            let (audit, suppliers) = (self.shop.db().audit(), &self.shop.parts.suppliers);
            let markups: Vec<(SupplierName, BasisPoints)> = suppliers
                .iter()
                .map(|supplier| (supplier.terms.name.clone(), supplier.markup))
                .collect();
            let mut invariants = audit.invariants(&markups, self.shop.suppliers()).await?;
            invariants.push(self.audit_keys().await?);
            Ok(invariants)
        })
    }

    /// Compares a sample of the values in Redis with what `render` makes of the same keys, given the games that the value
    /// shows besides. This shop's own cache keeps nothing ([`cache::Cache::inspector`]), and its pulse runs.
    ///
    /// # Errors
    /// The database's, also when no pulse comes.
    pub async fn audit_cache(
        self,
        render: impl AsyncFn(&Key, &[GameId]) -> Result<CacheEntry, Error>,
    ) -> Result<CacheAudit, Error> {
        let cache = &self.shop.parts.cache;
        if cache.redis().is_none() {
            return Ok(CacheAudit::NoRedis);
        }
        let started = Instant::now();
        self.pulse_since(started).await?;
        while cache.redis() == Some(RedisState::Away) && started.elapsed() < PATIENCE {
            tokio::time::sleep(PAUSE).await;
        }
        let Some(names) = cache.sample(SAMPLE).await else {
            return Ok(CacheAudit::Away);
        };
        let known = self.known_keys().await?;
        let mut compared = Compared::default();
        let named = names.iter().filter_map(|name| keys::of(name, &known));
        let mut left: Vec<Key> = named.collect();
        compared.not_named = (names.len() - left.len()) as u64;
        for _ in 0..LOOKS {
            let mut again = Vec::new();
            for some in left.chunks(AT_ONCE) {
                again.extend(self.compare(some, &render, &mut compared).await?);
            }
            left = again;
        }
        compared.restless = left.len() as u64;
        compared
            .differences
            .sort_by(|one, other| other.age.cmp(&one.age).then_with(|| one.key.cmp(&other.key)));
        Ok(CacheAudit::Compared(compared))
    }

    /// Compares the values of some keys; returns those that changed meanwhile.
    async fn compare(
        &self,
        keys: &[Key],
        render: &impl AsyncFn(&Key, &[GameId]) -> Result<CacheEntry, Error>,
        compared: &mut Compared,
    ) -> Result<Vec<Key>, Error> {
        let mut pairs = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(seen) = self.shop.parts.cache.inspect(key).await else {
                compared.not_served += 1;
                continue;
            };
            let fresh = match render(key, &seen.value.shows).await {
                Ok(fresh) => Some(fresh),
                Err(Error::Refused(Refusal::GameNotFound)) => None,
                Err(error) => return Err(error),
            };
            let key = key.clone();
            pairs.push(Pair { key, seen, fresh });
        }
        self.pulse_since(Instant::now()).await?;
        let mut again = Vec::new();
        for pair in pairs {
            if !self.shop.parts.cache.admits(&pair.seen) || self.day_began_since(pair.seen.age) {
                again.push(pair.key);
                continue;
            }
            match pair.differs_in() {
                None => compared.equal += 1,
                Some(what) => compared.differences.push(AuditDifference {
                    key: pair.key.to_string(),
                    age: pair.seen.age,
                    what,
                }),
            }
        }
        Ok(again)
    }

    /// Whether another day began since so long ago: what is new or not out yet follows from the date alone.
    fn day_began_since(&self, age: Duration) -> bool {
        let now = self.shop.now();
        now.minus(age).iso_day() != now.iso_day()
    }

    /// Waits for a pulse that was sent after `moment`.
    async fn pulse_since(&self, moment: Instant) -> Result<(), Error> {
        let started = Instant::now();
        self.shop.wake_pulse.notify_one();
        while self
            .shop
            .parts
            .cache
            .coherence()
            .pulse_age()
            .is_none_or(|age| age >= moment.elapsed())
        {
            if started.elapsed() > PATIENCE {
                return Err(Error::Internal("no pulse came from the database".into()));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

impl Pair {
    fn differs_in(&self) -> Option<&'static str> {
        let entry = &self.seen.value;
        let Some(fresh) = &self.fresh else {
            return Some("the shop does not have it");
        };
        if entry.identity != fresh.identity {
            Some("its text is another")
        } else if entry.etag != fresh.etag {
            Some("its tag is another")
        } else if (entry.gzip(), &entry.brotli) != (fresh.gzip(), &fresh.brotli) {
            Some("its compressed text is another")
        } else {
            None
        }
    }
}
