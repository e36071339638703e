//! How processes wake each other's pulse after a commit: it saves time, and nothing else depends on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use storage::signals::{Notification, NotificationListener};
use tokio_util::sync::CancellationToken;

use crate::{CacheService, Error, Shop};

/// Other processes are not woken more often: their pulses would not follow.
const REST: Duration = Duration::from_millis(5);
/// How long nothing may be heard after this process said something, its own voice included.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// The pause before the way is opened anew.
const PAUSE: Duration = Duration::from_secs(1);

/// How many times this process has woken the others.
#[derive(Debug, Default)]
pub(crate) struct WakeCount(AtomicU64);

impl<'a> CacheService<'a> {
    /// Wakes other processes after commits of this one, many of them by one word, until `stop`.
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

    /// Wakes other processes now, if that can be done in a moment: for a process that is about to end.
    pub fn wake_others_once(self) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            const MOMENT: Duration = Duration::from_millis(500);
            match tokio::time::timeout(MOMENT, self.shop.db().wake_others()).await {
                Ok(Ok(())) => metrics::counter!("cache_wakes_total", "direction" => "sent").increment(1),
                Ok(Err(error)) => tracing::debug!(error = &error as &dyn std::error::Error, "[Cache] nobody was woken"),
                Err(_late) => tracing::debug!("[Cache] nobody was woken in time"),
            }
        })
    }
}

impl Shop {
    /// Wakes the pulse whenever another process says that it committed something.
    pub(crate) async fn listen(&self, stop: &CancellationToken) {
        let mut is_failing = false;
        while !stop.is_cancelled() {
            let listened = tokio::select! {
                () = stop.cancelled() => return,
                listened = self.listen_once(&mut is_failing) => listened,
            };
            match listened {
                // There is nothing to listen to.
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

    /// Listens until nothing is heard any more; `Ok` on a database where nothing ever is.
    async fn listen_once(&self, was_failing: &mut bool) -> Result<(), Error> {
        let Some(mut listener) = self.db().listen().await? else {
            return Ok(());
        };
        // What was said before is not known.
        self.wake_pulse.notify_one();
        // Behind a pooler the connection stands and nothing is heard on it: its own word shows whether the way is open.
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
                // This process spoke and did not hear itself: the way is cut, or leads through a pooler.
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
