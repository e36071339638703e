//! The shared tier: values in Redis, each checked by its stamp after it was read.
//!
//! Redis may be absent, empty, full, paused, restored from an old copy or shared with others. A value from it is served
//! only if it passes the same check as one in memory; any other fault costs a load, is counted, and is logged once.

mod authenticator;
mod envelope;
mod fault;
mod lease;
mod link;
mod probe;
mod queue;
mod sample;
mod sweep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::{Client, Pipeline};
use bytes::Bytes;
use domain::pattern::Pattern;
use domain::touch::Touch;

pub use self::probe::{ConnectError, RedisProbe};
pub use self::sweep::RedisSwept;

use self::authenticator::Authenticator;
use self::lease::Lease;
use self::link::{Link, Right};
use self::queue::{Job, Put, Queue, Writer};
use crate::cache_metrics::{CacheMetrics, Event, LeaseStep, Tier};
use crate::{CacheEntry, Coherence, Key};

/// The time limit for Redis: a load from the database takes about as long.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(50);
/// How long a reader waits for another process that loads the same key, before it loads the key itself.
const WAITS_FOR_OTHERS: Duration = Duration::from_millis(250);
/// The pause between its checks.
const LOOKS_AGAIN: Duration = Duration::from_millis(4);
const LOOKS_AGAIN_MAX: Duration = Duration::from_millis(32);
/// The most keys that one command removes.
const FORGOTTEN_AT_ONCE: usize = 500;

/// The address of Redis, and the part of it that belongs to the shop.
#[derive(Clone)]
pub struct Settings {
    /// `redis://…`, credentials and the database's number included.
    pub url: String,
    /// The prefix of all keys of the shop; may be empty.
    pub prefix: String,
    /// The time limit of each command, connecting included; usually [`ANSWER_WITHIN`].
    pub answer_within: Duration,
}

/// Which values in Redis are used: those of processes with the same key that render alike.
#[derive(Clone)]
pub struct Origin {
    /// The key of the values' MACs.
    pub mac_key: [u8; 32],
    /// Differs between programs and settings that render differently.
    pub render_version: u64,
}

/// The shared tier.
#[derive(Debug)]
pub(crate) struct Redis {
    link: Arc<Link>,
    metrics: Arc<CacheMetrics>,
    queue: Queue,
    prefix: String,
    authenticator: Authenticator,
    render_version: u64,
}

/// The result for a reader with nothing in memory.
#[derive(Debug)]
pub(crate) enum Found {
    /// A value that passed the check.
    Value(CacheEntry),
    /// No value, and no other process loads it: this reader loads it for all.
    Lease(#[expect(dead_code, reason = "held until the value is put, then dropped")] Lease),
    /// No value, and no reason to wait.
    Nothing,
}

/// The result of one look-up, and whether it acquired the lease.
struct Looked {
    value: Option<CacheEntry>,
    lease: Option<bool>,
}

impl Redis {
    /// Connects in the background. Must be called within a runtime.
    ///
    /// # Errors
    ///
    /// The address is not a Redis URL.
    pub(crate) fn new(
        settings: Settings,
        origin: &Origin,
        coherence: Arc<Coherence>,
        metrics: Arc<CacheMetrics>,
    ) -> Result<Self, ConnectError> {
        let client = Client::open(settings.url).map_err(|_| ConnectError::Address)?;
        let link = Link::new(client, format!("{}probe", settings.prefix), settings.answer_within);
        let authenticator = Authenticator::new(&origin.mac_key);
        let writer = Writer {
            link: Arc::clone(&link),
            coherence,
            authenticator: authenticator.clone(),
            render_version: origin.render_version,
            metrics: Arc::clone(&metrics),
        };
        Ok(Self {
            queue: Queue::new(writer),
            link,
            metrics,
            prefix: settings.prefix,
            authenticator,
            render_version: origin.render_version,
        })
    }

    pub(crate) fn is_in_use(&self) -> bool {
        self.link.is_in_use()
    }

    pub(crate) fn takes_values(&self) -> bool {
        self.link.takes_values()
    }

    /// The value of `key`, or the lease to load it. Waits briefly while another process loads it.
    pub(crate) async fn find(&self, key: &Key, coherence: &Coherence) -> Found {
        // Before the first pulse nothing may be cached, so there is nothing to find.
        if coherence.stamp().is_none() || !self.is_in_use() {
            return Found::Nothing;
        }
        let name = key.to_string();
        match self.look(key, &name, coherence, false).await {
            Some(Looked { value: Some(value), .. }) => return Found::Value(value),
            Some(_) => {}
            None => return Found::Nothing,
        }
        let (asked, mut pause) = (Instant::now(), LOOKS_AGAIN);
        loop {
            let since = Instant::now();
            let Some(looked) = self.look(key, &name, coherence, true).await else {
                return Found::Nothing;
            };
            let lease = matches!(looked.lease, Some(true)).then(|| {
                let place = self.lease_place(&name);
                Lease::new(self.queue.clone(), key.kind(), place, since)
            });
            match (looked.value, lease, looked.lease) {
                // It was stored a moment ago, and its lease returned.
                (Some(value), ..) => return Found::Value(value),
                (None, Some(lease), _) => {
                    self.metrics.count(key.kind(), Event::Lease(LeaseStep::Taken));
                    return Found::Lease(lease);
                }
                (None, None, None) => return Found::Nothing,
                (None, None, Some(_)) => {}
            }
            if asked.elapsed() > WAITS_FOR_OTHERS {
                self.metrics.count(key.kind(), Event::Lease(LeaseStep::WaitedInVain));
                return Found::Nothing;
            }
            self.metrics.count(key.kind(), Event::Lease(LeaseStep::Waited));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LOOKS_AGAIN_MAX);
        }
    }

