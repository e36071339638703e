//! What the shop shows of its catalogue: chosen by the shelf, read from the database, kept ready to send.

use std::future::Future;

use cache::key::Key;
use cache::shelf::Wanted;
use domain::catalog::{FilterOptions, Game, GameFilter, Page, SharedGame};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::refusal::Refusal;

use crate::{Error, Kept, Rendered, Shop, View};

/// Games like another one on its page.
const LIKE_IT: usize = 6;

/// A page of the catalogue with what it can be filtered by further.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The games.
    pub page: Page<SharedGame>,
    /// The filters on offer, counted over the games that the other filters admit.
    pub options: FilterOptions,
}

/// A game with others that are like it.
#[derive(Clone, Debug)]
pub struct GameView {
    /// The game.
    pub game: Game,
    /// Games for sale that are like it, the likest first; none where nobody sees them.
    pub like_it: Vec<SharedGame>,
}

/// A text, and the games that it shows: each makes it stale by itself.
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) shows: Vec<GameId>,
}

impl Made {
    /// A text that shows `games`.
    pub(crate) fn of<'a>(text: String, games: impl IntoIterator<Item = &'a SharedGame>) -> Self {
        let shows = games.into_iter().map(|game| game.id).collect();
        Self { text, shows }
    }

    /// A text that shows what games have in common, how many there are, or where they are.
    pub(crate) const fn without_games(text: String) -> Self {
        let shows = Vec::new();
        Self { text, shows }
    }
}

impl Shop {
    /// One game that is shown, rendered.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], or the database's.
    pub async fn game(
        &self,
        id: GameId,
        view: View,
        render: impl Fn(&GameView, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.shown_game(id, view, None, render).await
    }

    /// The page of one game beside `like_it`, whichever games the shop would choose now: that choice may be as old as the
    /// page, and nothing else on it.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], or the database's.
    pub async fn game_beside(
        &self,
        id: GameId,
        like_it: &[GameId],
        render: impl Fn(&GameView, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.shown_game(id, View::Page, Some(like_it), render).await
    }

    async fn shown_game(
        &self,
        id: GameId,
        view: View,
        like_it: Option<&[GameId]>,
        render: impl Fn(&GameView, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        let load = || async {
            let game = self.db().catalog().by_id(id).await?.ok_or(Refusal::GameNotFound)?;
            let like_it = match (view, like_it) {
                (View::Json, _) => Vec::new(),
                (View::Page, Some(ids)) => ids.to_vec(),
                (View::Page, None) => self.on_shelf(|shelf| shelf.like(id, LIKE_IT)).await?,
            };
            let like_it = self.games_of(&like_it).await?;
            let view = GameView { game, like_it };
            let shown = view.like_it.iter().map(|game| game.id);
            Ok(Rendered::new(render(&view, self.now()), true).showing(shown))
        };
        self.parts.cache.get_or_load(&Key::Game(id, view), load).await
    }

    /// One game that is shown, by its address; kept under its id.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], or the database's.
    pub async fn game_by_slug(
        &self,
        slug: &str,
        view: View,
        render: impl Fn(&GameView, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        let id = self
            .db()
            .catalog()
            .id_of_slug(slug)
            .await?
            .ok_or(Refusal::GameNotFound)?;
        self.game(id, view, render).await
    }

    /// One page of the games that `filter` admits, rendered for programs.
    ///
    /// # Errors
    /// The database's.
    pub async fn games(
        &self,
        filter: &GameFilter,
        render: impl Fn(&Page<SharedGame>, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::Catalog(Box::new(filter.clone()), View::Json), || async {
            let page = self.page(&Wanted::by(filter)).await?;
            Ok(Made::of(render(&page, self.now()), &page.items))
        })
        .await
    }

    /// The same with the filters on offer, rendered for people.
    ///
    /// # Errors
    /// The database's.
    pub async fn listing(
        &self,
        filter: &GameFilter,
        render: impl Fn(&Listing, Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::Catalog(Box::new(filter.clone()), View::Page), || async {
            let listing = Listing {
                options: self.on_shelf(|shelf| shelf.options(filter)).await?,
                page: self.page(&Wanted::by(filter)).await?,
            };
            Ok(Made::of(render(&listing, self.now()), &listing.page.items))
        })
        .await
    }

    /// The games of a page: chosen by the shelf, read by their ids. One that was hidden in between is left out.
    pub(crate) async fn page(&self, wanted: &Wanted<'_>) -> Result<Page<SharedGame>, Error> {
        let found = self.on_shelf(|shelf| shelf.page(wanted)).await?;
        Ok(Page {
            items: self.games_of(&found.games).await?,
            total: found.total,
            page: wanted.filter.page,
            page_size: wanted.filter.page_size,
        })
    }

    /// Those of `ids` that are shown, in their order: kept, or read in one statement.
    pub(crate) async fn games_of(&self, ids: &[GameId]) -> Result<Vec<SharedGame>, Error> {
        let catalog = self.db().catalog();
        let load = async |missing: Vec<GameId>| Ok::<_, Error>(catalog.by_ids(&missing).await?);
        self.parts.cache.games_or_load(ids, load).await
    }

    /// The value of `key`, kept or loaded, ready to send.
    pub(crate) async fn cached<F>(&self, key: &Key, load: impl Fn() -> F) -> Result<Kept, Error>
    where
        F: Future<Output = Result<Made, Error>>,
    {
        let patient = !key.is_open_ended();
        let load = || async {
            let made = load().await?;
            Ok::<_, Error>(Rendered::new(made.text, patient).showing(made.shows.into_iter()))
        };
        self.parts.cache.get_or_load(key, load).await
    }
}
