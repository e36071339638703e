//! Carts and wishlists as the API writes them, and what becomes of a guest's at sign-in.

use domain::cart::{Cart, CartLine, CartReceipt, KeptReason, LineReceipt, ListedGame};
use domain::wishlist::{Wish, WishlistReceipt};
use serde::Serialize;
use services::guests::GuestMigration;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Money;

/// What became of what was collected as a guest.
#[derive(Serialize, ToSchema)]
#[schema(as = Migration)]
pub(crate) struct MigrationBody {
    cart: CartReceiptBody,
    wishlist: WishlistReceiptBody,
}

impl From<&GuestMigration> for MigrationBody {
    fn from(taken: &GuestMigration) -> Self {
        Self {
            cart: (&taken.cart).into(),
            wishlist: taken.wishlist.into(),
        }
    }
}

/// What became of a guest's cart, counted in copies.
#[derive(Serialize, ToSchema)]
#[schema(as = CartMigration)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CartReceiptBody {
    /// Copies in new lines.
    moved: u32,
    /// Copies added to lines that were there.
    merged: u32,
    /// Copies that stay aside for 30 days: `kept` in the cart.
    kept_unavailable: u32,
    lines: Vec<LineReceiptBody>,
}

/// What became of one line.
#[derive(Serialize, ToSchema)]
#[schema(as = CartMigrationLine)]
#[serde(rename_all = "camelCase")]
struct LineReceiptBody {
    game_id: Uuid,
    moved: u32,
    merged: u32,
    kept: u32,
    /// `unavailable`, or `lineFull` when the line would hold more than 99; only where copies are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
}

impl From<&LineReceipt> for LineReceiptBody {
    fn from(line: &LineReceipt) -> Self {
        Self {
            game_id: line.game.0,
            moved: line.moved,
            merged: line.merged,
            kept: line.kept.map_or(0, |(copies, _)| copies),
            reason: line.kept.map(|(_, reason)| match reason {
                KeptReason::Unavailable => "unavailable",
                KeptReason::LineFull => "lineFull",
            }),
        }
    }
}

impl From<&CartReceipt> for CartReceiptBody {
    fn from(receipt: &CartReceipt) -> Self {
        Self {
            moved: receipt.moved(),
            merged: receipt.merged(),
            kept_unavailable: receipt.kept(),
            lines: receipt.lines.iter().map(LineReceiptBody::from).collect(),
        }
    }
}

/// What became of a guest's wishlist.
#[derive(Serialize, ToSchema)]
#[schema(as = WishlistMigration)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WishlistReceiptBody {
    moved: u32,
    already_there: u32,
}

impl From<WishlistReceipt> for WishlistReceiptBody {
    fn from(receipt: WishlistReceipt) -> Self {
        Self {
            moved: receipt.moved,
            already_there: receipt.already_there,
        }
    }
}

/// A game as carts and wishlists show it.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedGame)]
#[serde(rename_all = "camelCase")]
struct ListedGameBody<'a> {
    id: Uuid,
    title: &'a str,
    slug: &'a str,
    image: &'a str,
    /// EUR, what a copy costs now.
    #[schema(value_type = f64, example = 19.38)]
    price: Money,
    /// Whether a copy is for sale now.
    in_stock: bool,
}

impl<'a> From<&'a ListedGame> for ListedGameBody<'a> {
    fn from(game: &'a ListedGame) -> Self {
        Self {
            id: game.id.0,
            title: &game.title,
            slug: &game.slug,
            image: &game.image,
            price: Money(game.price),
            in_stock: game.in_stock,
        }
    }
}

/// Copies of one game.
#[derive(Serialize, ToSchema)]
#[schema(as = CartItem)]
#[serde(rename_all = "camelCase")]
struct CartItemBody<'a> {
    game_id: Uuid,
    quantity: u32,
    game: ListedGameBody<'a>,
}

impl<'a> From<&'a CartLine> for CartItemBody<'a> {
    fn from(line: &'a CartLine) -> Self {
        Self {
            game_id: line.game.id.0,
            quantity: line.quantity,
            game: (&line.game).into(),
        }
    }
}

/// A cart.
#[derive(Serialize, ToSchema)]
#[schema(as = Cart)]
pub(crate) struct CartBody<'a> {
    /// The newest first.
    items: Vec<CartItemBody<'a>>,
    /// EUR, of the items that are in stock.
    #[schema(value_type = f64, example = 38.76)]
    total: Money,
    /// What could not be moved here at a sign-in and is kept for 30 days: no part of `items`. Left out when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept: Vec<CartItemBody<'a>>,
}

impl<'a> From<&'a Cart> for CartBody<'a> {
    fn from(cart: &'a Cart) -> Self {
        Self {
            items: cart.lines.iter().map(CartItemBody::from).collect(),
            total: Money(cart.total()),
            kept: cart.kept.iter().map(CartItemBody::from).collect(),
        }
    }
}

/// A wishlist.
#[derive(Serialize, ToSchema)]
#[schema(as = Wishlist)]
pub(crate) struct WishlistBody<'a> {
    /// The newest first.
    items: Vec<WishBody<'a>>,
}

/// A game on a wishlist.
#[derive(Serialize, ToSchema)]
#[schema(as = WishlistItem)]
#[serde(rename_all = "camelCase")]
struct WishBody<'a> {
    game_id: Uuid,
    added_at: String,
    game: ListedGameBody<'a>,
}

impl<'a> From<&'a [Wish]> for WishlistBody<'a> {
    fn from(wishes: &'a [Wish]) -> Self {
        let wish = |wish: &'a Wish| WishBody {
            game_id: wish.game.id.0,
            added_at: wish.added_at.to_string(),
            game: (&wish.game).into(),
        };
        Self {
            items: wishes.iter().map(wish).collect(),
        }
    }
}
