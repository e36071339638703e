//! Recomputes every kind of cached value as its handler renders it, for the comparison in an audit.

use domain::id::GameId;
use domain::lists::Sitemap;
use services::view::{CacheEntry, Key, Representation};
use services::{Error, Shop};
use web_api::{game_lists, games};
use web_kit::Site;
use web_shop::{catalogue, game, home, sitemap};

/// The value that the shop would render for `key`; `shown` are the games in the cached value, for views whose selection
/// may be older than the rest. The cache of `shop` stores nothing.
///
/// # Errors
///
/// A refusal, such as for a game that does not exist.
pub async fn recompute(shop: &Shop, site: &Site, key: &Key, shown: &[GameId]) -> Result<CacheEntry, Error> {
    match key {
        Key::Game(id, Representation::Json) => shop.catalog().game(*id, Representation::Json, &games::write_game).await,
        Key::Game(id, Representation::Page) => {
            let page = |view: &_, now| game::page(site, view, now);
            shop.catalog().game_with_similar(*id, shown, &page).await
        }
        Key::Cart(owner) => shop.carts().rows(*owner).await,
        Key::Wishlist(owner) => shop.wishlists().rows(*owner).await,
        Key::Home => shop.catalog().home(&|lists, now| home::page(site, lists, now)).await,
        Key::Catalog(filter, Representation::Json) => shop.catalog().games(filter, &games::write_page).await,
        Key::Catalog(filter, Representation::Page) => {
            let page = |listing: &_, now| catalogue::page(site, filter, listing, now);
            shop.catalog().listing(filter, &page).await
        }
        Key::List(list) => shop.catalog().list(list, &game_lists::write_games).await,
        Key::Names(names) => {
            let write = |options: &_| game_lists::write_names(*names, options);
            shop.catalog().names(*names, &write).await
        }
        Key::Collections => shop.catalog().collections(&game_lists::write_collections).await,
        Key::Suggestions(typed, count) => {
            shop.catalog()
                .suggestions(typed, *count, &game_lists::write_suggestions)
                .await
        }
        Key::Sitemap(Sitemap::Index) => {
            shop.catalog()
                .sitemap(&|parts| sitemap::rendered_index(site, parts))
                .await
        }
        Key::Sitemap(Sitemap::Lists) => {
            shop.catalog()
                .sitemap_of_lists(&|options| sitemap::lists(site, options))
                .await
        }
        Key::Sitemap(Sitemap::Games(part)) => {
            let write = |listed: &[_]| sitemap::games(site, listed);
            shop.catalog().sitemap_of_games(*part, &write).await
        }
    }
}
