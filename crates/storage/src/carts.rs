//! Carts: lines of guests and of accounts, each change one statement.

use domain::cart::{Cart, CartRow, LINES_MAX, Owner, QUANTITY_MAX};
use domain::clock::Timestamp;
use domain::id::{GameId, GuestId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use crate::dialect::Kind;
use crate::owned::{LISTED, column_of, columns_of, listed};
use crate::{Error, dialect, sql};

/// The repository of carts.
#[derive(Clone, Copy, Debug)]
pub struct CartRepository<'a, C> {
    conn: &'a C,
}

/// A line without its game's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The game.
    pub game: GameId,
    /// How many copies.
    pub quantity: u32,
    /// When the line was created.
    pub added_at: Timestamp,
}

/// The availability of a game, and its quantity in a user's cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCapacity {
    /// Whether a copy is for sale now.
    pub for_sale: bool,
    /// The copies in the cart; 0 for no line.
    pub has: u32,
}

/// The columns of `cart_lines l` besides the game, for the statement of [`of`].
const ROW: &str = "l.quantity, CASE WHEN $2 AND l.user_id IS NULL THEN \
                    (SELECT taken_at FROM guest_sessions WHERE id = l.guest_id) END AS kept_at";

/// The lines of a cart, newest first; of a user's also those that were kept aside at sign-ins.
fn of(owner: Owner) -> String {
    let (column, _) = column_of(owner);
    format!(
        "WHERE l.{column} = $1 OR ($2 AND l.guest_id IN (SELECT id FROM guest_sessions WHERE taken_by = $1)) \
         ORDER BY l.added_at DESC, l.id DESC"
    )
}

fn values_of(owner: Owner) -> [Value; 2] {
    let (_, id) = column_of(owner);
    [id.into(), matches!(owner, Owner::User(_)).into()]
}

fn cart_row(row: &QueryResult) -> Result<CartRow, Error> {
    let kept_at = row.try_get::<Option<i64>>("", "kept_at")?;
    Ok(CartRow {
        game: GameId(row.try_get::<Uuid>("", "game_id")?),
        quantity: quantity(row, "quantity")?,
        kept_at: kept_at.map(Timestamp::from_micros),
    })
}

fn quantity(row: &QueryResult, column: &str) -> Result<u32, Error> {
    Ok(u32::try_from(row.try_get::<i64>("", column)?).unwrap_or(0))
}

impl<'a, C: ConnectionTrait> CartRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// A cart, newest line first. A user's includes lines that were kept aside at sign-ins after `kept_since`.
    pub async fn read(&self, owner: Owner, kept_since: Timestamp) -> Result<Cart, Error> {
        let text = format!(
            "SELECT {ROW}, {LISTED} FROM cart_lines l JOIN games g ON g.id = l.game_id {}",
            of(owner)
        );
        let mut cart = Cart::default();
        for row in sql::all(self.conn, &text, values_of(owner)).await? {
            let line = cart_row(&row)?;
            if line.is_shown(kept_since) {
                cart.put(&line, listed(&row)?);
            }
        }
        Ok(cart)
    }

    /// The lines of a cart without their games, newest first; a user's with all lines that were kept aside at sign-ins.
    pub async fn lines(&self, owner: Owner) -> Result<Vec<CartRow>, Error> {
        let text = format!("SELECT l.game_id, {ROW} FROM cart_lines l {}", of(owner));
        let rows = sql::all(self.conn, &text, values_of(owner)).await?;
        rows.iter().map(cart_row).collect()
    }

    /// Whether a guest's session has a line in its cart or wishlist.
    pub async fn guest_holds_anything(&self, guest: GuestId) -> Result<bool, Error> {
        let text = "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM cart_lines WHERE guest_id = $1) \
                    OR EXISTS (SELECT 1 FROM wishes WHERE guest_id = $1)";
        Ok(sql::one(self.conn, text, [guest.0.into()]).await?.is_some())
    }
}

