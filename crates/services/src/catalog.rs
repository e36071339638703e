//! What customers see of the catalogue, ready to send.

use domain::catalog::{FilterOptions, Game, GameFilter, HomeLists, Page, Sort};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::money::Cents;
use domain::refusal::Refusal;

use cache::Key;

use crate::{Error, Rendered, Shop, View};

/// Games in one row of the home page.
const ROW_GAMES: u32 = 12;

/// A page of the catalogue with what it can be filtered by.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The games.
    pub page: Page<Game>,
    /// The filters on offer.
    pub options: FilterOptions,
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
        render: impl Fn(&Game, Timestamp) -> String + Send + Sync,
    ) -> Result<Rendered, Error> {
        self.cached(&Key::Game(id, view), || async {
            let game = self.db().catalog().by_id(id).await?.ok_or(Refusal::GameNotFound)?;
            Ok(render(&game, self.now()))
        })
        .await
    }

    /// One game that is shown, by its address; kept under its id.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], or the database's.
    pub async fn game_by_slug(
        &self,
        slug: &str,
        view: View,
        render: impl Fn(&Game, Timestamp) -> String + Send + Sync,
    ) -> Result<Rendered, Error> {
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
        render: impl Fn(&Page<Game>, Timestamp) -> String + Send + Sync,
    ) -> Result<Rendered, Error> {
        self.cached(&Key::Catalog(Box::new(filter.clone()), View::Json), || async {
            Ok(render(&self.db().catalog().list(filter).await?, self.now()))
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
    ) -> Result<Rendered, Error> {
        self.cached(&Key::Catalog(Box::new(filter.clone()), View::Page), || async {
            let catalog = self.db().catalog();
            let listing = Listing {
                page: catalog.list(filter).await?,
                options: catalog.filter_options().await?,
            };
            Ok(render(&listing, self.now()))
        })
        .await
    }

    /// The home page's lists, rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn home(
        &self,
        render: impl Fn(&HomeLists, Timestamp) -> String + Send + Sync,
    ) -> Result<Rendered, Error> {
        self.cached(&Key::Home, || async {
            Ok(render(&self.home_lists().await?, self.now()))
        })
        .await
    }

    async fn home_lists(&self) -> Result<HomeLists, Error> {
        let catalog = self.db().catalog();
        let row = GameFilter {
            page_size: ROW_GAMES,
            ..GameFilter::default()
        };
        let popular = catalog.list(&row).await?;
        let under_ten = GameFilter {
            max_price: Some(Cents::new(999)),
            sort: Sort::Popular,
            ..row
        };
        let today = self.now().iso_day();
        Ok(HomeLists {
            total: popular.total,
            popular: popular.items,
            newest: catalog.released(None, Some(&today), true, u64::from(ROW_GAMES)).await?,
            bargains: catalog.list(&under_ten).await?.items,
            preorders: catalog
                .released(Some(&today), None, false, u64::from(ROW_GAMES))
                .await?,
            genres: catalog.filter_options().await?.genres,
        })
    }

    /// The value of `key`, kept or loaded, ready to send.
    async fn cached<F>(&self, key: &Key, load: impl Fn() -> F) -> Result<Rendered, Error>
    where
        F: Future<Output = Result<String, Error>>,
    {
        let patient = !key.is_open_ended();
        let load = || async { Ok::<_, Error>(Rendered::new(load().await?, patient)) };
        Ok(self.parts.cache.get_or_load(key, load).await?.as_ref().clone())
    }
}
