//! Carts: their owners, the limits of a line, and the migration of a guest's lines at sign-in.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Game;
use crate::clock::Timestamp;
use crate::id::{GameId, GuestId, UserId};
use crate::money::Cents;
use crate::refusal::FieldError;

/// The most copies of one game in a cart.
pub const QUANTITY_MAX: u32 = 99;
/// The most different games in a cart or on a wishlist.
pub const LINES_MAX: u32 = 500;

/// The owner of a cart or wishlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A visitor who has not signed in.
    Guest(GuestId),
    /// A user with an account.
    User(UserId),
}

/// A game as carts and wishlists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGame {
    /// Its id.
    pub id: GameId,
    /// Its full title.
    pub title: String,
    /// Its slug.
    pub slug: String,
    /// The address of its cover; empty when there is none.
    pub image: String,
    /// The current price of a copy.
    pub price: Cents,
    /// Whether a copy is for sale now.
    pub in_stock: bool,
}

/// Copies of one game in a cart, without the game's own data: the part that only the owner changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartRow {
    /// The game.
    pub game: GameId,
    /// How many copies: 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// When a sign-in could not move the line to the user's cart; `None` for a line of the cart.
    pub kept_at: Option<Timestamp>,
}

/// Copies of one game in a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    /// The game as it is now.
    pub game: ListedGame,
    /// How many copies: 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
}

/// A cart, as its owner sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    /// The lines, newest first.
    pub lines: Vec<CartLine>,
    /// Lines that could not be moved here at sign-in: not part of the cart until there is space or stock for them.
    pub kept: Vec<CartLine>,
}

impl From<&Game> for ListedGame {
    fn from(game: &Game) -> Self {
        Self {
            id: game.id,
            title: game.facts.title.clone(),
            slug: game.slug.clone(),
            image: game.facts.image.clone(),
            price: game.facts.price,
            in_stock: game.in_stock(),
        }
    }
}

impl CartRow {
    /// Whether the line is shown: a line that was kept aside before `kept_since` is not.
    #[must_use]
    pub fn is_shown(&self, kept_since: Timestamp) -> bool {
        self.kept_at.is_none_or(|at| at > kept_since)
    }
}

impl CartLine {
    /// The current price of all its copies.
    #[must_use]
    pub fn sum(&self) -> Cents {
        Cents::new(self.game.price.get().saturating_mul(i64::from(self.quantity)))
    }
}

impl Cart {
    /// Builds the cart from `lines` and the current games; a line without its game is left out.
    #[must_use]
    pub fn of(lines: &[CartRow], games: &HashMap<GameId, ListedGame>, kept_since: Timestamp) -> Self {
        let mut cart = Self::default();
        for line in lines.iter().filter(|line| line.is_shown(kept_since)) {
            if let Some(game) = games.get(&line.game) {
                cart.put(line, game.clone());
            }
        }
        cart
    }

    /// Appends a line that is shown.
    pub fn put(&mut self, line: &CartRow, game: ListedGame) {
        let lines = if line.kept_at.is_some() {
            &mut self.kept
        } else {
            &mut self.lines
        };
        let quantity = line.quantity;
        lines.push(CartLine { game, quantity });
    }

    /// The total price of the lines that can be bought now.
    #[must_use]
    pub fn total(&self) -> Cents {
        Cents::new(
            self.lines
                .iter()
                .filter(|line| line.game.in_stock)
                .map(|line| line.sum().get())
                .fold(0, i64::saturating_add),
        )
    }

    /// The number of copies.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }
}

/// Accepts `typed` as the quantity of a line, or says why it is not allowed.
pub fn checked_quantity(typed: i64) -> Result<u32, FieldError> {
    u32::try_from(typed)
        .ok()
        .filter(|quantity| (1..=QUANTITY_MAX).contains(quantity))
        .ok_or_else(|| FieldError::new("quantity", format!("must be 1 to {QUANTITY_MAX}")))
}

/// Why copies of a guest's line were not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptReason {
    /// The game is not for sale now.
    Unavailable,
    /// The line would hold more than [`QUANTITY_MAX`].
    LineFull,
}

/// How one line of a guest's cart was migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReceipt {
    /// The game.
    pub game: GameId,
    /// Copies in a new line of the user's cart.
    pub moved: u32,
    /// Copies added to an existing line of the user's cart.
    pub merged: u32,
    /// Copies that stay with the guest's session, and why.
    pub kept: Option<(u32, KeptReason)>,
}

impl LineReceipt {
    /// Decides how `quantity` copies of a guest are migrated; `has` is the quantity in the user's cart, 0 for no line.
    #[must_use]
    pub fn decide(game: GameId, quantity: u32, has: u32, for_sale: bool) -> Self {
        let room = QUANTITY_MAX.saturating_sub(has);
        let (taken, reason) = if for_sale {
            (quantity.min(room), KeptReason::LineFull)
        } else {
            (0, KeptReason::Unavailable)
        };
        let kept = quantity - taken;
        Self {
            game,
            moved: if has == 0 { taken } else { 0 },
            merged: if has == 0 { 0 } else { taken },
            kept: (kept > 0).then_some((kept, reason)),
        }
    }

    /// Copies that the user's cart gained.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.moved + self.merged
    }
}

/// How a guest's cart was migrated at sign-in; counted in copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CartReceipt {
    /// One entry for each line of the guest.
    pub lines: Vec<LineReceipt>,
}

impl CartReceipt {
    /// Copies in new lines.
    #[must_use]
    pub fn moved(&self) -> u32 {
        self.lines.iter().map(|line| line.moved).sum()
    }

    /// Copies added to existing lines.
    #[must_use]
    pub fn merged(&self) -> u32 {
        self.lines.iter().map(|line| line.merged).sum()
    }

    /// Copies that are kept aside.
    #[must_use]
    pub fn kept(&self) -> u32 {
        self.lines
            .iter()
            .filter_map(|line| line.kept)
            .map(|(copies, _)| copies)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn no_copy_is_lost_or_made(quantity in 1u32..=QUANTITY_MAX, has in 0u32..=QUANTITY_MAX, for_sale: bool) {
            let receipt = LineReceipt::decide(GameId(Uuid::nil()), quantity, has, for_sale);
            let kept = receipt.kept.map_or(0, |(copies, _)| copies);
            prop_assert_eq!(receipt.moved + receipt.merged + kept, quantity);
            prop_assert!(has + receipt.taken() <= QUANTITY_MAX);
            prop_assert!(for_sale || receipt.taken() == 0);
            prop_assert!(receipt.moved == 0 || receipt.merged == 0);
        }
    }

    #[test]
    fn a_line_holds_one_to_ninety_nine_copies() {
        for (typed, accepted) in [
            (0, false),
            (1, true),
            (99, true),
            (100, false),
            (-1, false),
            (i64::MAX, false),
        ] {
            assert_eq!(checked_quantity(typed).is_ok(), accepted, "{typed}");
        }
    }
}
