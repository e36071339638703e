//! The named lists: by genre, similar games, suggestions.

use std::collections::HashMap;

use cache::key::Key;
use domain::catalog::{FilterOptions, GameFilter, SharedGame};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::lists::{Collection, FilterNames, GameList, Shared, Suggested};
use domain::term::Term;
use futures::future::BoxFuture;
use search::{IndexQuery, SortOrder, Suggestion};

use crate::rendered_view::RenderedView;
use crate::{CacheEntry, CatalogService, Error};

/// Games in one row of the home page, and in a collection.
pub(crate) const ROW_GAMES: u32 = 12;
/// Games in a named list.
const LIST_GAMES: u32 = 24;
/// Collections of each kind.
const COLLECTIONS: usize = 4;

/// The games of `ids`, in that order.
pub(crate) fn in_order(games: &HashMap<GameId, SharedGame>, ids: &[GameId]) -> Vec<SharedGame> {
    ids.iter().filter_map(|id| games.get(id).cloned()).collect()
}

/// The first `page_size` games for sale.
pub(crate) fn first(page_size: u32) -> GameFilter {
    GameFilter {
        page_size,
        ..GameFilter::default()
    }
}

impl<'a> CatalogService<'a> {
    /// The rendered view of a named list.
    pub fn list(
        self,
        list: &'a GameList,
        render: &'a (dyn Fn(&[SharedGame], Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |ids: Vec<GameId>| async move {
                let games = self.games_of(&ids).await?;
                Ok(RenderedView::of(render(&games, self.shop.now()), &games))
            };
            self.shop
                .list(&Key::List(list.clone()), || self.choose_list(list), make)
                .await
        })
    }

    async fn choose_list(&self, list: &GameList) -> Result<Vec<GameId>, Error> {
        let filter = first(LIST_GAMES);
        match list {
            GameList::BestSellers(None) => self.ordered(&filter, SortOrder::Popular).await,
            GameList::NewInCatalog => self.ordered(&filter, SortOrder::Added).await,
            GameList::Preorders => self.preorders(&filter).await,
            GameList::New => self.newest(&filter).await,
            GameList::BestSellers(Some(genre)) | GameList::ByGenre(genre) => self.of_genre(filter, genre).await,
            GameList::Similar(game, count) => {
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                self.shop.in_index(|index| index.similar(*game, count)).await
            }
            GameList::Search(words) => {
                let words = words.clone();
                let found = self
                    .shop
                    .search_in_pool(move |index| index.suggest(&words, true, LIST_GAMES as usize));
                Ok(found.await?.into_iter().map(|suggestion| suggestion.game).collect())
            }
        }
    }

    /// The games for sale that were released last, so many of them.
    pub fn released_last(self, count: u32) -> BoxFuture<'a, Result<Vec<SharedGame>, Error>> {
        Box::pin(async move {
            let ids = self.newest(&first(count)).await?;
            self.games_of(&ids).await
        })
    }

    /// So many random games for sale; different each time, so not cached.
    pub fn random(self, count: u32) -> BoxFuture<'a, Result<Vec<SharedGame>, Error>> {
        Box::pin(async move {
            let chances: Vec<u64> = (0..count)
                .map(|_| {
                    let mut bytes = [0; 8];
                    self.shop.chance().fill(&mut bytes);
                    u64::from_le_bytes(bytes)
                })
                .collect();
            let ids = self.shop.in_index(|index| index.random(&chances)).await?;
            self.games_of(&ids).await
        })
    }

    /// The rendered names and counts of the catalogue's filters.
    pub fn names(
        self,
        names: FilterNames,
        render: &'a (dyn Fn(&FilterOptions, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |options| {
                let text = render(&options, self.shop.now());
                std::future::ready(Ok(RenderedView::without_games(text)))
            };
            self.shop.list(&Key::Names(names), || self.options(), make).await
        })
    }

    /// The rendered collections: the most common genres and publishers with some games of each.
    pub fn collections(
        self,
        render: &'a (dyn Fn(&[Collection], Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |choice: Vec<(Shared, String, Vec<GameId>)>| async move {
                let all: Vec<GameId> = choice.iter().flat_map(|(_, _, ids)| ids).copied().collect();
                let games = self.by_ids(&all).await?;
                let collections = choice.into_iter().map(|(shared, name, ids)| Collection {
                    shared,
                    name,
                    games: in_order(&games, &ids),
                });
                let collections: Vec<Collection> = collections.collect();
                Ok(RenderedView::of(render(&collections, self.shop.now()), games.values()))
            };
            self.shop
                .list(&Key::Collections, || self.choose_collections(), make)
                .await
        })
    }

    async fn choose_collections(&self) -> Result<Vec<(Shared, String, Vec<GameId>)>, Error> {
        let options = self.options().await?;
        let genres = options.genres.into_iter().map(|facet| (Shared::Genre, facet.name));
        let publishers = options
            .publishers
            .into_iter()
            .map(|facet| (Shared::Publisher, facet.name));
        let mut choice = Vec::new();
        for (shared, name) in genres.take(COLLECTIONS).chain(publishers.take(COLLECTIONS)) {
            let mut filter = first(ROW_GAMES);
            match shared {
                Shared::Genre => filter.genres.push(name.clone()),
                Shared::Publisher => filter.publishers.push(name.clone()),
            }
            let games = self.ordered(&filter, SortOrder::Popular).await?;
            choice.push((shared, name, games));
        }
        Ok(choice)
    }

    /// At most so many rendered suggestions for what is typed (folded).
    pub fn suggestions(
        self,
        typed: &'a str,
        count: u32,
        render: &'a (dyn Fn(&[Suggested], Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let most = usize::try_from(count).unwrap_or(usize::MAX);
            let choose = || {
                let typed = typed.to_owned();
                self.shop
                    .search_in_pool(move |index| index.suggest(&typed, false, most))
            };
            let make = |found: Vec<Suggestion>| async move {
                let suggested = self.suggested(&found).await?;
                Ok(RenderedView {
                    text: render(&suggested, self.shop.now()),
                    shows: suggested.iter().map(|game| game.id).collect(),
                    parts: Vec::new(),
                })
            };
            self.shop
                .list(&Key::Suggestions(typed.to_owned(), count), choose, make)
                .await
        })
    }

    async fn suggested(&self, found: &[Suggestion]) -> Result<Vec<Suggested>, Error> {
        let ids: Vec<_> = found.iter().map(|suggestion| suggestion.game).collect();
        let names = self.shop.db().catalog().names_of(&ids).await?;
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

    /// The visible games of `ids`; duplicates are read once.
    pub(crate) async fn by_ids(&self, ids: &[GameId]) -> Result<HashMap<GameId, SharedGame>, Error> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let games = self.games_of(&ids).await?;
        Ok(games.into_iter().map(|game| (game.id, game)).collect())
    }

    pub(crate) async fn options(&self) -> Result<FilterOptions, Error> {
        let slugs = self.shop.term_addresses().await?.slugs.clone();
        let options = self
            .shop
            .in_index(|index| index.options(&GameFilter::default()))
            .await?;
        Ok(FilterOptions { slugs, ..options })
    }

    pub(crate) async fn ordered(&self, filter: &GameFilter, order: SortOrder) -> Result<Vec<GameId>, Error> {
        let query = IndexQuery {
            order,
            ..IndexQuery::by(filter)
        };
        Ok(self.choose(query).await?.games)
    }

    pub(crate) async fn newest(&self, filter: &GameFilter) -> Result<Vec<GameId>, Error> {
        let today = self.shop.now().iso_day();
        let query = IndexQuery {
            order: SortOrder::Newest,
            until: Some(&today),
            ..IndexQuery::by(filter)
        };
        Ok(self.choose(query).await?.games)
    }

    pub(crate) async fn preorders(&self, filter: &GameFilter) -> Result<Vec<GameId>, Error> {
        let today = self.shop.now().iso_day();
        let query = IndexQuery {
            order: SortOrder::Soonest,
            after: Some(&today),
            ..IndexQuery::by(filter)
        };
        Ok(self.choose(query).await?.games)
    }

    /// The most popular games of a genre, given by its name or its slug, now or before; empty for an unknown genre.
    async fn of_genre(&self, mut filter: GameFilter, genre: &str) -> Result<Vec<GameId>, Error> {
        let genres = self.options().await?.genres;
        let addresses = self.shop.term_addresses().await?;
        let is_meant = |name: &str| addresses.means(Term::Genre, genre, name);
        let Some(facet) = genres.into_iter().find(|facet| is_meant(&facet.name)) else {
            return Ok(Vec::new());
        };
        filter.genres.push(facet.name);
        self.ordered(&filter, SortOrder::Popular).await
    }
}
