//! Keeps the search index up to date: fills it from the database, and applies touches before the next read.
//!
//! A reader waits until the index contains everything that this process knew to be touched when the reader called. A
//! value computed from it is therefore as recent as its stamp says, and a reader finds its own writes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use domain::id::GameId;
use domain::term::TermAddresses;
use domain::touch::Touch;
use futures::future::BoxFuture;
use search::SearchIndex;
use storage::touches::TouchRow;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{CatalogService, Error, Shop};

/// When the last pulse is older than this, touches may be unknown: the search index is filled again. This is the
/// maximum age of a list's order and membership.
const PULSE_AGE_MAX: Duration = Duration::from_secs(5);
/// Games read at once.
const STRETCH: u64 = 5_000;
/// Changed games read at once.
const CHANGED_AT_ONCE: usize = 500;
/// When more games than this changed, filling the index again is faster.
const CHANGED_MAX: usize = 20_000;

/// The search index, and the touches that are not applied yet.
#[derive(Debug, Default)]
pub(crate) struct SyncedIndex {
    index: RwLock<SearchIndex>,
    /// How addresses name genres and platforms; they change with a touch of all games.
    addresses: RwLock<Arc<TermAddresses>>,
    behind: Mutex<Behind>,
    /// Held by the one task that updates it.
    turn: tokio::sync::Mutex<()>,
    wake: Notify,
    /// A process that never reads it need not fill it.
    is_used: AtomicBool,
}

/// The touches that are not applied yet.
#[derive(Debug)]
struct Behind {
    /// The index must be filled again.
    everything: bool,
    games: HashSet<GameId>,
    /// There may be games with higher numbers.
    newcomers: bool,
    /// A task has taken these touches and not applied them yet.
    under_way: bool,
}

impl Default for Behind {
    fn default() -> Self {
        Self {
            everything: true,
            ..Self::nothing()
        }
    }
}

impl Behind {
    fn nothing() -> Self {
        Self {
            everything: false,
            games: HashSet::new(),
            newcomers: false,
            under_way: false,
        }
    }

    fn owes_nothing(&self) -> bool {
        !self.everything && self.games.is_empty() && !self.newcomers && !self.under_way
    }
}

/// Touches that are being applied; put back when that fails or the reader disconnects.
struct Work<'a> {
    of: &'a SyncedIndex,
    taken: Behind,
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let mut behind = self.of.behind();
        behind.everything |= self.taken.everything;
        behind.newcomers |= self.taken.newcomers;
        behind.games.extend(self.taken.games.drain());
        behind.under_way = false;
    }
}

impl SyncedIndex {
    /// Notes the touches of `row`.
    pub(crate) fn note(&self, row: &TouchRow) {
        let mut behind = self.behind();
        behind.everything |= row.unknown;
        for touch in &row.touches {
            match touch {
                Touch::Game(id) => {
                    behind.games.insert(*id);
                }
                Touch::Catalog => behind.newcomers = true,
                Touch::Games | Touch::Everything => behind.everything = true,
                Touch::Home
                | Touch::Offers
                | Touch::Cart(_)
                | Touch::Wishlist(_)
                | Touch::Profile(_)
                | Touch::Transactions(_)
                | Touch::Orders(_)
                | Touch::Order(_) => {}
            }
        }
        if behind.games.len() > CHANGED_MAX {
            behind.games.clear();
            behind.everything = true;
        }
        self.wake.notify_one();
    }

    /// Notes that touches may be unknown.
    pub(crate) fn note_gap(&self) {
        self.behind().everything = true;
        self.wake.notify_one();
    }

    fn behind(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of games in it, and its approximate memory in bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        (index.len(), index.bytes())
    }

    /// Takes the touches that are not applied yet.
    fn take(&self) -> Work<'_> {
        let mut behind = self.behind();
        let taken = std::mem::replace(&mut *behind, Behind::nothing());
        behind.under_way = true;
        drop(behind);
        Work { of: self, taken }
    }
}