    /// Queues a loaded value for Redis.
    pub(crate) fn put(&self, key: &Key, value: &CacheEntry, coherence: &Coherence) {
        let Some(incarnation) = value.stamp().and_then(|stamp| coherence.incarnation_of(stamp)) else {
            return;
        };
        let name = key.to_string();
        self.queue.push(Job::Put(Box::new(Put {
            kind: key.kind(),
            place: self.place(&name),
            name,
            incarnation,
            value: value.clone(),
            lifetime: key.lifetime(),
        })));
    }

    /// Queues the removal of the values that `touches` make stale, if the touch names their keys. Groups are
    /// invalidated by their slots and expire by their lifetimes.
    pub(crate) fn forget(&self, touches: &[Touch]) {
        if !self.is_in_use() {
            return;
        }
        let mut names: Vec<String> = touches
            .iter()
            .flat_map(|touch| Key::named_by(*touch))
            .map(|key| self.place(&key.to_string()))
            .collect();
        while !names.is_empty() {
            let some = names.split_off(names.len().saturating_sub(FORGOTTEN_AT_ONCE));
            self.queue.push(Job::Forget(some));
        }
    }

    /// Removes every key of the shop that `pattern` matches.
    pub(crate) async fn sweep(&self, pattern: &Pattern) -> RedisSwept {
        sweep::sweep(&self.link, &self.prefix, pattern).await
    }

    /// The names of at most `most` values; `None` when there is no answer.
    pub(crate) async fn sample(&self, most: usize) -> Option<Vec<String>> {
        sample::names(&self.link, &self.prefix, most).await
    }

    /// The value of `key` that any reader would be served now.
    pub(crate) async fn value(&self, key: &Key, coherence: &Coherence) -> Option<CacheEntry> {
        self.look(key, &key.to_string(), coherence, false).await?.value
    }

    /// Reads a value, and requests the lease in the same round trip if `for_lease`. `None` when there is no answer.
    async fn look(&self, key: &Key, name: &str, coherence: &Coherence, for_lease: bool) -> Option<Looked> {
        let (place, mut commands) = (self.place(name), Pipeline::new());
        if for_lease {
            let set = commands.cmd("SET").arg(self.lease_place(name)).arg(lease::token());
            set.arg("NX").arg("PX").arg(lease::LASTS.as_secs() * 1_000);
        }
        commands.cmd("GET").arg(&place).cmd("PTTL").arg(&place);
        let what = if for_lease { "lease" } else { "read" };
        let mut replies = self.link.send(what, &mut commands).await?.into_iter();
        let lease = if for_lease {
            // `nil` when another process holds it; refused when Redis accepts no values: then no process holds it.
            let set: Option<Option<String>> = self.link.read(replies.next()?, Right::Write);
            set.map(|set| set.is_some())
        } else {
            None
        };
        let bytes: Option<Option<Bytes>> = self.link.read(replies.next()?, Right::Read);
        let left: Option<i64> = self.link.read(replies.next()?, Right::Read);
        let value = match (bytes.flatten(), left) {
            (Some(bytes), Some(left)) => self.checked(key, name, &bytes, left, coherence),
            _ => None,
        };
        Some(Looked { value, lease })
    }

    /// The value in `bytes`, which expires in `left_millis`, if it may be served.
    fn checked(
        &self,
        key: &Key,
        name: &str,
        bytes: &Bytes,
        left_millis: i64,
        coherence: &Coherence,
    ) -> Option<CacheEntry> {
        let rejected = |reason| self.metrics.reject(Tier::Redis, key.kind(), reason);
        let opened = match envelope::open(&self.authenticator, bytes, self.render_version, name) {
            Ok(opened) => opened,
            Err(unreadable) => {
                rejected(unreadable.as_str());
                return None;
            }
        };
        // A value without an expiry was not stored by the shop like that: parts that depend on today's date may be long
        // outdated.
        let Ok(left) = u64::try_from(left_millis) else {
            rejected("lifetime");
            return None;
        };
        let Some(stamp) = coherence.stamp_of(&opened.incarnation, opened.lowest) else {
            rejected("incarnation");
            return None;
        };
        if coherence.is_ahead(stamp) {
            rejected("ahead");
            return None;
        }
        let until = Instant::now() + Duration::from_millis(left).min(key.lifetime());
        let value = CacheEntry::found(opened.value, stamp, key, until);
        if !value.is_current(coherence, Instant::now()) {
            rejected(value.objection(coherence));
            return None;
        }
        Some(value)
    }

    fn place(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn lease_place(&self, name: &str) -> String {
        format!("{}lease:{name}", self.prefix)
    }
}
