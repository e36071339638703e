//! Downloads of pictures: one at a time for each picture, and a pause after a failure.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::clock::Timestamp;
use domain::picture::Fingerprint;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// The most downloads at once, of at most 4 MiB each.
const FETCHES_AT_ONCE: usize = 16;
/// The most pictures that requests wait for; for another one the client has to come back.
const DOWNLOADS_MAX: usize = 512;
/// An address that gave no picture is tried again after this time.
const PICTURE_BACKOFF: Duration = Duration::from_secs(10 * 60);
/// A host that did not answer is tried again after this time, for any picture.
const MACHINE_BACKOFF: Duration = Duration::from_secs(60);
/// The most failures that are remembered.
const NOTES_MAX: usize = 10_000;

/// The downloads of this process.
#[derive(Debug)]
pub(crate) struct PictureDownloads {
    under_way: Arc<Mutex<HashMap<Fingerprint, watch::Receiver<()>>>>,
    seats: Semaphore,
    backoff: Mutex<Backoff>,
}

/// Until when there is no further attempt.
#[derive(Debug, Default)]
struct Backoff {
    pictures: HashMap<Fingerprint, Timestamp>,
    machines: HashMap<String, Timestamp>,
}

/// A download that its holder runs. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct PictureDownload {
    pub(super) fingerprint: Fingerprint,
    pub(super) address: String,
    under_way: Arc<Mutex<HashMap<Fingerprint, watch::Receiver<()>>>>,
    /// Closed at the end; no value is sent.
    _ended: watch::Sender<()>,
}

/// What a caller that needs a picture has to do.
#[derive(Debug)]
pub(super) enum Joined {
    /// Wait for another caller's download to end.
    UnderWay(watch::Receiver<()>),
    /// Run the download, and wait.
    Mine(PictureDownload, watch::Receiver<()>),
    /// Do without: it failed recently, or there are too many downloads.
    NotNow,
}

impl Default for PictureDownloads {
    fn default() -> Self {
        Self {
            under_way: Arc::default(),
            seats: Semaphore::new(FETCHES_AT_ONCE),
            backoff: Mutex::default(),
        }
    }
}

impl PictureDownloads {
    /// Joins the download of a picture, or begins it.
    pub(super) fn join(&self, fingerprint: Fingerprint, address: &str, now: Timestamp) -> Joined {
        let mut under_way = locked(&self.under_way);
        if let Some(ended) = under_way.get(&fingerprint) {
            return Joined::UnderWay(ended.clone());
        }
        if under_way.len() >= DOWNLOADS_MAX || self.is_backing_off(fingerprint, address, now) {
            return Joined::NotNow;
        }
        let (sender, ended) = watch::channel(());
        under_way.insert(fingerprint, ended.clone());
        let download = PictureDownload {
            fingerprint,
            address: address.to_owned(),
            under_way: Arc::clone(&self.under_way),
            _ended: sender,
        };
        Joined::Mine(download, ended)
    }

    /// A permit to download; never `None`, because the semaphore is never closed.
    pub(super) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.seats.acquire().await.ok()
    }

    /// Records that a download failed: for this picture, or with `for_all` for its whole host.
    pub(super) fn failed(&self, download: &PictureDownload, for_all: bool, now: Timestamp) {
        let mut backoff = locked(&self.backoff);
        if for_all {
            note(
                &mut backoff.machines,
                machine(&download.address).to_owned(),
                now,
                MACHINE_BACKOFF,
            );
        } else {
            note(&mut backoff.pictures, download.fingerprint, now, PICTURE_BACKOFF);
        }
    }

    /// Whether this picture, or its host, failed recently.
    pub(super) fn is_backing_off(&self, fingerprint: Fingerprint, address: &str, now: Timestamp) -> bool {
        let backoff = locked(&self.backoff);
        let until = [
            backoff.pictures.get(&fingerprint),
            backoff.machines.get(machine(address)),
        ];
        until.into_iter().flatten().any(|until| *until > now)
    }
}

impl Drop for PictureDownload {
    fn drop(&mut self) {
        locked(&self.under_way).remove(&self.fingerprint);
    }
}

/// Scheme, host and port of an address.
fn machine(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..]
        .find(['/', '?', '#', '\\'])
        .map_or(address.len(), |at| host + at);
    &address[..end]
}

/// Records a failure, and removes old ones when there are many.
fn note<K: Hash + Eq>(notes: &mut HashMap<K, Timestamp>, what: K, now: Timestamp, rest: Duration) {
    if notes.len() >= NOTES_MAX {
        notes.retain(|_, until| *until > now);
    }
    if notes.len() >= NOTES_MAX {
        notes.clear();
    }
    notes.insert(what, now.plus(rest));
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mine(downloads: &PictureDownloads, address: &str, now: Timestamp) -> Option<PictureDownload> {
        match downloads.join(Fingerprint::of(address), address, now) {
            Joined::Mine(download, _) => Some(download),
            Joined::UnderWay(_) | Joined::NotNow => None,
        }
    }

    #[test]
    fn a_failed_download_is_not_tried_again_for_a_while() {
        let downloads = PictureDownloads::default();
        let at = |seconds| Timestamp::EPOCH.plus(Duration::from_secs(seconds));
        let [one, other, elsewhere] = ["https://a.example/1", "https://a.example/2", "https://b.example/1"];
        let download = mine(&downloads, one, at(0)).unwrap();
        assert!(mine(&downloads, one, at(0)).is_none(), "it is under way");
        downloads.failed(&download, false, at(0));
        drop(download);
        assert!(mine(&downloads, one, at(599)).is_none() && mine(&downloads, one, at(600)).is_some());
        let download = mine(&downloads, other, at(0)).unwrap();
        downloads.failed(&download, true, at(0));
        drop(download);
        assert!(mine(&downloads, other, at(59)).is_none() && mine(&downloads, elsewhere, at(59)).is_some());
        assert!(mine(&downloads, other, at(60)).is_some());
    }

    #[test]
    fn the_number_of_downloads_is_limited() {
        let downloads = PictureDownloads::default();
        let addresses: Vec<String> = (0..=DOWNLOADS_MAX)
            .map(|at| format!("https://a.example/{at}"))
            .collect();
        let running: Vec<_> = addresses
            .iter()
            .map(|address| mine(&downloads, address, Timestamp::EPOCH))
            .collect();
        assert_eq!(running.iter().flatten().count(), DOWNLOADS_MAX);
        drop(running);
        assert!(mine(&downloads, &addresses[DOWNLOADS_MAX], Timestamp::EPOCH).is_some());
    }
}
