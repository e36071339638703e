//! Wishlists: looked at and changed, by guests and by accounts alike.

use domain::cart::{LINES_MAX, Owner};
use domain::id::{GameId, UserId};
use domain::refusal::{FieldError, Refusal};
use domain::touch::Touch;
use domain::wishlist::{Wish, WishlistReceipt};
use storage::Tx;

use crate::guests::{Changed, Visitor};
use crate::{Error, Shop};

impl Shop {
    /// The visitor's wishlist; empty for a guest without a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn wishlist(&self, visitor: &Visitor) -> Result<Vec<Wish>, Error> {
        match self.owner(visitor).await? {
            Some(owner) => self.wishlist_of(owner).await,
            None => Ok(Vec::new()),
        }
    }

    /// Whether a game is on the visitor's wishlist.
    ///
    /// # Errors
    /// The database's.
    pub async fn in_wishlist(&self, visitor: &Visitor, game: GameId) -> Result<bool, Error> {
        match self.owner(visitor).await? {
            Some(owner) => Ok(self.wishes_of(owner).await?.iter().any(|wish| wish.game == game)),
            None => Ok(false),
        }
    }

    /// Adds a game, sold out or not; a guest without a session gets one. One that is there already stays.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], [`Refusal::Invalid`] when the list is full, or the database's.
    pub async fn add_to_wishlist(&self, visitor: &Visitor, game: GameId) -> Result<Changed<Vec<Wish>>, Error> {
        let writer = self.writer(visitor).await?;
        let input = (writer.clone(), self.parts.ids.fresh(), game, self.now());
        let changed = self.write(input, |tx, &(ref writer, id, game, now)| {
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
    }

    /// Takes a game off.
    ///
    /// # Errors
    /// [`Refusal::NotInWishlist`], or the database's.
    pub async fn remove_from_wishlist(&self, visitor: &Visitor, game: GameId) -> Result<Vec<Wish>, Error> {
        let Some(_) = self.owner(visitor).await? else {
            return Err(Refusal::NotInWishlist.into());
        };
        let writer = self.writer(visitor).await?;
        self.write((writer, game), |tx, &(ref writer, game)| {
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
    }

    /// Takes over what the visitor still holds as a guest.
    ///
    /// # Errors
    /// The database's.
    pub async fn migrate_wishlist(&self, user: UserId, guest_secret: Option<&str>) -> Result<WishlistReceipt, Error> {
        let taken = self.take_over_after_sign_in(user, guest_secret).await;
        Ok(taken.map(|taken| taken.wishlist).unwrap_or_default())
    }
}

/// Why a game was not added; `None` when it was there already.
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
