//! The catalogue's views: selected by the search index, read from the database, cached as rendered views.

use cache::key::Key;
use domain::catalog::{FilterOptions, Game, GameFilter, Page, SharedGame};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use search::{IndexPage, IndexQuery, SearchIndex};

use crate::rendered_view::RenderedView;
use crate::view::TextPart;
use crate::{CacheEntry, CatalogService, Error, Representation};

/// Similar games on a game's page.
const SIMILAR_GAMES: usize = 6;

const DAY_MICROS: i64 = 86_400_000_000;

/// A page of the catalogue with its filters.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The games.
    pub page: Page<SharedGame>,
    /// The filters, with counts over the games that the other filters admit.
    pub options: FilterOptions,
}

/// A game with similar ones.
#[derive(Clone, Debug)]
pub struct GameView {
    /// The game.
    pub game: Game,
    /// Similar games for sale, most similar first; empty where they are not shown.
    pub similar: Vec<SharedGame>,
}

/// A game as a list writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenGame {
    /// Its id.
    pub id: GameId,
    /// What was written, once for all lists of a day.
    pub part: TextPart,
}

/// A page of a list whose games the search index selected. A game that was hidden in between is left out.
const fn page_of<T>(filter: &GameFilter, total: u64, items: Vec<T>) -> Page<T> {
    Page {
        items,
        total,
        page: filter.page,
        page_size: filter.page_size,
    }
}

