//! Wishlists: read and changed, by guests and by accounts.

use domain::cart::{LINES_MAX, Owner};
use domain::id::{GameId, UserId};
use domain::refusal::{FieldError, Refusal};
use domain::touch::Touch;
use domain::wishlist::{Wish, WishlistReceipt};
use futures::future::BoxFuture;
use storage::Tx;

use crate::guests::{Changed, Visitor};
use crate::{Error, WishlistService};

impl<'a> WishlistService<'a> {
    /// The visitor's wishlist; empty for a guest without a session.
    pub fn get(self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Vec<Wish>, Error>> {
        Box::pin(async move {
            match self.shop.guests().owner(visitor).await? {
                Some(owner) => self.of(owner).await,
                None => Ok(Vec::new()),
            }
        })
    }

    /// Whether a game is on the visitor's wishlist.
    pub fn holds(self, visitor: &'a Visitor, game: GameId) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            match self.shop.guests().owner(visitor).await? {
                Some(owner) => Ok(self.wishes_of(owner).await?.iter().any(|wish| wish.game == game)),
                None => Ok(false),
            }
        })
    }

    /// Adds a game, even if it is sold out; a guest without a session gets one. A game that is already listed stays.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], [`Refusal::Invalid`] when the list is full.
    pub fn add(self, visitor: &'a Visitor, game: GameId) -> BoxFuture<'a, Result<Changed<Vec<Wish>>, Error>> {
        Box::pin(async move {
            let writer = self.shop.guests().writer(visitor).await?;
            let input = (writer.clone(), self.shop.parts.ids.fresh(), game, self.shop.now());
            let changed = self.shop.write(input, |tx, &(ref writer, id, game, now)| {
                Box::pin(async move {
                    let (owner, begun) = writer.owner(tx).await?;
                    if tx.wishlists().add(owner, id, game, now).await? {
                        tx.touch(Touch::Wishlist(owner));
                    } else if let Some(refusal) = why_not_added(tx, owner, game).await? {
                        return Err(refusal.into());
                    }
                    Ok((tx.wishlists().read(owner).await?, begun))
                })
            });
            let (wishes, begun) = changed.await?;
            Ok(Changed {
                now: wishes,
                new_secret: writer.new_secret(begun),
            })
        })
    }

    /// Removes a game.
    ///
    /// # Errors
    /// [`Refusal::NotInWishlist`].
    pub fn remove(self, visitor: &'a Visitor, game: GameId) -> BoxFuture<'a, Result<Vec<Wish>, Error>> {
        Box::pin(async move {
            let Some(_) = self.shop.guests().owner(visitor).await? else {
                return Err(Refusal::NotInWishlist.into());
            };
            let writer = self.shop.guests().writer(visitor).await?;
            self.shop
                .write((writer, game), |tx, &(ref writer, game)| {
                    Box::pin(async move {
                        let (owner, _) = writer.owner(tx).await?;
                        if !tx.wishlists().remove(owner, game).await? {
                            return Err(Refusal::NotInWishlist.into());
                        }
                        tx.touch(Touch::Wishlist(owner));
                        Ok(tx.wishlists().read(owner).await?)
                    })
                })
                .await
        })
    }

    /// Migrates the visitor's guest wishlist, if there is one.
    pub fn migrate(self, user: UserId, guest_secret: Option<&'a str>) -> BoxFuture<'a, Result<WishlistReceipt, Error>> {
        Box::pin(async move {
            let taken = self.shop.guests().migrate_after_sign_in(user, guest_secret).await;
            Ok(taken.map(|taken| taken.wishlist).unwrap_or_default())
        })
    }
}

/// Why a game was not added; `None` when it was already listed.
async fn why_not_added(tx: &Tx, owner: Owner, game: GameId) -> Result<Option<Refusal>, storage::Error> {
    if tx.wishlists().holds(owner, game).await? {
        return Ok(None);
    }
    if tx.catalog().by_id(game).await?.is_none() {
        return Ok(Some(Refusal::GameNotFound));
    }
    let message = format!("a wishlist holds at most {LINES_MAX} games");
    Ok(Some(Refusal::Invalid(vec![FieldError::new("gameId", message)])))
}
