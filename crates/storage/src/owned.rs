//! What carts and wishlists share: the owner's columns, and the columns of listed games.

use domain::cart::{ListedGame, Owner};
use domain::id::GameId;
use domain::money::Cents;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::Error;

/// The columns of `games g` for carts and wishlists.
pub(crate) const LISTED: &str = "g.id AS game_id, g.title, g.slug, g.image, g.price_cents, \
                                 (NOT g.hidden AND g.copies > 0) AS in_stock";

/// Reads the columns of [`LISTED`].
pub(crate) fn listed(row: &QueryResult) -> Result<ListedGame, Error> {
    Ok(ListedGame {
        id: GameId(row.try_get::<Uuid>("", "game_id")?),
        title: row.try_get("", "title")?,
        slug: row.try_get("", "slug")?,
        image: row.try_get("", "image")?,
        price: Cents::new(row.try_get("", "price_cents")?),
        in_stock: row.try_get("", "in_stock")?,
    })
}

/// The column for this kind of owner, and the owner's id.
pub(crate) const fn column_of(owner: Owner) -> (&'static str, Uuid) {
    match owner {
        Owner::User(id) => ("user_id", id.0),
        Owner::Guest(id) => ("guest_id", id.0),
    }
}

/// The values of the two owner columns, one of them NULL.
pub(crate) fn columns_of(owner: Owner) -> [Value; 2] {
    match owner {
        Owner::User(id) => [id.0.into(), Option::<Uuid>::None.into()],
        Owner::Guest(id) => [Option::<Uuid>::None.into(), id.0.into()],
    }
}
