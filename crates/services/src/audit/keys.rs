//! Which key a name in Redis is of: those of games and people say it, those of lists are looked up among the lists that there are.

use std::collections::HashMap;

use cache::{Key, Representation};
use domain::catalog::{GameFilter, Sort};
use domain::id::GameId;
use domain::lists::{FilterNames, GameList, Sitemap};
use domain::term::slug;
use domain::touch::Touch;

use crate::{Error, OperationService};

/// Pages of the unfiltered catalogue that are known by name.
const PAGES: u32 = 5;

/// The key that `name` is of; `None` when that is a search or a filter, of which names hold a digest.
pub(super) fn of(name: &str, known: &HashMap<String, Key>) -> Option<Key> {
    let (game, view) = match name.strip_suffix(":page") {
        Some(game) => (game, Representation::Page),
        None => (name, Representation::Json),
    };
    match Touch::parse(game) {
        Some(Touch::Game(id)) => return Some(Key::Game(id, view)),
        Some(Touch::Cart(owner)) => return Some(Key::Cart(owner)),
        Some(Touch::Wishlist(owner)) => return Some(Key::Wishlist(owner)),
        _ => {}
    }
    if let Some((id, count)) = name
        .strip_prefix("catalog:similar:")
        .and_then(|rest| rest.split_once(':'))
    {
        let id = id.parse().ok().map(GameId)?;
        return Some(Key::List(GameList::Similar(id, count.parse().ok()?)));
    }
    known.get(name).cloned()
}

impl OperationService<'_> {
    /// The lists that can be told from their names, by these.
    pub(super) async fn known_keys(&self) -> Result<HashMap<String, Key>, Error> {
        let mut keys = vec![Key::Home, Key::Collections];
        keys.extend([FilterNames::FilterOptions, FilterNames::Genres, FilterNames::Platforms].map(Key::Names));
        keys.extend([Sitemap::Index, Sitemap::Lists].map(Key::Sitemap));
        keys.extend((1..=self.shop.catalog().sitemap_parts().await?).map(|part| Key::Sitemap(Sitemap::Games(part))));
        for sort in [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc] {
            for page in 1..=PAGES {
                let filter = GameFilter {
                    sort,
                    page,
                    ..GameFilter::default()
                };
                keys.extend(
                    [Representation::Json, Representation::Page]
                        .map(|view| Key::Catalog(Box::new(filter.clone()), view)),
                );
            }
        }
        let plain = [
            GameList::BestSellers(None),
            GameList::NewInCatalog,
            GameList::Preorders,
            GameList::New,
        ];
        let genres = self
            .shop
            .catalog()
            .options()
            .await?
            .genres
            .into_iter()
            .flat_map(|genre| {
                let names = [slug(&genre.name), genre.name];
                names
                    .into_iter()
                    .flat_map(|name| [GameList::BestSellers(Some(name.clone())), GameList::ByGenre(name)])
            });
        keys.extend(plain.into_iter().chain(genres).map(Key::List));
        Ok(keys.into_iter().map(|key| (key.to_string(), key)).collect())
    }
}
