//! What people hold: carts and wishlists, whose lines are kept and whose games are joined at read, so that no price
//! and no stock is kept twice.

use std::collections::HashMap;
use std::future::Future;

use cache::key::Key;
use domain::cart::{Cart, HeldLine, ListedGame, Owner};
use domain::id::GameId;
use domain::wishlist::{HeldWish, Wish};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Rendered, Shop};

impl Shop {
    /// A cart, the newest line first.
    pub(crate) async fn cart_of(&self, owner: Owner) -> Result<Cart, Error> {
        let lines = self.lines_of(owner).await?;
        let games: Vec<GameId> = lines.iter().map(|line| line.game).collect();
        Ok(Cart::of(&lines, &self.listed(&games).await?, self.kept_since()))
    }

    /// The lines of a cart, the newest first, with all that was kept at sign-ins.
    pub(crate) async fn lines_of(&self, owner: Owner) -> Result<Vec<HeldLine>, Error> {
        self.held(&Key::Cart(owner), || async { self.db().carts().lines(owner).await })
            .await
    }

    /// A wishlist, the newest wish first.
    pub(crate) async fn wishlist_of(&self, owner: Owner) -> Result<Vec<Wish>, Error> {
        let wishes = self.wishes_of(owner).await?;
        let games: Vec<GameId> = wishes.iter().map(|wish| wish.game).collect();
        let mut listed = self.listed(&games).await?;
        let wish = |held: &HeldWish| {
            let game = listed.remove(&held.game)?;
            Some(Wish {
                game,
                added_at: held.added_at,
            })
        };
        Ok(wishes.iter().filter_map(wish).collect())
    }

    /// A wishlist without its games, the newest wish first.
    pub(crate) async fn wishes_of(&self, owner: Owner) -> Result<Vec<HeldWish>, Error> {
        self.held(&Key::Wishlist(owner), || async {
            self.db().wishlists().wishes(owner).await
        })
        .await
    }

    /// Each game as it is now; what is not shown any more is read from the database, for it is not kept.
    async fn listed(&self, ids: &[GameId]) -> Result<HashMap<GameId, ListedGame>, Error> {
        let shown = self.games_of(ids).await?;
        let mut listed: HashMap<_, _> = shown.iter().map(|game| (game.id, ListedGame::from(&**game))).collect();
        let hidden: Vec<GameId> = ids.iter().copied().filter(|id| !listed.contains_key(id)).collect();
        if !hidden.is_empty() {
            let games = self.db().catalog().as_listed(&hidden).await?;
            listed.extend(games.into_iter().map(|game| (game.id, game)));
        }
        Ok(listed)
    }

    /// Rows that are kept under `key`, or loaded now.
    async fn held<T, F>(&self, key: &Key, load: impl Fn() -> F) -> Result<Vec<T>, Error>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<Vec<T>, storage::Error>>,
    {
        let kept = self.parts.cache.get_or_load(key, || async {
            let rows = load().await?;
            let text = serde_json::to_string(&rows).map_err(|error| Error::Internal(Box::new(error)))?;
            Ok::<_, Error>(Rendered::data(text))
        });
        match serde_json::from_slice(&kept.await?.identity) {
            Ok(rows) => Ok(rows),
            // Nobody but this edition of the program writes under this key, unless somebody forged the seal.
            Err(error) => {
                tracing::warn!(%key, %error, "[Cache] a kept value is none, and is read from the database");
                Ok(load().await?)
            }
        }
    }
}
