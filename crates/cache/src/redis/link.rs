//! The connection to Redis: one for all readers, with a short time limit, and not used while it is broken.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisError, RedisResult, Value};
use tokio::sync::Notify;

use super::fault::{Fault, reason};

/// So many late answers in a row end its use. A single one may be a hiccup.
const LATE_MAX: u32 = 3;
/// The pause between attempts to reconnect. Redis must be in use again within two seconds of its return.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// A replica may have become one only a moment ago, and the address may lead to the new primary by now.
const LOOK_FOR_PRIMARY_EVERY: Duration = Duration::from_secs(1);

/// The connection, or none while Redis is not in use.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    line: RwLock<Option<Line>>,
    /// Late answers in a row.
    late: AtomicU32,
    takes_values: AtomicBool,
    /// The last logged state: each change is logged once.
    logged: AtomicU8,
    /// Wakes the task that reconnects.
    broken: Arc<Notify>,
    /// The key that is read to check that reading is allowed.
    probe: String,
    /// The time limit for an answer.
    answer_within: Duration,
}

#[derive(Clone, Debug)]
struct Line {
    /// Distinguishes this connection from the one before: a late answer on an old connection does not count against the
    /// new one.
    number: u64,
    connection: MultiplexedConnection,
    since: Instant,
}

/// Logged states: none yet, in use, not in use.
const NOTHING: u8 = 0;
const IN_USE: u8 = 1;
const AWAY: u8 = 2;

/// The permission that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Without it Redis cannot be used.
    Read,
    /// Without it Redis can still be used as long as others write.
    Write,
    /// Without it invalid values only stay until their lifetimes end.
    Remove,
}

impl Link {
    /// A link that reconnects in the background until it is dropped.
    pub(crate) fn new(client: Client, probe: String, answer_within: Duration) -> Arc<Self> {
        let link = Arc::new(Self {
            client,
            line: RwLock::default(),
            late: AtomicU32::new(0),
            takes_values: AtomicBool::new(true),
            logged: AtomicU8::new(NOTHING),
            broken: Arc::default(),
            probe,
            answer_within,
        });
        metrics::gauge!("cache_redis_in_use").set(0.0);
        tokio::spawn(keep(Arc::downgrade(&link)));
        link
    }

    pub(crate) fn is_in_use(&self) -> bool {
        self.line.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) fn takes_values(&self) -> bool {
        self.is_in_use() && self.takes_values.load(Ordering::Relaxed)
    }

    /// Sends `commands` and returns the reply to each; `None` when no reply comes in time, or at once when Redis is not
    /// in use. `what` is the label in metrics.
    pub(crate) async fn send(&self, what: &'static str, commands: &mut Pipeline) -> Option<Vec<RedisResult<Value>>> {
        let mut line = self.line()?;
        let started = Instant::now();
        let sent = tokio::time::timeout(
            self.answer_within,
            commands.ignore_errors().query_async(&mut line.connection),
        );
        let answer = sent.await;
        metrics::histogram!("cache_redis_duration_seconds", "command" => what).record(started.elapsed());
        match answer {
            Ok(Ok(replies)) => {
                self.late.store(0, Ordering::Relaxed);
                Some(replies)
            }
            Ok(Err(error)) => {
                self.failed(line.number, Fault::of(&error), &reason(&error));
                None
            }
            Err(_) => {
                self.failed(line.number, Fault::Late, "it does not answer");
                None
            }
        }
    }

    /// The content of a reply; an error is counted, and changes the state according to the missing permission.
    pub(crate) fn read<T: FromRedisValue>(&self, reply: RedisResult<Value>, right: Right) -> Option<T> {
        match reply.and_then(|value| Ok(::redis::from_redis_value(value)?)) {
            Ok(value) => {
                if right == Right::Write && !self.takes_values.swap(true, Ordering::Relaxed) {
                    tracing::info!("[Cache] Redis accepts values again");
                }
                Some(value)
            }
            Err(error) => {
                self.refused(&error, right);
                None
            }
        }
    }

