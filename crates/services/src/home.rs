//! The home page's lists.

use cache::key::Key;
use domain::catalog::{Facet, GameFilter, Sort};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::lists::HomeLists;
use domain::money::Cents;
use futures::future::BoxFuture;
use search::{IndexQuery, SortOrder};

use crate::lists::{ROW_GAMES, first, in_order};
use crate::rendered_view::RenderedView;
use crate::{CacheEntry, CatalogService, Error};

/// The selection of the home page, in order.
#[derive(Hash)]
struct HomeChoice {
    total: u64,
    /// Popular, newest, bargains, not out yet.
    rows: [Vec<GameId>; 4],
    genres: Vec<Facet>,
}

impl<'a> CatalogService<'a> {
    /// The home page's lists, rendered.
    pub fn home(
        self,
        render: &'a (dyn Fn(&HomeLists, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |choice: HomeChoice| async move {
                let [popular, newest, bargains, preorders] = &choice.rows;
                let all: Vec<GameId> = choice.rows.iter().flatten().copied().collect();
                let games = self.by_ids(&all).await?;
                let lists = HomeLists {
                    total: choice.total,
                    popular: in_order(&games, popular),
                    newest: in_order(&games, newest),
                    bargains: in_order(&games, bargains),
                    preorders: in_order(&games, preorders),
                    genres: choice.genres,
                };
                Ok(RenderedView::of(render(&lists, self.shop.now()), games.values()))
            };
            self.shop.list(&Key::Home, || self.choose_home(), make).await
        })
    }

    async fn choose_home(&self) -> Result<HomeChoice, Error> {
        let row = first(ROW_GAMES);
        let popular = self.choose(IndexQuery::by(&row)).await?;
        let under_ten = GameFilter {
            max_price: Some(Cents::new(999)),
            sort: Sort::Popular,
            ..row.clone()
        };
        Ok(HomeChoice {
            total: popular.total,
            rows: [
                popular.games,
                self.newest(&row).await?,
                self.ordered(&under_ten, SortOrder::Popular).await?,
                self.preorders(&row).await?,
            ],
            genres: self.options().await?.genres,
        })
    }
}
