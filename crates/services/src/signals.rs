//! Notifications that wake other processes' pulses after a commit: they save time, and correctness does not depend on
//! them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use storage::signals::{Notification, NotificationListener};
use tokio_util::sync::CancellationToken;

use crate::{CacheService, Error, Shop};

/// The shortest interval between two notifications; a pulse could not follow faster.
const REST: Duration = Duration::from_millis(5);
/// How long this process may hear nothing after it sent a notification, its own included.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// The pause before reconnecting.
const PAUSE: Duration = Duration::from_secs(1);

/// How many times this process has woken the others.
#[derive(Debug, Default)]
pub(crate) struct WakeCount(AtomicU64);

impl<'a> CacheService<'a> {
    /// Wakes other processes after commits of this one, with one notification for many commits, until `stop`.
    pub fn wake_others_until(self, stop: &'a CancellationToken) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut is_failing = false;
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.shop.wake_others.notified() => {}
                }
                match self.shop.db().wake_others().await {
                    Ok(()) => {
                        if std::mem::take(&mut is_failing) {
                            tracing::info!("[Cache] other processes are woken again");
                        }
                        self.shop.wake_count.0.fetch_add(1, Ordering::Relaxed);
                        metrics::counter!("cache_wakes_total", "direction" => "sent").increment(1);
                    }
                    Err(error) if !is_failing => {
                        is_failing = true;
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "[Cache] other processes cannot be woken: they see changes at their next pulse"
                        );
                    }
                    Err(_) => {}
                }
                tokio::time::sleep(REST).await;
            }
        })
    }

    /// Wakes other processes once, if that succeeds quickly: for a process that is about to end.
    pub fn wake_others_once(self) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            const MOMENT: Duration = Duration::from_millis(500);
            match tokio::time::timeout(MOMENT, self.shop.db().wake_others()).await {
                Ok(Ok(())) => metrics::counter!("cache_wakes_total", "direction" => "sent").increment(1),
                Ok(Err(error)) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "[Cache] other processes could not be woken"
                ),
                Err(_late) => tracing::debug!("[Cache] waking other processes took too long"),
            }
        })
    }
}

impl Shop {
    /// Wakes the pulse whenever another process notifies of a commit.
    pub(crate) async fn listen(&self, stop: &CancellationToken) {
        let mut is_failing = false;
        while !stop.is_cancelled() {
            let listened = tokio::select! {
                () = stop.cancelled() => return,
                listened = self.listen_once(&mut is_failing) => listened,
            };
            match listened {
                // This database has no notifications.
                Ok(()) => return,
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "[Cache] nothing is heard of other processes: their changes are seen at the next pulse"
                    );
                }
                Err(_) => {}
            }
            metrics::gauge!("cache_listening").set(0.0);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Listens until the connection fails; returns `Ok` at once on a database without notifications.
    async fn listen_once(&self, was_failing: &mut bool) -> Result<(), Error> {
        let Some(mut listener) = self.db().listen().await? else {
            return Ok(());
        };
        // Earlier notifications are unknown.
        self.wake_pulse.notify_one();
        // Behind a connection pooler the connection stays open without notifications: this process's own notification
        // shows whether they arrive.
        self.wake_others.notify_one();
        let mut heard_of = self.wake_count.0.load(Ordering::Relaxed);
        loop {
            match self.next_word(&mut listener).await {
                Some(heard) => {
                    let heard = heard?;
                    metrics::gauge!("cache_listening").set(1.0);
                    if std::mem::take(was_failing) {
                        tracing::info!("[Cache] other processes are heard again");
                    }
                    heard_of = self.wake_count.0.load(Ordering::Relaxed);
                    if heard != Notification::Own {
                        metrics::counter!("cache_wakes_total", "direction" => "heard").increment(1);
                        self.wake_pulse.notify_one();
                    }
                }
                // This process notified and did not receive its own notification: the connection is cut, or goes
                // through a pooler.
                None if self.wake_count.0.load(Ordering::Relaxed) != heard_of => {
                    return Err(Error::Unavailable("it does not hear itself".into()));
                }
                None => {}
            }
        }
    }

    async fn next_word(&self, listener: &mut NotificationListener) -> Option<Result<Notification, Error>> {
        let heard = tokio::time::timeout(SILENCE_MAX, listener.next()).await.ok()?;
        Some(heard.map_err(Error::from))
    }
}
