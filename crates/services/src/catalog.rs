//! What the shop shows of its catalogue: chosen by the search index, read from the database, cached as rendered views.

use cache::key::Key;
use domain::catalog::{FilterOptions, Game, GameFilter, Page, SharedGame};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use search::{IndexPage, IndexQuery, SearchIndex};

use crate::rendered_view::RenderedView;
use crate::{CacheEntry, CatalogService, Error, Representation};

/// Similar games on a game's page.
const SIMILAR_GAMES: usize = 6;

/// A page of the catalogue with what it can be filtered by further.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The games.
    pub page: Page<SharedGame>,
    /// The filters on offer, counted over the games that the other filters admit.
    pub options: FilterOptions,
}

/// A game with similar ones.
#[derive(Clone, Debug)]
pub struct GameView {
    /// The game.
    pub game: Game,
    /// Similar games for sale, the most similar first; none where nobody sees them.
    pub similar: Vec<SharedGame>,
}

impl<'a> CatalogService<'a> {
    /// One game that is shown, rendered.
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

    /// The page of one game beside `similar`, whichever games the shop would choose now: that choice may be as old as the
    /// page, and nothing else on it.
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

    /// One game that is shown, by its address; cached under its id.
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

    /// One page of the games that `filter` admits, rendered for programs.
    pub fn games(
        self,
        filter: &'a GameFilter,
        render: &'a (dyn Fn(&Page<SharedGame>, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let key = Key::Catalog(Box::new(filter.clone()), Representation::Json);
            let choose = || self.found(filter);
            let make = |found: IndexPage| async move {
                let page = self.page(filter, found).await?;
                Ok(RenderedView::of(render(&page, self.shop.now()), &page.items))
            };
            self.shop.list(&key, choose, make).await
        })
    }

    /// The same with the filters on offer, rendered for people.
    pub fn listing(
        self,
        filter: &'a GameFilter,
        render: &'a (dyn Fn(&Listing, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let key = Key::Catalog(Box::new(filter.clone()), Representation::Page);
            let choose = || self.offered(filter);
            let make = |(options, found): (FilterOptions, IndexPage)| async move {
                let page = self.page(filter, found).await?;
                let listing = Listing { page, options };
                Ok(RenderedView::of(render(&listing, self.shop.now()), &listing.page.items))
            };
            self.shop.list(&key, choose, make).await
        })
    }

    /// Whether no game is shown yet.
    pub fn is_empty(self) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { Ok(self.shop.db().catalog().is_empty().await?) })
    }

    /// Which games are on one page.
    async fn found(self, filter: &GameFilter) -> Result<IndexPage, Error> {
        if filter.search.is_empty() {
            return self.choose(IndexQuery::by(filter)).await;
        }
        let filter = filter.clone();
        self.shop
            .search_in_pool(move |index| index.page(&IndexQuery::by(&filter)))
            .await
    }

    /// The same, with the filters on offer.
    async fn offered(self, filter: &GameFilter) -> Result<(FilterOptions, IndexPage), Error> {
        let look =
            |index: &SearchIndex, filter: &GameFilter| (index.options(filter), index.page(&IndexQuery::by(filter)));
        if filter.search.is_empty() {
            return self.shop.in_index(|index| look(index, filter)).await;
        }
        let filter = filter.clone();
        self.shop.search_in_pool(move |index| look(index, &filter)).await
    }

    /// Which games a list shows that nobody searched for.
    pub(crate) async fn choose(&self, query: IndexQuery<'_>) -> Result<IndexPage, Error> {
        self.shop.in_index(|index| index.page(&query)).await
    }

    /// The games of a page that the search index chose, read by their ids. One that was hidden in between is left out.
    async fn page(&self, filter: &GameFilter, found: IndexPage) -> Result<Page<SharedGame>, Error> {
        Ok(Page {
            items: self.games_of(&found.games).await?,
            total: found.total,
            page: filter.page,
            page_size: filter.page_size,
        })
    }

    /// Those of `ids` that are shown, in their order: cached, or read in one statement.
    pub(crate) async fn games_of(&self, ids: &[GameId]) -> Result<Vec<SharedGame>, Error> {
        let catalog = self.shop.db().catalog();
        let load = async |missing: Vec<GameId>| Ok::<_, Error>(catalog.by_ids(&missing).await?);
        self.shop.parts.cache.games_or_load(ids, load).await
    }
}