    fn refused(&self, error: &RedisError, right: Right) {
        let fault = Fault::of(error);
        match (fault, right) {
            (Fault::Full, _) | (Fault::Forbidden, Right::Write) => {
                count(fault);
                let reason = reason(error);
                if self.takes_values.swap(false, Ordering::Relaxed) {
                    tracing::warn!(
                        reason,
                        "[Cache] Redis accepts no values; existing values are still read"
                    );
                }
                let line = self.line();
                if reason == "READONLY"
                    && line
                        .as_ref()
                        .is_some_and(|line| line.since.elapsed() > LOOK_FOR_PRIMARY_EVERY)
                {
                    self.leave(line.map(|line| line.number));
                }
            }
            (Fault::Closed | Fault::Lost, _) | (Fault::Forbidden, Right::Read) => {
                let number = self.line().map_or(0, |line| line.number);
                self.failed(number, fault, &reason(error));
            }
            (Fault::Late | Fault::Refused, _) | (Fault::Forbidden, Right::Remove) => count(fault),
        }
    }

    /// Counts a failure of connection `number`, and stops using that connection if the fault requires it.
    fn failed(&self, number: u64, fault: Fault, reason: &str) {
        count(fault);
        if fault == Fault::Late && self.late.fetch_add(1, Ordering::Relaxed) + 1 < LATE_MAX {
            return;
        }
        if self.leave(Some(number)) {
            self.say_away(reason);
        }
    }

    fn say_away(&self, reason: &str) {
        if self.logged.swap(AWAY, Ordering::Relaxed) != AWAY {
            tracing::warn!(reason, "[Cache] Redis is not in use; the shop continues without it");
        }
    }

    /// Stops using connection `number`; returns whether it was in use until now.
    fn leave(&self, number: Option<u64>) -> bool {
        let mut line = self.line.write().unwrap_or_else(PoisonError::into_inner);
        let is_it = line.as_ref().map(|line| line.number) == number && number.is_some();
        if is_it {
            *line = None;
            drop(line);
            metrics::gauge!("cache_redis_in_use").set(0.0);
            self.broken.notify_one();
        }
        is_it
    }

    fn line(&self) -> Option<Line> {
        self.line.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connects, and sends one read as readers will.
    async fn connect(&self, number: u64) -> Result<Line, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.answer_within))
            .set_response_timeout(Some(self.answer_within));
        let connecting = async {
            let mut connection = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            ::redis::cmd("GET")
                .arg(&self.probe)
                .query_async::<Value>(&mut connection)
                .await?;
            Ok::<_, RedisError>(connection)
        };
        // The connection's own time limit does not cover the name look-up.
        match tokio::time::timeout(self.answer_within * 3, connecting).await {
            Ok(Ok(connection)) => Ok(Line {
                number,
                connection,
                since: Instant::now(),
            }),
            Ok(Err(error)) => {
                count(Fault::of(&error));
                Err(reason(&error))
            }
            Err(_) => {
                count(Fault::Late);
                Err("it does not answer".to_owned())
            }
        }
    }

    fn take(&self, line: Line) {
        self.late.store(0, Ordering::Relaxed);
        *self.line.write().unwrap_or_else(PoisonError::into_inner) = Some(line);
        metrics::gauge!("cache_redis_in_use").set(1.0);
        if self.logged.swap(IN_USE, Ordering::Relaxed) != IN_USE {
            tracing::info!("[Cache] Redis is in use");
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.broken.notify_one();
    }
}

fn count(fault: Fault) {
    metrics::counter!("cache_redis_errors_total", "reason" => fault.name()).increment(1);
}

/// Reconnects whenever there is no connection.
async fn keep(link: Weak<Link>) {
    let (mut number, mut pause) = (0, PAUSE);
    loop {
        let Some(of) = link.upgrade() else { return };
        if of.is_in_use() {
            let broken = Arc::clone(&of.broken);
            drop(of);
            broken.notified().await;
            pause = PAUSE;
            continue;
        }
        number += 1;
        match of.connect(number).await {
            Ok(line) => of.take(line),
            Err(reason) => {
                of.say_away(&reason);
                drop(of);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}
