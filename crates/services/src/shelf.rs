//! The shelf kept in step: filled from the database, and brought up to date before anybody reads what a touch changed.
//!
//! Who reads waits until everything is on the shelf that this process knew to be touched when the reader asked. A value
//! made from it is therefore as new as its stamp says, and a reader finds what it wrote itself.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use domain::id::GameId;
use domain::touch::Touch;
use futures::future::BoxFuture;
use search::Shelf;
use storage::touches::TouchRow;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{CatalogService, Error, Shop};

/// When the last pulse is older, nobody knows what was touched: the shelf is filled anew. Order and membership of a
/// list may be this old and no older.
const PULSE_AGE_MAX: Duration = Duration::from_secs(5);
/// Games read at once.
const STRETCH: u64 = 5_000;
/// Changed games read at once.
const CHANGED_AT_ONCE: usize = 500;
/// When more games than these changed, filling anew is the shorter way.
const CHANGED_MAX: usize = 20_000;

/// The shelf, and what it is behind with.
#[derive(Debug, Default)]
pub(crate) struct ShelfInStep {
    shelf: RwLock<Shelf>,
    behind: Mutex<Behind>,
    /// One at a time brings it up to date.
    turn: tokio::sync::Mutex<()>,
    wake: Notify,
    /// A process that never reads it need not fill it.
    is_used: AtomicBool,
}

/// What changed since the shelf was filled.
#[derive(Debug)]
struct Behind {
    /// It must be filled anew.
    everything: bool,
    games: HashSet<GameId>,
    /// There may be games with higher numbers.
    newcomers: bool,
    /// Somebody took what it was behind with, and has not yet put it on the shelf.
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

/// What is being put on the shelf; given back when that fails or its reader hangs up.
struct Work<'a> {
    of: &'a ShelfInStep,
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

impl ShelfInStep {
    /// Notes what `row` touched.
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
                Touch::Home | Touch::Offers | Touch::Cart(_) | Touch::Wishlist(_) | Touch::Profile(_) => {}
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

    /// Takes what the shelf is behind with.
    fn take(&self) -> Work<'_> {
        let mut behind = self.behind();
        let taken = std::mem::replace(&mut *behind, Behind::nothing());
        behind.under_way = true;
        drop(behind);
        Work { of: self, taken }
    }
}

impl<'a> CatalogService<'a> {
    /// Fills the shelf before the first reader asks, and keeps it up to date as touches come.
    ///
    /// # Errors
    /// The database's; the next reader tries again.
    pub fn fill_shelf(self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.shop.on_shelf(|_| ()))
    }
}

impl Shop {
    /// What `read` finds on the shelf, everything on it that was touched before now.
    pub(crate) async fn on_shelf<T>(&self, read: impl FnOnce(&Shelf) -> T) -> Result<T, Error> {
        self.shelf_up_to_date().await?;
        Ok(read(&self.shelf.shelf.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The same for what looks through all words of all titles: that takes milliseconds of a core.
    pub(crate) async fn search_shelf<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shelf) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.shelf_up_to_date().await?;
        let shelf = Arc::clone(&self.shelf);
        self.searches
            .run(move || read(&shelf.shelf.read().unwrap_or_else(PoisonError::into_inner)))
            .await
    }

    async fn shelf_up_to_date(&self) -> Result<(), Error> {
        self.shelf.is_used.store(true, Ordering::Relaxed);
        let pulse_age = self.parts.cache.coherence().pulse_age();
        if pulse_age.is_none_or(|age| age > PULSE_AGE_MAX) {
            self.shelf.note_gap();
        }
        self.bring_up_to_date().await
    }

    /// Puts what was touched on the shelf as soon as it is known, so that readers seldom wait for it.
    pub(crate) async fn follow_touches(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shelf.wake.notified() => {}
            }
            if !self.shelf.is_used.load(Ordering::Relaxed) {
                continue;
            }
            if let Err(error) = self.bring_up_to_date().await {
                // The pulse has said that the database is away; the next reader tries again.
                tracing::debug!(error = &error as &dyn std::error::Error, "[Cache] the shelf is behind");
            }
        }
    }

    async fn bring_up_to_date(&self) -> Result<(), Error> {
        if self.shelf.behind().owes_nothing() {
            return Ok(());
        }
        let _turn = self.shelf.turn.lock().await;
        if self.shelf.behind().owes_nothing() {
            return Ok(());
        }
        let mut work = self.shelf.take();
        if work.taken.everything {
            let filled = self.filled_shelf().await?;
            metrics::gauge!("shelf_games").set(f64::from(u32::try_from(filled.len()).unwrap_or(u32::MAX)));
            *self.shelf.shelf.write().unwrap_or_else(PoisonError::into_inner) = filled;
        } else {
            self.put_changed(&work.taken).await?;
        }
        work.taken = Behind::nothing();
        Ok(())
    }

    async fn filled_shelf(&self) -> Result<Shelf, Error> {
        let (mut shelf, mut after) = (Shelf::default(), None);
        loop {
            let games = self.db().catalog().shelved_after(after, STRETCH).await?;
            let Some(last) = games.last() else {
                return Ok(shelf);
            };
            after = Some(last.id);
            shelf.put(&games);
        }
    }

    async fn put_changed(&self, behind: &Behind) -> Result<(), Error> {
        let put = |games: &[domain::shelf::ShelvedGame]| {
            let mut shelf = self.shelf.shelf.write().unwrap_or_else(PoisonError::into_inner);
            shelf.put(games);
            shelf.highest_number()
        };
        let changed: Vec<GameId> = behind.games.iter().copied().collect();
        for some in changed.chunks(CHANGED_AT_ONCE) {
            put(&self.db().catalog().shelved_of(some).await?);
        }
        if !behind.newcomers {
            return Ok(());
        }
        let mut newest = put(&[]);
        loop {
            let games = self.db().catalog().shelved_since(newest, STRETCH).await?;
            if games.is_empty() {
                return Ok(());
            }
            newest = put(&games);
        }
    }
}
