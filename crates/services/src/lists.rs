//! The lists that have names of their own: those of the home page, by genre, like a game, what fits what is typed.

use cache::key::Key;
use cache::shelf::{Order, Wanted};
use domain::catalog::{FilterOptions, GameFilter, SharedGame, Sort};
use domain::clock::Timestamp;
use domain::lists::{Collection, GameList, HomeLists, Names, Shared, Suggested};
use domain::money::Cents;
use domain::search::fold;

use crate::catalog::Made;
use crate::{Error, Kept, Shop};

/// Games in one row of the home page, and in a collection.
const ROW_GAMES: u32 = 12;
/// Games in a list that has a name.
const LIST_GAMES: u32 = 24;
/// Collections of each kind.
const COLLECTIONS: usize = 4;

/// The first `page_size` games for sale.
fn first(page_size: u32) -> GameFilter {
    GameFilter {
        page_size,
        ..GameFilter::default()
    }
}

impl Shop {
    /// A list that has a name, rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn game_list(
        &self,
        list: &GameList,
        render: impl Fn(&[SharedGame], Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::List(list.clone()), || async {
            let games = self.load_list(list).await?;
            Ok(Made::of(render(&games, self.now()), &games))
        })
        .await
    }

    async fn load_list(&self, list: &GameList) -> Result<Vec<SharedGame>, Error> {
        let filter = first(LIST_GAMES);
        let ids = match list {
            GameList::BestSellers(None) => return self.ordered(&filter, Order::Popular).await,
            GameList::NewInCatalog => return self.ordered(&filter, Order::Added).await,
            GameList::Preorders => return self.preorders(&filter).await,
            GameList::New => return self.newest(&filter).await,
            GameList::BestSellers(Some(genre)) | GameList::ByGenre(genre) => {
                return self.of_genre(filter, genre).await;
            }
            GameList::Similar(game, count) => {
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                self.on_shelf(|shelf| shelf.like(*game, count)).await?
            }
            GameList::Search(words) => {
                let found = self.on_shelf(|shelf| shelf.suggest(words, true, LIST_GAMES as usize));
                found.await?.into_iter().map(|suggestion| suggestion.game).collect()
            }
        };
        self.games_of(&ids).await
    }

    /// So many games for sale, drawn by chance: another draw each time, so that it is not kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn random_games(&self, count: u32) -> Result<Vec<SharedGame>, Error> {
        let chances: Vec<u64> = (0..count)
            .map(|_| {
                let mut bytes = [0; 8];
                self.chance().fill(&mut bytes);
                u64::from_le_bytes(bytes)
            })
            .collect();
        let ids = self.on_shelf(|shelf| shelf.by_chance(&chances)).await?;
        self.games_of(&ids).await
    }

    /// What the catalogue can be filtered by, rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn names(
        &self,
        names: Names,
        render: impl Fn(&FilterOptions) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::Names(names), || async {
            Ok(Made::without_games(render(&self.options().await?)))
        })
        .await
    }

    /// The commonest genres and publishers with some games of each, rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn collections(
        &self,
        render: impl Fn(&[Collection], Timestamp) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::Collections, || async {
            let options = self.options().await?;
            let genres = options.genres.into_iter().map(|facet| (Shared::Genre, facet.name));
            let publishers = options
                .publishers
                .into_iter()
                .map(|facet| (Shared::Publisher, facet.name));
            let mut collections = Vec::new();
            for (shared, name) in genres.take(COLLECTIONS).chain(publishers.take(COLLECTIONS)) {
                let mut filter = first(ROW_GAMES);
                match shared {
                    Shared::Genre => filter.genres.push(name.clone()),
                    Shared::Publisher => filter.publishers.push(name.clone()),
                }
                let games = self.ordered(&filter, Order::Popular).await?;
                collections.push(Collection { shared, name, games });
            }
            let games = collections.iter().flat_map(|collection| &collection.games);
            Ok(Made::of(render(&collections, self.now()), games))
        })
        .await
    }

    /// So many games at most whose titles fit what is being typed (folded), rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn suggestions(
        &self,
        typed: &str,
        count: u32,
        render: impl Fn(&[Suggested]) -> String + Send + Sync,
    ) -> Result<Kept, Error> {
        self.cached(&Key::Suggestions(typed.to_owned(), count), || async {
            let suggested = self.suggest(typed, count).await?;
            Ok(Made {
                text: render(&suggested),
                shows: suggested.iter().map(|game| game.id).collect(),
            })
        })
        .await
    }

    async fn suggest(&self, typed: &str, count: u32) -> Result<Vec<Suggested>, Error> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let found = self.on_shelf(|shelf| shelf.suggest(typed, false, count)).await?;
        let ids: Vec<_> = found.iter().map(|suggestion| suggestion.game).collect();
        let names = self.db().catalog().names_of(&ids).await?;
        let relevance = |id| {
            found
                .iter()
                .find(|found| found.game == id)
                .map_or(1, |found| found.relevance)
        };
        let suggested = names.into_iter().map(|name| Suggested {
            relevance: relevance(name.id).max(1),
            id: name.id,
            slug: name.slug,
            title: name.title,
            image: name.image,
        });
        Ok(suggested.collect())
    }

    /// The home page's lists, rendered.
    ///
    /// # Errors
    /// The database's.
    pub async fn home(&self, render: impl Fn(&HomeLists, Timestamp) -> String + Send + Sync) -> Result<Kept, Error> {
        self.cached(&Key::Home, || async {
            let lists = self.home_lists().await?;
            let games = [&lists.popular, &lists.newest, &lists.bargains, &lists.preorders];
            Ok(Made::of(render(&lists, self.now()), games.into_iter().flatten()))
        })
        .await
    }

    async fn home_lists(&self) -> Result<HomeLists, Error> {
        let row = first(ROW_GAMES);
        let popular = self.page(&Wanted::by(&row)).await?;
        let under_ten = GameFilter {
            max_price: Some(Cents::new(999)),
            sort: Sort::Popular,
            ..row.clone()
        };
        Ok(HomeLists {
            total: popular.total,
            popular: popular.items,
            newest: self.newest(&row).await?,
            bargains: self.ordered(&under_ten, Order::Popular).await?,
            preorders: self.preorders(&row).await?,
            genres: self.options().await?.genres,
        })
    }

    pub(crate) async fn options(&self) -> Result<FilterOptions, Error> {
        self.on_shelf(|shelf| shelf.options(&GameFilter::default())).await
    }

    async fn ordered(&self, filter: &GameFilter, order: Order) -> Result<Vec<SharedGame>, Error> {
        let wanted = Wanted {
            order,
            ..Wanted::by(filter)
        };
        Ok(self.page(&wanted).await?.items)
    }

    async fn newest(&self, filter: &GameFilter) -> Result<Vec<SharedGame>, Error> {
        let today = self.now().iso_day();
        let wanted = Wanted {
            order: Order::Newest,
            until: Some(&today),
            ..Wanted::by(filter)
        };
        Ok(self.page(&wanted).await?.items)
    }

    async fn preorders(&self, filter: &GameFilter) -> Result<Vec<SharedGame>, Error> {
        let today = self.now().iso_day();
        let wanted = Wanted {
            order: Order::Soonest,
            after: Some(&today),
            ..Wanted::by(filter)
        };
        Ok(self.page(&wanted).await?.items)
    }

    /// The most popular games of a genre that is named by its name or its name in addresses; none of one that is not.
    async fn of_genre(&self, mut filter: GameFilter, genre: &str) -> Result<Vec<SharedGame>, Error> {
        let genres = self.options().await?.genres;
        let is_meant = |name: &str| name == genre || slug(name) == genre;
        let Some(facet) = genres.into_iter().find(|facet| is_meant(&facet.name)) else {
            return Ok(Vec::new());
        };
        filter.genres.push(facet.name);
        self.ordered(&filter, Order::Popular).await
    }
}

/// A name as it stands in addresses: what the tables of names hold beside it.
#[must_use]
pub fn slug(name: &str) -> String {
    fold(name).replace(' ', "-")
}
