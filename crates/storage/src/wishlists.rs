//! Wishlists: games of guests and of accounts, each change one statement.

use domain::cart::{LINES_MAX, Owner};
use domain::clock::Timestamp;
use domain::id::{GameId, GuestId, UserId};
use domain::wishlist::{Wish, WishRow, WishlistReceipt};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::owned::{LISTED, column_of, columns_of, listed};
use crate::{Error, sql};

/// The repository of wishlists.
#[derive(Clone, Copy, Debug)]
pub struct WishlistRepository<'a, C> {
    conn: &'a C,
}

impl<'a, C: ConnectionTrait> WishlistRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// A wishlist, newest game first.
    pub async fn read(&self, owner: Owner) -> Result<Vec<Wish>, Error> {
        let (column, id) = column_of(owner);
        let text = format!(
            "SELECT {LISTED}, w.added_at FROM wishes w JOIN games g ON g.id = w.game_id WHERE w.{column} = $1 \
             ORDER BY w.added_at DESC, w.id DESC"
        );
        let rows = sql::all(self.conn, &text, [id.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Wish {
                    game: listed(row)?,
                    added_at: Timestamp::from_micros(row.try_get("", "added_at")?),
                })
            })
            .collect()
    }

    /// The rows of a wishlist without their games, newest first.
    pub async fn wishes(&self, owner: Owner) -> Result<Vec<WishRow>, Error> {
        let (column, id) = column_of(owner);
        let text = format!("SELECT game_id, added_at FROM wishes WHERE {column} = $1 ORDER BY added_at DESC, id DESC");
        let rows = sql::all(self.conn, &text, [id.into()]).await?;
        let wish = |row: &QueryResult| {
            Ok(WishRow {
                game: GameId(row.try_get::<Uuid>("", "game_id")?),
                added_at: Timestamp::from_micros(row.try_get("", "added_at")?),
            })
        };
        rows.iter().map(wish).collect()
    }

    /// Whether a game is on a wishlist.
    pub async fn holds(&self, owner: Owner, game: GameId) -> Result<bool, Error> {
        let (column, id) = column_of(owner);
        let text = format!("SELECT id FROM wishes WHERE {column} = $1 AND game_id = $2");
        Ok(sql::one(self.conn, &text, [id.into(), game.0.into()]).await?.is_some())
    }
}

impl WishlistRepository<'_, DatabaseTransaction> {
    /// Adds a visible game; `false` when it is listed already, is not visible, or the list is full.
    pub async fn add(&self, owner: Owner, id: Uuid, game: GameId, now: Timestamp) -> Result<bool, Error> {
        let (column, _) = column_of(owner);
        let [user, guest] = columns_of(owner);
        let text = format!(
            "INSERT INTO wishes (id, user_id, guest_id, game_id, added_at) SELECT $1, $2, $3, g.id, $5 FROM games g \
             WHERE g.id = $4 AND NOT g.hidden AND (SELECT COUNT(*) FROM wishes WHERE {column} = ${at}) < {LINES_MAX} \
             ON CONFLICT ({column}, game_id) DO NOTHING",
            at = if column == "user_id" { 2 } else { 3 }
        );
        let values = [id.into(), user, guest, game.0.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, &text, values).await? == 1)
    }

    /// Removes a game; `false` when it was not on the list.
    pub async fn remove(&self, owner: Owner, game: GameId) -> Result<bool, Error> {
        let (column, id) = column_of(owner);
        let text = format!("DELETE FROM wishes WHERE {column} = $1 AND game_id = $2");
        Ok(sql::run(self.conn, &text, [id.into(), game.0.into()]).await? == 1)
    }

    /// Moves a guest's wishlist to `user`; games that the user's list already has are removed from the guest's.
    pub async fn hand_over(&self, guest: GuestId, user: UserId) -> Result<WishlistReceipt, Error> {
        let moved = "UPDATE wishes SET user_id = $2, guest_id = NULL WHERE guest_id = $1 AND game_id NOT IN \
                     (SELECT game_id FROM wishes WHERE user_id = $2)";
        let moved = sql::run(self.conn, moved, [guest.0.into(), user.0.into()]).await?;
        let rest = "DELETE FROM wishes WHERE guest_id = $1";
        let already_there = sql::run(self.conn, rest, [guest.0.into()]).await?;
        Ok(WishlistReceipt {
            moved: u32::try_from(moved).unwrap_or(u32::MAX),
            already_there: u32::try_from(already_there).unwrap_or(u32::MAX),
        })
    }
}
