//! Reads of carts and wishlists: their rows are cached and joined with games at each read, so that no price and no
//! stock is cached twice.

use std::collections::HashMap;

use cache::Key;
use domain::cart::{Cart, CartRow, ListedGame, Owner};
use domain::id::GameId;
use domain::wishlist::{Wish, WishRow};
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{CacheEntry, CartService, CatalogService, Error, Rendered, WishlistService};

impl<'a> CartService<'a> {
    /// A cart, newest line first.
    pub(crate) async fn of(&self, owner: Owner) -> Result<Cart, Error> {
        let lines = self.lines_of(owner).await?;
        let games: Vec<GameId> = lines.iter().map(|line| line.game).collect();
        Ok(Cart::of(
            &lines,
            &self.shop.catalog().listed(&games).await?,
            self.shop.guests().kept_since(),
        ))
    }

    /// The lines of a cart, newest first, with those that were kept aside at sign-ins.
    pub(crate) async fn lines_of(&self, owner: Owner) -> Result<Vec<CartRow>, Error> {
        match read(&self.rows(owner).await?) {
            Some(lines) => Ok(lines),
            None => Ok(self.shop.db().carts().lines(owner).await?),
        }
    }

    /// The cache entry with these rows.
    pub fn rows(self, owner: Owner) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let load = || async { write(&self.shop.db().carts().lines(owner).await?) };
            self.shop.parts.cache.get_or_load(&Key::Cart(owner), load).await
        })
    }
}

impl<'a> WishlistService<'a> {
    /// A wishlist, newest game first.
    pub(crate) async fn of(&self, owner: Owner) -> Result<Vec<Wish>, Error> {
        let wishes = self.wishes_of(owner).await?;
        let games: Vec<GameId> = wishes.iter().map(|wish| wish.game).collect();
        let mut listed = self.shop.catalog().listed(&games).await?;
        let wish = |row: &WishRow| {
            let game = listed.remove(&row.game)?;
            Some(Wish {
                game,
                added_at: row.added_at,
            })
        };
        Ok(wishes.iter().filter_map(wish).collect())
    }

    /// The rows of a wishlist without their games, newest first.
    pub(crate) async fn wishes_of(&self, owner: Owner) -> Result<Vec<WishRow>, Error> {
        match read(&self.rows(owner).await?) {
            Some(wishes) => Ok(wishes),
            None => Ok(self.shop.db().wishlists().wishes(owner).await?),
        }
    }

    /// The cache entry with these rows.
    pub fn rows(self, owner: Owner) -> BoxFuture<'a, Result<CacheEntry, Error>> {
        Box::pin(async move {
            let load = || async { write(&self.shop.db().wishlists().wishes(owner).await?) };
            self.shop.parts.cache.get_or_load(&Key::Wishlist(owner), load).await
        })
    }
}

impl CatalogService<'_> {
    /// The current data of each game; hidden games are not cached and are read from the database.
    pub(crate) async fn listed(&self, ids: &[GameId]) -> Result<HashMap<GameId, ListedGame>, Error> {
        let shown = self.games_of(ids).await?;
        let mut listed: HashMap<_, _> = shown.iter().map(|game| (game.id, ListedGame::from(&**game))).collect();
        let hidden: Vec<GameId> = ids.iter().copied().filter(|id| !listed.contains_key(id)).collect();
        if !hidden.is_empty() {
            let games = self.shop.db().catalog().as_listed(&hidden).await?;
            listed.extend(games.into_iter().map(|game| (game.id, game)));
        }
        Ok(listed)
    }
}

fn write(rows: &impl Serialize) -> Result<Rendered, Error> {
    let text = serde_json::to_string(rows).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Rendered::data(text))
}

/// `None` for a value that this version of the program did not write although the checksum matches: it was forged.
fn read<T: DeserializeOwned>(entry: &CacheEntry) -> Option<T> {
    let read = serde_json::from_slice(&entry.identity);
    read.inspect_err(
        |error| tracing::warn!(%error, "[Cache] a cached cart or wishlist is not valid and is loaded again"),
    )
    .ok()
}
