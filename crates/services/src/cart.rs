//! Carts: looked at and changed, by guests and by accounts alike.

use domain::cart::{Cart, CartReceipt, LINES_MAX, Owner, QUANTITY_MAX, checked_quantity};
use domain::id::{GameId, UserId};
use domain::refusal::{FieldError, Refusal};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::Tx;
use storage::carts::Line;

use crate::guests::{Changed, Visitor};
use crate::write::Failed;
use crate::{Error, Shop};

/// What a change does to the cart of its owner.
type Change<I> = for<'t> fn(&'t Tx, Owner, &'t I) -> BoxFuture<'t, Result<(), Failed>>;

impl Shop {
    /// The visitor's cart; empty for a guest without a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn cart(&self, visitor: &Visitor) -> Result<Cart, Error> {
        match self.owner(visitor).await? {
            Some(owner) => self.cart_of(owner).await,
            None => Ok(Cart::default()),
        }
    }

    /// How many copies the visitor's cart holds.
    ///
    /// # Errors
    /// The database's.
    pub async fn cart_units(&self, visitor: &Visitor) -> Result<u64, Error> {
        match self.owner(visitor).await? {
            Some(owner) => {
                let lines = self.lines_of(owner).await?;
                let in_cart = lines.iter().filter(|line| line.kept_at.is_none());
                Ok(in_cart.map(|line| u64::from(line.quantity)).sum())
            }
            None => Ok(0),
        }
    }

    /// Adds copies of a game; a guest without a session gets one.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`], [`Refusal::OutOfStock`], [`Refusal::Invalid`] for a quantity that is not 1 to 99 or a
    /// line or cart that would hold too much, or the database's.
    pub async fn add_to_cart(&self, visitor: &Visitor, game: GameId, quantity: i64) -> Result<Changed<Cart>, Error> {
        let quantity = checked_quantity(quantity).map_err(|wrong| Refusal::Invalid(vec![wrong]))?;
        let (id, now) = (self.parts.ids.fresh(), self.now());
        let line = Line {
            game,
            quantity,
            added_at: now,
        };
        self.change_cart(visitor, (id, line), |tx, owner, &(id, line)| {
            Box::pin(async move {
                if !tx.carts().add(owner, id, line).await? {
                    return Err(why_not_added(tx, owner, line.game).await?.into());
                }
                Ok(())
            })
        })
        .await
    }

    /// Gives a line this many copies; 0 takes it out.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`], [`Refusal::Invalid`], or the database's.
    pub async fn set_in_cart(&self, visitor: &Visitor, game: GameId, quantity: i64) -> Result<Changed<Cart>, Error> {
        if quantity == 0 {
            return self.remove_from_cart(visitor, game).await;
        }
        let quantity = checked_quantity(quantity).map_err(|_| {
            Refusal::Invalid(vec![FieldError::new(
                "quantity",
                format!("must be 0 to {QUANTITY_MAX}"),
            )])
        })?;
        self.change_cart(visitor, (game, quantity), |tx, owner, &(game, quantity)| {
            Box::pin(async move { in_cart(tx.carts().set(owner, game, quantity).await?) })
        })
        .await
    }

    /// Takes a line out.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`], or the database's.
    pub async fn remove_from_cart(&self, visitor: &Visitor, game: GameId) -> Result<Changed<Cart>, Error> {
        self.change_cart(visitor, game, |tx, owner, game| {
            Box::pin(async move { in_cart(tx.carts().remove(owner, *game).await?) })
        })
        .await
    }

    /// Takes all lines out. What was kept at a sign-in stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear_cart(&self, visitor: &Visitor) -> Result<Changed<Cart>, Error> {
        if self.owner(visitor).await?.is_none() {
            return Ok(Changed {
                now: Cart::default(),
                new_secret: None,
            });
        }
        self.change_cart(visitor, (), |tx, owner, ()| {
            Box::pin(async move {
                tx.carts().clear(owner).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes over what the visitor still holds as a guest, and tries again to move what was kept at sign-ins.
    ///
    /// # Errors
    /// The database's.
    pub async fn migrate_cart(&self, user: UserId, guest_secret: Option<&str>) -> Result<CartReceipt, Error> {
        let mut receipt = self.take_kept(user).await?;
        if let Some(taken) = self.take_over_after_sign_in(user, guest_secret).await {
            receipt.lines.extend(taken.cart.lines);
        }
        Ok(receipt)
    }

    /// Takes out what was kept of a game at sign-ins.
    ///
    /// # Errors
    /// [`Refusal::NotInCart`], or the database's.
    pub async fn drop_kept(&self, user: UserId, game: GameId) -> Result<(), Error> {
        self.write((user, game), |tx, &(user, game)| {
            Box::pin(async move {
                in_cart(tx.carts().remove_kept(user, game).await?)?;
                tx.touch(Touch::Cart(Owner::User(user)));
                Ok(())
            })
        })
        .await
    }

    /// Changes the visitor's cart and returns it as it is then.
    async fn change_cart<I>(&self, visitor: &Visitor, input: I, work: Change<I>) -> Result<Changed<Cart>, Error>
    where
        I: Send + Sync + 'static,
    {
        let writer = self.writer(visitor).await?;
        let input = (writer.clone(), input, work, self.kept_since());
        let changed = self.write(input, |tx, &(ref writer, ref input, work, kept_since)| {
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

/// Why a game could not be added: looked up only then, since it hardly ever happens.
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
