//! Who is out to fetch which picture, and whom nobody asks for a while because it was in vain.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::clock::Timestamp;
use domain::picture::Fingerprint;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// Pictures fetched at once, of at most 4 MiB each.
const FETCHES_AT_ONCE: usize = 16;
/// Pictures that somebody waits for, at most; who asks for another one is told to come back.
const ERRANDS_MAX: usize = 512;
/// A picture that is none is asked for again after this time.
const PICTURE_RESTS: Duration = Duration::from_secs(10 * 60);
/// A machine that does not answer is asked again after this time, for whatever picture.
const MACHINE_RESTS: Duration = Duration::from_secs(60);
/// Failures that are remembered, at most.
const NOTES_MAX: usize = 10_000;

/// The errands of this process.
#[derive(Debug)]
pub(crate) struct Errands {
    under_way: Arc<Mutex<HashMap<Fingerprint, watch::Receiver<()>>>>,
    seats: Semaphore,
    resting: Mutex<Resting>,
}

/// Until when nobody asks.
#[derive(Debug, Default)]
struct Resting {
    pictures: HashMap<Fingerprint, Timestamp>,
    machines: HashMap<String, Timestamp>,
}

/// One picture to be fetched, by its holder alone. When it is dropped, it is over.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) fingerprint: Fingerprint,
    pub(super) address: String,
    under_way: Arc<Mutex<HashMap<Fingerprint, watch::Receiver<()>>>>,
    /// Closed at the end; nothing is sent.
    _ended: watch::Sender<()>,
}

/// What somebody who wants a picture has to do.
#[derive(Debug)]
pub(super) enum Joined {
    /// Wait for somebody's errand to end.
    UnderWay(watch::Receiver<()>),
    /// Run it, and wait.
    Mine(Errand, watch::Receiver<()>),
    /// Go without: it was in vain lately, or there are too many errands.
    NotNow,
}

impl Default for Errands {
    fn default() -> Self {
        Self {
            under_way: Arc::default(),
            seats: Semaphore::new(FETCHES_AT_ONCE),
            resting: Mutex::default(),
        }
    }
}

impl Errands {
    /// Takes part in the errand for a picture, or begins it.
    pub(super) fn join(&self, fingerprint: Fingerprint, address: &str, now: Timestamp) -> Joined {
        let mut under_way = held(&self.under_way);
        if let Some(ended) = under_way.get(&fingerprint) {
            return Joined::UnderWay(ended.clone());
        }
        if under_way.len() >= ERRANDS_MAX || self.rests(fingerprint, address, now) {
            return Joined::NotNow;
        }
        let (sender, ended) = watch::channel(());
        under_way.insert(fingerprint, ended.clone());
        let errand = Errand {
            fingerprint,
            address: address.to_owned(),
            under_way: Arc::clone(&self.under_way),
            _ended: sender,
        };
        Joined::Mine(errand, ended)
    }

    /// A seat among those who fetch; `None` never, because they are never closed.
    pub(super) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.seats.acquire().await.ok()
    }

    /// Writes down that an errand was in vain: for this picture, or `for_all` of its machine's.
    pub(super) fn failed(&self, errand: &Errand, for_all: bool, now: Timestamp) {
        let mut resting = held(&self.resting);
        if for_all {
            note(
                &mut resting.machines,
                machine(&errand.address).to_owned(),
                now,
                MACHINE_RESTS,
            );
        } else {
            note(&mut resting.pictures, errand.fingerprint, now, PICTURE_RESTS);
        }
    }

    /// Whether nobody asks for this picture now, or its machine for any.
    pub(super) fn rests(&self, fingerprint: Fingerprint, address: &str, now: Timestamp) -> bool {
        let resting = held(&self.resting);
        let until = [
            resting.pictures.get(&fingerprint),
            resting.machines.get(machine(address)),
        ];
        until.into_iter().flatten().any(|until| *until > now)
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        held(&self.under_way).remove(&self.fingerprint);
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

/// Notes a failure, and forgets old ones when there are many.
fn note<K: Hash + Eq>(notes: &mut HashMap<K, Timestamp>, what: K, now: Timestamp, rest: Duration) {
    if notes.len() >= NOTES_MAX {
        notes.retain(|_, until| *until > now);
    }
    if notes.len() >= NOTES_MAX {
        notes.clear();
    }
    notes.insert(what, now.plus(rest));
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mine(errands: &Errands, address: &str, now: Timestamp) -> Option<Errand> {
        match errands.join(Fingerprint::of(address), address, now) {
            Joined::Mine(errand, _) => Some(errand),
            Joined::UnderWay(_) | Joined::NotNow => None,
        }
    }

    #[test]
    fn what_was_in_vain_is_left_alone_for_a_while() {
        let errands = Errands::default();
        let at = |seconds| Timestamp::EPOCH.plus(Duration::from_secs(seconds));
        let [one, other, elsewhere] = ["https://a.example/1", "https://a.example/2", "https://b.example/1"];
        let errand = mine(&errands, one, at(0)).unwrap();
        assert!(mine(&errands, one, at(0)).is_none(), "it is under way");
        errands.failed(&errand, false, at(0));
        drop(errand);
        assert!(mine(&errands, one, at(599)).is_none() && mine(&errands, one, at(600)).is_some());
        let errand = mine(&errands, other, at(0)).unwrap();
        errands.failed(&errand, true, at(0));
        drop(errand);
        assert!(mine(&errands, other, at(59)).is_none() && mine(&errands, elsewhere, at(59)).is_some());
        assert!(mine(&errands, other, at(60)).is_some());
    }

    #[test]
    fn there_are_only_so_many_errands() {
        let errands = Errands::default();
        let addresses: Vec<String> = (0..=ERRANDS_MAX).map(|at| format!("https://a.example/{at}")).collect();
        let running: Vec<_> = addresses
            .iter()
            .map(|address| mine(&errands, address, Timestamp::EPOCH))
            .collect();
        assert_eq!(running.iter().flatten().count(), ERRANDS_MAX);
        drop(running);
        assert!(mine(&errands, &addresses[ERRANDS_MAX], Timestamp::EPOCH).is_some());
    }
}