impl CartRepository<'_, DatabaseTransaction> {
    /// Adds copies of a game that is for sale; `false` when it is not, or when the line or the cart is full.
    pub async fn add(&self, owner: Owner, id: Uuid, line: Line) -> Result<bool, Error> {
        let (column, _) = column_of(owner);
        let [user, guest] = columns_of(owner);
        let text = format!(
            "INSERT INTO cart_lines (id, user_id, guest_id, game_id, quantity, added_at) \
             SELECT $1, $2, $3, g.id, $5, $6 FROM games g WHERE g.id = $4 AND NOT g.hidden \
             AND g.copies > 0 AND (SELECT COUNT(*) FROM cart_lines WHERE {column} = ${at}) < {LINES_MAX} \
             ON CONFLICT ({column}, game_id) DO UPDATE SET quantity = cart_lines.quantity + excluded.quantity \
             WHERE cart_lines.quantity + excluded.quantity <= {QUANTITY_MAX}",
            at = if column == "user_id" { 2 } else { 3 }
        );
        let values = [
            id.into(),
            user,
            guest,
            line.game.0.into(),
            i64::from(line.quantity).into(),
            line.added_at.as_micros().into(),
        ];
        Ok(sql::run(self.conn, &text, values).await? == 1)
    }

    /// Sets the quantity of a line; `false` when there is no such line.
    pub async fn set(&self, owner: Owner, game: GameId, quantity: u32) -> Result<bool, Error> {
        let (column, id) = column_of(owner);
        let text = format!("UPDATE cart_lines SET quantity = $3 WHERE {column} = $1 AND game_id = $2");
        let values = [id.into(), game.0.into(), i64::from(quantity).into()];
        Ok(sql::run(self.conn, &text, values).await? == 1)
    }

    /// Removes a line; `false` when there is no such line.
    pub async fn remove(&self, owner: Owner, game: GameId) -> Result<bool, Error> {
        let (column, id) = column_of(owner);
        let text = format!("DELETE FROM cart_lines WHERE {column} = $1 AND game_id = $2");
        Ok(sql::run(self.conn, &text, [id.into(), game.0.into()]).await? == 1)
    }

    /// Removes all lines; returns how many there were.
    pub async fn clear(&self, owner: Owner) -> Result<u64, Error> {
        let (column, id) = column_of(owner);
        let text = format!("DELETE FROM cart_lines WHERE {column} = $1");
        sql::run(self.conn, &text, [id.into()]).await
    }

    /// Removes lines of a game that were kept aside at sign-ins of `user`; `false` when there was none.
    pub async fn remove_kept(&self, user: UserId, game: GameId) -> Result<bool, Error> {
        let text = "DELETE FROM cart_lines WHERE game_id = $2 AND guest_id IN \
                    (SELECT id FROM guest_sessions WHERE taken_by = $1)";
        Ok(sql::run(self.conn, text, [user.0.into(), game.0.into()]).await? > 0)
    }

    /// Deletes the lines of guests' sessions and returns them, in one statement.
    pub async fn take_out(&self, guests: &[GuestId]) -> Result<Vec<(GuestId, Line)>, Error> {
        let delete = Query::delete()
            .from_table("cart_lines")
            .and_where(Expr::col("guest_id").is_in(guests.iter().map(|guest| guest.0)))
            .returning(Query::returning().columns(["guest_id", "game_id", "quantity", "added_at"]))
            .to_owned();
        let rows = self.conn.query_all(&delete).await?;
        let line = |row: &QueryResult| {
            let line = Line {
                game: GameId(row.try_get::<Uuid>("", "game_id")?),
                quantity: quantity(row, "quantity")?,
                added_at: Timestamp::from_micros(row.try_get("", "added_at")?),
            };
            Ok((GuestId(row.try_get::<Uuid>("", "guest_id")?), line))
        };
        rows.iter().map(line).collect()
    }

    /// The availability of each of these games, and its quantity in `user`'s cart.
    pub async fn capacities(&self, user: UserId, games: &[GameId]) -> Result<Vec<(GameId, LineCapacity)>, Error> {
        let select = Query::select()
            .expr(Expr::cust(LISTED))
            .expr_as(Expr::cust("COALESCE(l.quantity, 0)"), "quantity")
            .from_as("games", "g")
            .join_as(
                sea_orm::sea_query::JoinType::LeftJoin,
                "cart_lines",
                "l",
                Expr::cust("l.game_id = g.id").and(Expr::col(("l", "user_id")).eq(user.0)),
            )
            .and_where(Expr::col(("g", "id")).is_in(games.iter().map(|game| game.0)))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        let room = |row: &QueryResult| {
            let game = listed(row)?;
            let room = LineCapacity {
                for_sale: game.in_stock,
                has: quantity(row, "quantity")?,
            };
            Ok((game.id, room))
        };
        rows.iter().map(room).collect()
    }

    /// Inserts lines into `user`'s cart, each with the id for a new line; copies are added to existing lines. Each game
    /// may occur only once.
    pub async fn put(&self, user: UserId, lines: &[(Uuid, Line)]) -> Result<(), Error> {
        let rows = lines.iter().map(|(id, line)| row(*id, user.0, line));
        let merge = "ON CONFLICT (user_id, game_id) DO UPDATE SET quantity = cart_lines.quantity + excluded.quantity";
        dialect::insert_many(self.conn, "cart_lines", &columns("user_id"), rows.collect(), merge).await?;
        Ok(())
    }

    /// Puts back lines of guests' sessions that could not be moved.
    pub async fn put_back(&self, lines: &[(Uuid, GuestId, Line)]) -> Result<(), Error> {
        let rows = lines.iter().map(|(id, guest, line)| row(*id, guest.0, line));
        dialect::insert_many(self.conn, "cart_lines", &columns("guest_id"), rows.collect(), "").await?;
        Ok(())
    }
}

const fn columns(owner: &str) -> [(&str, Kind); 5] {
    [
        ("id", Kind::Uuid),
        (owner, Kind::Uuid),
        ("game_id", Kind::Uuid),
        ("quantity", Kind::Number),
        ("added_at", Kind::Number),
    ]
}

fn row(id: Uuid, owner: Uuid, line: &Line) -> Vec<Value> {
    vec![
        id.into(),
        owner.into(),
        line.game.0.into(),
        i64::from(line.quantity).into(),
        line.added_at.as_micros().into(),
    ]
}