impl<'a> CatalogService<'a> {
    /// The rendered view of a visible game.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn game(
        self,
        id: GameId,
        view: Representation,
        render: &'a (dyn Fn(&GameView, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move { self.shown_game(id, view, None, render).await })
    }

    /// The rendered page of one game with `similar`, whichever games would be similar now: that selection may be as old
    /// as the cached page, but nothing else on it may.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn game_with_similar(
        self,
        id: GameId,
        similar: &'a [GameId],
        render: &'a (dyn Fn(&GameView, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move { self.shown_game(id, Representation::Page, Some(similar), render).await })
    }

    async fn shown_game(
        &self,
        id: GameId,
        view: Representation,
        similar: Option<&[GameId]>,
        render: impl Fn(&GameView, Timestamp) -> String + Send + Sync,
    ) -> Result<CacheEntry, Error> {
        let load = || async {
            let game = self.shop.db().catalog().by_id(id).await?.ok_or(Refusal::GameNotFound)?;
            let similar = match (view, similar) {
                (Representation::Json, _) => Vec::new(),
                (Representation::Page, Some(ids)) => ids.to_vec(),
                (Representation::Page, None) => self.shop.in_index(|index| index.similar(id, SIMILAR_GAMES)).await?,
            };
            let similar = self.games_of(&similar).await?;
            let view = GameView { game, similar };
            self.shop
                .pack(RenderedView::of(render(&view, self.shop.now()), &view.similar), true)
                .await
        };
        self.shop.parts.cache.get_or_load(&Key::Game(id, view), load).await
    }

    /// The rendered view of a visible game by its slug; cached under its id.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn game_by_slug(
        self,
        slug: &'a str,
        view: Representation,
        render: &'a (dyn Fn(&GameView, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let cache = &self.shop.parts.cache;
            if let Some(id) = cache.game_at(slug) {
                match self.game(id, view, render).await {
                    Err(Error::Refused(Refusal::GameNotFound)) => cache.forget_address(slug),
                    found => return found,
                }
            }
            let id = self.shop.db().catalog().id_of_slug(slug).await?;
            let id = id.ok_or(Refusal::GameNotFound)?;
            cache.note_address(slug, id);
            self.game(id, view, render).await
        })
    }

    /// One page of the games that `filter` admits, rendered as JSON.
    pub fn games(
        self,
        filter: &'a GameFilter,
        write: fn(&Game, Timestamp) -> String,
        render: &'a (dyn Fn(&Page<WrittenGame>, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let key = Key::Catalog(Box::new(filter.clone()), Representation::Json);
            let choose = || self.found(filter);
            let make = |found: IndexPage| async move {
                let now = self.shop.now();
                let page = page_of(filter, found.total, self.written(&found.games, now, write).await?);
                Ok(RenderedView {
                    text: render(&page, now),
                    shows: page.items.iter().map(|game| game.id).collect(),
                    parts: page.items.into_iter().map(|game| game.part).collect(),
                })
            };
            self.shop.list(&key, choose, make).await
        })
    }

    /// One page of the games that `filter` admits with the filters, rendered as HTML.
    pub fn listing(
        self,
        filter: &'a GameFilter,
        render: &'a (dyn Fn(&Listing, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let key = Key::Catalog(Box::new(filter.clone()), Representation::Page);
            let choose = || self.offered(filter);
            let make = |(options, found): (FilterOptions, IndexPage)| async move {
                let page = page_of(filter, found.total, self.games_of(&found.games).await?);
                let listing = Listing { page, options };
                Ok(RenderedView::of(render(&listing, self.shop.now()), &listing.page.items))
            };
            self.shop.list(&key, choose, make).await
        })
    }

    /// Whether no game is visible yet.
    pub fn is_empty(self) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { Ok(self.shop.db().catalog().is_empty().await?) })
    }

    /// `filter` with the names in force; `None` if it has no other.
    pub fn renamed(self, filter: &'a GameFilter) -> BoxFuture<'a, Result<Option<GameFilter>, Error>> {
        Box::pin(async move {
            if filter.genres.is_empty() && filter.platforms.is_empty() {
                return Ok(None);
            }
            Ok(self.shop.term_addresses().await?.current(filter))
        })
    }

    /// The games on one page.
    async fn found(self, filter: &GameFilter) -> Result<IndexPage, Error> {
        let renamed = self.renamed(filter).await?;
        let filter = renamed.as_ref().unwrap_or(filter);
        if filter.search.is_empty() {
            return self.choose(IndexQuery::by(filter)).await;
        }
        let filter = filter.clone();
        self.shop
            .search_in_pool(move |index| index.page(&IndexQuery::by(&filter)))
            .await
    }

    /// The games on one page, and the filters.
    async fn offered(self, filter: &GameFilter) -> Result<(FilterOptions, IndexPage), Error> {
        let look =
            |index: &SearchIndex, filter: &GameFilter| (index.options(filter), index.page(&IndexQuery::by(filter)));
        if filter.search.is_empty() {
            return self.shop.in_index(|index| look(index, filter)).await;
        }
        let filter = filter.clone();
        self.shop.search_in_pool(move |index| look(index, &filter)).await
    }

    /// The games of a list that is not a search.
    pub(crate) async fn choose(&self, query: IndexQuery<'_>) -> Result<IndexPage, Error> {
        self.shop.in_index(|index| index.page(&query)).await
    }

    /// The visible games of `ids`, in their order, as `write` writes them for lists: from the cache, or read in two statements.
    async fn written(
        &self,
        ids: &[GameId],
        now: Timestamp,
        write: fn(&Game, Timestamp) -> String,
    ) -> Result<Vec<WrittenGame>, Error> {
        let catalog = self.shop.db().catalog();
        let load = async |missing: Vec<GameId>| Ok::<_, Error>(catalog.by_ids(&missing).await?);
        let day = now.as_micros().div_euclid(DAY_MICROS);
        let cache = &self.shop.parts.cache;
        let games = cache.rendered_games_or_load(ids, day, load, |game| write(game, now));
        Ok(games
            .await?
            .into_iter()
            .map(|(id, part)| WrittenGame { id, part })
            .collect())
    }

    /// The visible games of `ids`, in their order: from the cache, or read in one statement.
    pub(crate) async fn games_of(&self, ids: &[GameId]) -> Result<Vec<SharedGame>, Error> {
        let catalog = self.shop.db().catalog();
        let load = async |missing: Vec<GameId>| Ok::<_, Error>(catalog.by_ids(&missing).await?);
        self.shop.parts.cache.games_or_load(ids, load).await
    }
}
