//! The migration of a guest: cart and wishlist move to the account at sign-in, and no line is lost.
//!
//! It is a transaction of its own, after the sign-in. It locks the guest's session, then the account; every change of a
//! cart or a wishlist holds one of the two locks, so no line is added or removed in between. A `DELETE` returns the
//! lines, and exactly these are inserted. A second migration of the same session finds it already linked and does
//! nothing.

use std::collections::HashMap;

use domain::cart::{CartReceipt, KeptReason, LineReceipt, Owner};
use domain::id::{GameId, GuestId, UserId};
use domain::touch::Touch;
use domain::wishlist::WishlistReceipt;
use storage::Tx;
use storage::carts::{Line, LineCapacity};
use uuid::Uuid;

use crate::failpoints::pass;
use crate::{Error, GuestService, operator_metrics};

/// The result of a guest's migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestMigration {
    /// The cart.
    pub cart: CartReceipt,
    /// The wishlist.
    pub wishlist: WishlistReceipt,
}

impl GuestService<'_> {
    /// The migration at a sign-in. A failure does not fail the sign-in; the migration is retried at the next request. While
    /// migrations are switched off, the guest's session keeps what it holds.
    pub(crate) async fn migrate_after_sign_in(
        &self,
        user: UserId,
        guest_secret: Option<&str>,
    ) -> Option<GuestMigration> {
        if !self.shop.parts.accounts.migrate_guests {
            return None;
        }
        let outcome = async {
            let Some(guest) = self.guest(guest_secret).await? else {
                return Ok(None);
            };
            self.migrate_guest(user, guest.id).await
        };
        let outcome = outcome.await;
        operator_metrics::guest_migration(&outcome, "migrated");
        outcome.unwrap_or_else(|error: Error| {
            log_failure(&error);
            None
        })
    }

    /// Retries a migration that failed, or migrates what a tab that did not know of the sign-in added.
    pub(super) async fn retry_migration(&self, user: UserId, guest: GuestId) {
        if !self.shop.parts.accounts.migrate_guests {
            return;
        }
        match self.migrate_guest(user, guest).await {
            // A signed-in caller who still sends the guest's secret: no migration was due.
            Ok(None) => {}
            outcome => {
                operator_metrics::guest_migration(&outcome, "retried");
                if let Err(error) = outcome {
                    log_failure(&error);
                }
            }
        }
    }

    /// Migrates the lines of `guest`; `None` when there are none, or they were migrated already.
    async fn migrate_guest(&self, user: UserId, guest: GuestId) -> Result<Option<GuestMigration>, Error> {
        if !self.shop.db().carts().guest_holds_anything(guest).await? {
            return Ok(None);
        }
        let input = (user, guest, self.shop.now(), self.shop.parts.ids.clone());
        let taken = self.shop.write(input, |tx, &(user, guest, now, ref ids)| {
            Box::pin(async move {
                if !tx.guests().lock(guest).await? || !tx.accounts().lock(user).await? {
                    return Ok(None);
                }
                pass("migrate_guest:locked").await;
                let cart = move_lines(tx, user, &[guest], &**ids).await?;
                let wishlist = tx.wishlists().hand_over(guest, user).await?;
                pass("migrate_guest:wishes_moved").await;
                tx.guests().take(guest, user, now).await?;
                pass("migrate_guest:session_taken").await;
                for owner in [Owner::Guest(guest), Owner::User(user)] {
                    tx.touch(Touch::Cart(owner));
                    tx.touch(Touch::Wishlist(owner));
                }
                Ok(Some(GuestMigration { cart, wishlist }))
            })
        });
        let taken = taken.await?;
        pass("migrate_guest:committed").await;
        if let Some(taken) = &taken {
            log(user, taken);
        }
        Ok(taken)
    }

    /// Tries again to move lines that were kept aside at `user`'s sign-ins, now that there may be space or stock for
    /// them.
    pub(crate) async fn migrate_kept(&self, user: UserId) -> Result<CartReceipt, Error> {
        if !self.shop.parts.accounts.migrate_guests {
            return Ok(CartReceipt::default());
        }
        let input = (user, self.kept_since(), self.shop.parts.ids.clone());
        let receipt = self.shop.write(input, |tx, &(user, since, ref ids)| {
            Box::pin(async move {
                let guests = tx.guests().lock_migrated(user, since).await?;
                if guests.is_empty() || !tx.accounts().lock(user).await? {
                    return Ok(CartReceipt::default());
                }
                let receipt = move_lines(tx, user, &guests, &**ids).await?;
                tx.touch(Touch::Cart(Owner::User(user)));
                Ok(receipt)
            })
        });
        receipt.await
    }
}

