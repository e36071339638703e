//! A rendered view: a text, the games that it shows and, for a list, the selection behind it; and its caching.

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};

use cache::key::Key;
use domain::catalog::SharedGame;
use domain::id::GameId;

use crate::view::TextPart;
use crate::{CacheEntry, Error, Rendered, Shop, costly};

/// A text, and the games that it shows: a touch of any of them makes it stale.
pub(crate) struct RenderedView {
    pub(crate) text: String,
    pub(crate) shows: Vec<GameId>,
    /// What the text was joined from, in this order.
    pub(crate) parts: Vec<TextPart>,
}

impl RenderedView {
    /// A text that shows `games`.
    pub(crate) fn of<'a>(text: String, games: impl IntoIterator<Item = &'a SharedGame>) -> Self {
        let shows = games.into_iter().map(|game| game.id).collect();
        let parts = Vec::new();
        Self { text, shows, parts }
    }

    /// A text without games: names, counts or addresses.
    pub(crate) const fn without_games(text: String) -> Self {
        Self {
            text,
            shows: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// A hash of a selection, the same in each process of this program.
fn number_of(choice: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    choice.hash(&mut hasher);
    hasher.finish()
}

impl Shop {
    /// The view, encoded for sending; `patient`: packed well, for many readers, which takes milliseconds.
    pub(crate) async fn pack(&self, view: RenderedView, patient: bool) -> Result<Rendered, Error> {
        let RenderedView { text, shows, parts } = view;
        let pack = move || Rendered::joined(text, patient, &parts);
        let packed = if patient {
            self.compression_pool.run(pack).await?
        } else {
            pack()
        };
        Ok(packed.showing(shows.into_iter()))
    }

    /// The list of `key`, cached, or rendered from what `choose` selects. A cached one whose order may be outdated is
    /// used for some more seconds if the selection is unchanged: selecting costs little compared with rendering and
    /// compressing. A list of an open-ended kind of key is charged to the caller's [budget](costly).
    pub(crate) async fn list<C, F, G>(
        &self,
        key: &Key,
        choose: impl Fn() -> F,
        make: impl Fn(C) -> G,
    ) -> Result<CacheEntry, Error>
    where
        C: Hash,
        F: Future<Output = Result<C, Error>>,
        G: Future<Output = Result<RenderedView, Error>>,
    {
        let (choose, make) = (&choose, &make);
        let confirm = |entry: CacheEntry| async move {
            match entry.choice {
                Some(choice) => {
                    if key.is_search() {
                        costly::spend()?;
                    }
                    Ok(number_of(&choose().await?) == choice)
                }
                None => Ok(false),
            }
        };
        let load = || async {
            if key.is_open_ended() {
                costly::spend()?;
            }
            let choice = choose().await?;
            let number = number_of(&choice);
            let packed = self.pack(make(choice).await?, !key.is_open_ended()).await?;
            Ok(packed.chosen(number))
        };
        self.parts.cache.get_confirm_or_load(key, confirm, load).await
    }

    /// The value of `key`, cached or rendered now.
    pub(crate) async fn cached<F>(&self, key: &Key, make: impl Fn() -> F) -> Result<CacheEntry, Error>
    where
        F: Future<Output = Result<RenderedView, Error>>,
    {
        let load = || async { self.pack(make().await?, !key.is_open_ended()).await };
        self.parts.cache.get_or_load(key, load).await
    }
}