impl<'a> CatalogService<'a> {
    /// Fills the search index before the first read, and keeps it up to date as touches come.
    pub fn fill_search_index(self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.shop.in_index(|_| ()))
    }
}

impl Shop {
    /// Runs `read` on the search index after applying everything that was touched before now.
    pub(crate) async fn in_index<T>(&self, read: impl FnOnce(&SearchIndex) -> T) -> Result<T, Error> {
        self.index_up_to_date().await?;
        Ok(read(
            &self.search_index.index.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    /// How addresses name genres and platforms, as of every touch that is known now.
    pub(crate) async fn term_addresses(&self) -> Result<Arc<TermAddresses>, Error> {
        self.index_up_to_date().await?;
        let addresses = self.search_index.addresses.read();
        Ok(Arc::clone(&addresses.unwrap_or_else(PoisonError::into_inner)))
    }

    /// The same for a scan of all words of all titles, which takes milliseconds of a core.
    pub(crate) async fn search_in_pool<T: Send + 'static>(
        &self,
        read: impl FnOnce(&SearchIndex) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.index_up_to_date().await?;
        let index = Arc::clone(&self.search_index);
        self.searches
            .run(move || read(&index.index.read().unwrap_or_else(PoisonError::into_inner)))
            .await
    }

    async fn index_up_to_date(&self) -> Result<(), Error> {
        self.search_index.is_used.store(true, Ordering::Relaxed);
        let pulse_age = self.parts.cache.coherence().pulse_age();
        if pulse_age.is_none_or(|age| age > PULSE_AGE_MAX) {
            self.search_index.note_gap();
        }
        self.bring_up_to_date().await
    }

    /// Applies touches to the search index as soon as they are known, so that readers seldom wait.
    pub(crate) async fn follow_touches(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.search_index.wake.notified() => {}
            }
            if !self.search_index.is_used.load(Ordering::Relaxed) {
                continue;
            }
            if let Err(error) = self.bring_up_to_date().await {
                // The pulse has already logged that the database is unavailable; the next read tries again.
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "[Cache] the search index is behind"
                );
            }
        }
    }

    async fn bring_up_to_date(&self) -> Result<(), Error> {
        if self.search_index.behind().owes_nothing() {
            return Ok(());
        }
        let _turn = self.search_index.turn.lock().await;
        if self.search_index.behind().owes_nothing() {
            return Ok(());
        }
        let mut work = self.search_index.take();
        if work.taken.everything {
            let addresses = Arc::new(self.db().terms().addresses().await?);
            let filled = self.filled_index().await?;
            let mut known = (self.search_index.addresses.write()).unwrap_or_else(PoisonError::into_inner);
            *known = addresses;
            drop(known);
            *self.search_index.index.write().unwrap_or_else(PoisonError::into_inner) = filled;
        } else {
            self.put_changed(&work.taken).await?;
        }
        work.taken = Behind::nothing();
        Ok(())
    }

    async fn filled_index(&self) -> Result<SearchIndex, Error> {
        let (mut index, mut after) = (SearchIndex::default(), None);
        loop {
            let games = self.db().catalog().indexed_after(after, STRETCH).await?;
            let Some(last) = games.last() else {
                return Ok(index);
            };
            after = Some(last.id);
            index.put(&games);
        }
    }

    async fn put_changed(&self, behind: &Behind) -> Result<(), Error> {
        let put = |games: &[domain::indexed_game::IndexedGame]| {
            let mut index = self.search_index.index.write().unwrap_or_else(PoisonError::into_inner);
            index.put(games);
            index.highest_number()
        };
        let changed: Vec<GameId> = behind.games.iter().copied().collect();
        for some in changed.chunks(CHANGED_AT_ONCE) {
            put(&self.db().catalog().indexed_of(some).await?);
        }
        if !behind.newcomers {
            return Ok(());
        }
        let mut newest = put(&[]);
        loop {
            let games = self.db().catalog().indexed_since(newest, STRETCH).await?;
            if games.is_empty() {
                return Ok(());
            }
            newest = put(&games);
        }
    }
}