/// Moves the lines of `guests` into `user`'s cart as far as the rules admit, and puts the rest back. The number of
/// statements does not depend on the number of lines. Guests and account are locked.
async fn move_lines(
    tx: &Tx,
    user: UserId,
    guests: &[GuestId],
    ids: &dyn domain::id::Ids,
) -> Result<CartReceipt, storage::Error> {
    let lines = tx.carts().take_out(guests).await?;
    pass("migrate_guest:lines_taken").await;
    if lines.is_empty() {
        return Ok(CartReceipt::default());
    }
    let games: Vec<GameId> = lines.iter().map(|(_, line)| line.game).collect();
    let mut capacities: HashMap<GameId, LineCapacity> =
        tx.carts().capacities(user, &games).await?.into_iter().collect();
    let (mut receipt, mut moved, mut kept) = (CartReceipt::default(), Vec::new(), Vec::new());
    for (guest, line) in lines {
        let missing = LineCapacity {
            for_sale: false,
            has: 0,
        };
        let room = capacities.entry(line.game).or_insert(missing);
        let decided = LineReceipt::decide(line.game, line.quantity, room.has, room.for_sale);
        room.has += decided.taken();
        if decided.taken() > 0 {
            moved.push((
                ids.fresh(),
                Line {
                    quantity: decided.taken(),
                    ..line
                },
            ));
        }
        if let Some((copies, _)) = decided.kept {
            kept.push((
                ids.fresh(),
                guest,
                Line {
                    quantity: copies,
                    ..line
                },
            ));
        }
        receipt.lines.push(decided);
    }
    tx.carts().put(user, &merged(moved)).await?;
    pass("migrate_guest:lines_put").await;
    tx.carts().put_back(&kept).await?;
    pass("migrate_guest:rest_put_back").await;
    Ok(receipt)
}

/// Merges lines of the same game: a statement may name a game only once.
fn merged(lines: Vec<(Uuid, Line)>) -> Vec<(Uuid, Line)> {
    let mut merged: Vec<(Uuid, Line)> = Vec::new();
    let mut places: HashMap<GameId, usize> = HashMap::new();
    for (id, line) in lines {
        match places.get(&line.game) {
            Some(place) => merged[*place].1.quantity += line.quantity,
            None => {
                places.insert(line.game, merged.len());
                merged.push((id, line));
            }
        }
    }
    merged
}

fn log(user: UserId, taken: &GuestMigration) {
    let (cart, wishlist) = (&taken.cart, &taken.wishlist);
    let unavailable = cart
        .lines
        .iter()
        .filter(|line| matches!(line.kept, Some((_, KeptReason::Unavailable))))
        .count();
    tracing::info!(
        %user,
        moved = cart.moved(),
        merged = cart.merged(),
        kept = cart.kept(),
        unavailable,
        "[Cart Migration] a guest's cart was migrated"
    );
    tracing::info!(
        %user,
        moved = wishlist.moved,
        already_there = wishlist.already_there,
        "[Wishlist Migration] a guest's wishlist was migrated"
    );
}

fn log_failure(error: &Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "[Cart Migration] a migration failed and is retried at the next request"
    );
}
