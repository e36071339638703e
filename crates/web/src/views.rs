//! The list of views: each kind of key has one, by which what is cached under it is recomputed for audits.

use std::convert::Infallible;

use domain::cart::Owner;
use domain::clock::Timestamp;
use domain::id::GameId;
use services::view::{CacheEntry, Key};
use services::{Error, Shop};
use web_api::game_lists::{CollectionsJson, GameListJson, NamesJson, SuggestionsJson};
use web_api::games::{GameJson, GamePageJson};
use web_kit::Site;
use web_kit::view::{Cached, Render, View};
use web_shop::catalogue::CataloguePage;
use web_shop::game::GamePage;
use web_shop::home::HomePage;
use web_shop::sitemap::{SitemapIndex, SitemapOfGames, SitemapOfLists};

/// Finds the view of a key among those of one kind.
type ViewOf = fn(&Key, &[GameId]) -> Option<Box<dyn AnyView>>;

const VIEWS: [ViewOf; 14] = [
    view_of::<GameJson>,
    view_of::<GamePage>,
    view_of::<HomePage>,
    view_of::<GamePageJson>,
    view_of::<CataloguePage>,
    view_of::<GameListJson>,
    view_of::<NamesJson>,
    view_of::<CollectionsJson>,
    view_of::<SuggestionsJson>,
    view_of::<SitemapIndex>,
    view_of::<SitemapOfLists>,
    view_of::<SitemapOfGames>,
    view_of::<CartRows>,
    view_of::<WishlistRows>,
];

/// What the shop would answer where the value of `key` is shown, beside the games `shown` where the choice of those may be
/// older than the answer. `shop` is one whose cache stores nothing.
///
/// # Errors
/// What the shop says no to, such as a game that it does not have.
pub async fn recompute(shop: &Shop, site: &Site, key: &Key, shown: &[GameId]) -> Result<CacheEntry, Error> {
    let view = VIEWS.iter().find_map(|view_of| view_of(key, shown));
    let view = view.ok_or_else(|| Error::Internal(format!("no view shows {key}").into()))?;
    view.recompute(shop, site).await
}

/// A view of whichever kind.
trait AnyView: Send + Sync {
    fn recompute<'a>(&'a self, shop: &'a Shop, site: &'a Site) -> Cached<'a>;
}

impl<V: View> AnyView for V {
    fn recompute<'a>(&'a self, shop: &'a Shop, site: &'a Site) -> Cached<'a> {
        Box::pin(self.cached(shop, site))
    }
}

fn view_of<V: View + 'static>(key: &Key, shown: &[GameId]) -> Option<Box<dyn AnyView>> {
    Some(Box::new(V::of(key, shown)?))
}

/// The lines of a cart, which `services` stores as they are and reads by itself.
struct CartRows(Owner);

impl View for CartRows {
    type Content = Infallible;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Cart(owner) => Some(Self(*owner)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, _: &'a Render<'a, Infallible>) -> Cached<'a> {
        shop.carts().rows(self.0)
    }

    fn render(&self, _: &Site, content: &Infallible, _: Timestamp) -> String {
        match *content {}
    }
}

/// The wishes of a wishlist likewise.
struct WishlistRows(Owner);

impl View for WishlistRows {
    type Content = Infallible;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Wishlist(owner) => Some(Self(*owner)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, _: &'a Render<'a, Infallible>) -> Cached<'a> {
        shop.wishlists().rows(self.0)
    }

    fn render(&self, _: &Site, content: &Infallible, _: Timestamp) -> String {
        match *content {}
    }
}

#[cfg(test)]
mod tests {
    use domain::catalog::GameFilter;
    use domain::id::UserId;
    use domain::lists::{FilterNames, GameList, Sitemap};
    use services::view::Representation::{Json, Page};

    use super::*;

    /// The kind of key after that of `key`: who adds a kind has to give it a place here.
    fn next(key: &Key) -> Option<Key> {
        let filter = || Box::new(GameFilter::default());
        let (game, owner) = (GameId(uuid::Uuid::nil()), Owner::User(UserId(uuid::Uuid::nil())));
        Some(match key {
            Key::Home => Key::Game(game, Json),
            Key::Game(_, Json) => Key::Game(game, Page),
            Key::Game(_, Page) => Key::Catalog(filter(), Json),
            Key::Catalog(_, Json) => Key::Catalog(filter(), Page),
            Key::Catalog(_, Page) => Key::List(GameList::New),
            Key::List(_) => Key::Names(FilterNames::Genres),
            Key::Names(_) => Key::Collections,
            Key::Collections => Key::Suggestions("eld".to_owned(), 5),
            Key::Suggestions(..) => Key::Sitemap(Sitemap::Index),
            Key::Sitemap(Sitemap::Index) => Key::Sitemap(Sitemap::Lists),
            Key::Sitemap(Sitemap::Lists) => Key::Sitemap(Sitemap::Games(1)),
            Key::Sitemap(Sitemap::Games(_)) => Key::Cart(owner),
            Key::Cart(_) => Key::Wishlist(owner),
            Key::Wishlist(_) => return None,
        })
    }

    #[test]
    fn each_kind_of_key_has_one_view_and_each_view_a_key() {
        let keys: Vec<Key> = std::iter::successors(Some(Key::Home), next).collect();
        let mut used = [false; VIEWS.len()];
        for key in &keys {
            let views: Vec<usize> = (0..VIEWS.len()).filter(|at| VIEWS[*at](key, &[]).is_some()).collect();
            let [view] = views[..] else {
                panic!("{key}: {} views show it", views.len());
            };
            used[view] = true;
        }
        assert!(used.iter().all(|used| *used), "{used:?}");
    }
}
