//! Writes to Redis, in the background: the queue is bounded, and drops writes when Redis cannot keep up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::redis::Pipeline;
use tokio::sync::mpsc;

use super::authenticator::Authenticator;
use super::envelope::{self, Label};
use super::link::{Link, Right};
use crate::cache_metrics::{CacheMetrics, Event, LeaseStep, Write};
use crate::{CacheEntry, Coherence};

/// The most jobs, and bytes of values, in the queue.
const JOBS_MAX: usize = 1_024;
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most jobs in one pipeline: the reply to more might not come in time.
const JOBS_AT_ONCE: usize = 64;
const BYTES_AT_ONCE: usize = 512 * 1024;

/// The kind, in metrics, of removals.
const FORGET: &str = "forget";

/// One write.
#[derive(Debug)]
pub(crate) enum Job {
    /// Stores a value.
    Put(Box<Put>),
    /// Removes keys by their names in Redis. Nothing depends on it: their values are already invalid.
    Forget(Vec<String>),
}

/// A value to store.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) kind: &'static str,
    /// The key's name, with and without the prefix.
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) incarnation: String,
    pub(crate) value: CacheEntry,
    pub(crate) lifetime: Duration,
}

/// The waiting jobs.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Sender<Job>,
    waiting_bytes: Arc<AtomicUsize>,
    metrics: Arc<CacheMetrics>,
}

/// Sends the queued jobs.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) link: Arc<Link>,
    pub(crate) coherence: Arc<Coherence>,
    pub(crate) authenticator: Authenticator,
    pub(crate) render_version: u64,
    pub(crate) metrics: Arc<CacheMetrics>,
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Put(put) => put.value.bytes(),
            Self::Forget(_) => 0,
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Put(put) => put.kind,
            Self::Forget(_) => FORGET,
        }
    }
}

impl Queue {
    /// Creates a queue, and the task in which `writer` sends its jobs until the queue is dropped.
    pub(crate) fn new(writer: Writer) -> Self {
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let metrics = Arc::clone(&writer.metrics);
        tokio::spawn(writer.work_off(waiting, Arc::clone(&waiting_bytes)));
        Self {
            jobs,
            waiting_bytes,
            metrics,
        }
    }

    /// Queues `job`; it is dropped when the queue is full.
    pub(crate) fn push(&self, job: Job) {
        let (bytes, kind) = (job.bytes(), job.kind());
        let before = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > WAITING_BYTES_MAX || self.jobs.try_send(job).is_err() {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.metrics.count(kind, Event::Write(Write::Dropped));
        }
    }

    /// Counts a lease that expired before its load had ended.
    pub(crate) fn note_lost_lease(&self, kind: &'static str) {
        self.metrics.count(kind, Event::Lease(LeaseStep::Lost));
    }
}

impl Writer {
    async fn work_off(self, mut waiting: mpsc::Receiver<Job>, waiting_bytes: Arc<AtomicUsize>) {
        let mut jobs = Vec::with_capacity(JOBS_AT_ONCE);
        while waiting.recv_many(&mut jobs, JOBS_AT_ONCE).await > 0 {
            let (mut commands, mut kinds, mut bytes) = (Pipeline::new(), Vec::new(), 0);
            for job in jobs.drain(..) {
                waiting_bytes.fetch_sub(job.bytes(), Ordering::Relaxed);
                bytes += job.bytes();
                if self.add(&mut commands, &job) {
                    kinds.push(job.kind());
                }
                if bytes > BYTES_AT_ONCE {
                    self.send(&mut commands, &mut kinds).await;
                    bytes = 0;
                }
            }
            self.send(&mut commands, &mut kinds).await;
        }
    }

    /// Adds the commands of `job`; returns whether there are any.
    fn add(&self, commands: &mut Pipeline, job: &Job) -> bool {
        match job {
            Job::Put(put) => {
                let Some(stamp) = put.value.stamp() else { return false };
                // Touched while it was queued, or before the pulse was known: it would never be served.
                if !put.value.is_current(&self.coherence, Instant::now()) {
                    self.metrics.count(put.kind, Event::Write(Write::Void));
                    return false;
                }
                let label = Label {
                    render_version: self.render_version,
                    incarnation: &put.incarnation,
                    lowest: stamp.lowest(),
                    name: &put.name,
                };
                let lifetime = u64::try_from(put.lifetime.as_millis()).unwrap_or(u64::MAX);
                let bytes = envelope::seal(&self.authenticator, label, &put.value);
                let command = commands.cmd("SET").arg(&put.place).arg(bytes);
                command.arg("PX").arg(lifetime);
            }
            Job::Forget(names) => {
                commands.cmd("UNLINK").arg(names);
            }
        }
        true
    }

    async fn send(&self, commands: &mut Pipeline, kinds: &mut Vec<&'static str>) {
        if kinds.is_empty() {
            return;
        }
        let replies = self.link.send("write", commands).await;
        commands.clear();
        let Some(replies) = replies else {
            for kind in kinds.drain(..) {
                self.metrics.count(kind, Event::Write(Write::Failed));
            }
            return;
        };
        for (kind, reply) in kinds.drain(..).zip(replies) {
            // A full Redis still accepts removals: their success says nothing about values.
            let right = if kind == FORGET { Right::Remove } else { Right::Write };
            let is_done = self.link.read::<::redis::Value>(reply, right).is_some();
            let outcome = if is_done { Write::Done } else { Write::Failed };
            self.metrics.count(kind, Event::Write(outcome));
        }
    }
}
