//! Carts: read and changed, by guests and by accounts.

use domain::cart::{Cart, CartReceipt, LINES_MAX, Owner, QUANTITY_MAX, checked_quantity};
use domain::id::{GameId, UserId};
use domain::refusal::{FieldError, Refusal};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::Tx;
use storage::carts::Line;

use crate::guests::{Changed, Visitor};
use crate::write::Failed;
use crate::{CartService, Error};

/// The change of a cart within its transaction.
type Change<I> = for<'t> fn(&'t Tx, Owner, &'t I) -> BoxFuture<'t, Result<(), Failed>>;

impl<'a> CartService<'a> {
    /// The visitor's cart; empty for a guest without a session.
    pub fn get(self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Cart, Error>> {
        Box::pin(async move {
            match self.shop.guests().owner(visitor).await? {
                Some(owner) => self.of(owner).await,
                None => Ok(Cart::default()),
            }
        })
    }

    /// The number of copies in the visitor's cart.
    pub fn units(self, visitor: &'a Visitor) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            match self.shop.guests().owner(visitor).await? {
                Some(owner) => {
                    let lines = self.lines_of(owner).await?;
                    let in_cart = lines.iter().filter(|line| line.kept_at.is_none());
                    Ok(in_cart.map(|line| u64::from(line.quantity)).sum())
                }
                None => Ok(0),
            }
        })
    }

    /// Adds copies of a game; a guest without a session gets one.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], [`Refusal::OutOfStock`], [`Refusal::Invalid`] for a quantity that is not 1 to 99 or a
    /// line or cart that would hold too much.
    pub fn add(self, visitor: &'a Visitor, game: GameId, quantity: i64) -> BoxFuture<'a, Result<Changed<Cart>, Error>> {
        Box::pin(async move {
            let quantity = checked_quantity(quantity).map_err(|wrong| Refusal::Invalid(vec![wrong]))?;
            let (id, now) = (self.shop.parts.ids.fresh(), self.shop.now());
            let line = Line {
                game,
                quantity,
                added_at: now,
            };
            self.change(visitor, (id, line), |tx, owner, &(id, line)| {
                Box::pin(async move {
                    if !tx.carts().add(owner, id, line).await? {
                        return Err(why_not_added(tx, owner, line.game).await?.into());
                    }
                    Ok(())
                })
            })
            .await
        })
    }

    /// Sets the quantity of a line; 0 removes it.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`], [`Refusal::Invalid`].
    pub fn set(self, visitor: &'a Visitor, game: GameId, quantity: i64) -> BoxFuture<'a, Result<Changed<Cart>, Error>> {
        Box::pin(async move {
            if quantity == 0 {
                return self.remove(visitor, game).await;
            }
            let quantity = checked_quantity(quantity).map_err(|_| {
                Refusal::Invalid(vec![FieldError::new(
                    "quantity",
                    format!("must be 0 to {QUANTITY_MAX}"),
                )])
            })?;
            self.change(visitor, (game, quantity), |tx, owner, &(game, quantity)| {
                Box::pin(async move { in_cart(tx.carts().set(owner, game, quantity).await?) })
            })
            .await
        })
    }

    /// Removes a line.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`].
    pub fn remove(self, visitor: &'a Visitor, game: GameId) -> BoxFuture<'a, Result<Changed<Cart>, Error>> {
        Box::pin(async move {
            self.change(visitor, game, |tx, owner, game| {
                Box::pin(async move { in_cart(tx.carts().remove(owner, *game).await?) })
            })
            .await
        })
    }

    /// Removes all lines. Lines that were kept aside at a sign-in stay.
    pub fn clear(self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Changed<Cart>, Error>> {
        Box::pin(async move {
            if self.shop.guests().owner(visitor).await?.is_none() {
                return Ok(Changed {
                    now: Cart::default(),
                    new_secret: None,
                });
            }
            self.change(visitor, (), |tx, owner, ()| {
                Box::pin(async move {
                    tx.carts().clear(owner).await?;
                    Ok(())
                })
            })
            .await
        })
    }

    /// Migrates the visitor's guest cart, if there is one, and tries again to move lines that were kept aside at
    /// sign-ins.
    pub fn migrate(self, user: UserId, guest_secret: Option<&'a str>) -> BoxFuture<'a, Result<CartReceipt, Error>> {
        Box::pin(async move {
            let mut receipt = self.shop.guests().migrate_kept(user).await?;
            if let Some(taken) = self.shop.guests().migrate_after_sign_in(user, guest_secret).await {
                receipt.lines.extend(taken.cart.lines);
            }
            Ok(receipt)
        })
    }

    /// Discards the kept-aside lines of a game.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`].
    pub fn drop_kept(self, user: UserId, game: GameId) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.shop
                .write((user, game), |tx, &(user, game)| {
                    Box::pin(async move {
                        in_cart(tx.carts().remove_kept(user, game).await?)?;
                        tx.touch(Touch::Cart(Owner::User(user)));
                        Ok(())
                    })
                })
                .await
        })
    }

    /// Changes the visitor's cart and returns it as it is afterwards.
    async fn change<I>(&self, visitor: &Visitor, input: I, work: Change<I>) -> Result<Changed<Cart>, Error>
    where
        I: Send + Sync + 'static,
    {
        let writer = self.shop.guests().writer(visitor).await?;
        let input = (writer.clone(), input, work, self.shop.guests().kept_since());
        let changed = self
            .shop
            .write(input, |tx, &(ref writer, ref input, work, kept_since)| {
                Box::pin(async move {
                    let (owner, begun) = writer.owner(tx).await?;
                    work(tx, owner, input).await?;
                    tx.touch(Touch::Cart(owner));
                    Ok((tx.carts().read(owner, kept_since).await?, begun))
                })
            });
        let (cart, begun) = changed.await?;
        Ok(Changed {
            now: cart,
            new_secret: writer.new_secret(begun),
        })
    }
}

fn in_cart(found: bool) -> Result<(), Failed> {
    if found { Ok(()) } else { Err(Refusal::NotInCart.into()) }
}

/// Why a game could not be added: looked up only in this rare case.
async fn why_not_added(tx: &Tx, owner: Owner, game: GameId) -> Result<Refusal, storage::Error> {
    let Some(game) = tx.catalog().by_id(game).await? else {
        return Ok(Refusal::GameNotFound);
    };
    if !game.in_stock() {
        return Ok(Refusal::OutOfStock);
    }
    let cart = tx.carts().read(owner, domain::clock::Timestamp::EPOCH).await?;
    let message = if cart.lines.iter().any(|line| line.game.id == game.id) {
        format!("a line holds at most {QUANTITY_MAX} copies")
    } else {
        format!("a cart holds at most {LINES_MAX} different games")
    };
    Ok(Refusal::Invalid(vec![FieldError::new("quantity", message)]))
}
