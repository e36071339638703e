//! The sitemap: an index of parts, each small enough to be rendered quickly.

use cache::key::Key;
use domain::catalog::FilterOptions;
use domain::clock::Timestamp;
use domain::lists::Sitemap;
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::catalog::SitemapEntry;

use crate::rendered_view::RenderedView;
use crate::{CacheEntry, CatalogService, Error};

/// Numbers of games in a part. The protocol allows 50,000 addresses; fewer do not block other work while they are
/// rendered.
const PART_GAMES: i64 = 10_000;

impl<'a> CatalogService<'a> {
    /// The index, rendered from the number of parts that the games fill; parts are numbered from 1.
    pub fn sitemap(
        self,
        render: &'a (dyn Fn(&u32, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |parts| {
                let text = render(&parts, self.shop.now());
                std::future::ready(Ok(RenderedView::without_games(text)))
            };
            self.shop
                .list(&Key::Sitemap(Sitemap::Index), || self.sitemap_parts(), make)
                .await
        })
    }

    /// The part of the lists, rendered from the names of the catalogue's filters.
    pub fn sitemap_of_lists(
        self,
        render: &'a (dyn Fn(&FilterOptions, Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let make = |options| {
                let text = render(&options, self.shop.now());
                std::future::ready(Ok(RenderedView::without_games(text)))
            };
            self.shop
                .list(&Key::Sitemap(Sitemap::Lists), || self.options(), make)
                .await
        })
    }

    /// A part with the visible games, rendered.
    ///
    /// # Errors
    ///
    /// [`Refusal::GameNotFound`] after the last part.
    pub fn sitemap_of_games(
        self,
        part: u32,
        render: &'a (dyn Fn(&[SitemapEntry], Timestamp) -> String + Send + Sync),
    ) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            self.shop
                .cached(&Key::Sitemap(Sitemap::Games(part)), || async {
                    if part == 0 || part > self.sitemap_parts().await? {
                        return Err(Refusal::GameNotFound.into());
                    }
                    let last = i64::from(part) * PART_GAMES;
                    let games = self.shop.db().catalog().listed(last - PART_GAMES + 1..=last).await?;
                    // It shows the games' slugs, which never change, and the days of their last changes.
                    Ok(RenderedView::without_games(render(&games, self.shop.now())))
                })
                .await
        })
    }

    pub(crate) async fn sitemap_parts(&self) -> Result<u32, Error> {
        let highest = self.shop.db().catalog().highest_number().await?;
        Ok(u32::try_from(highest.max(0).unsigned_abs().div_ceil(PART_GAMES.unsigned_abs())).unwrap_or(u32::MAX))
    }
}
