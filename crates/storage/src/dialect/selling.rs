//! Statements of the checkout that differ between the databases.

use sea_orm::ConnectionTrait;

use super::is_sqlite;

/// Claims the oldest free keys of each game of the table `w (game_id, wanted)`, of which none is above `most`.
pub(crate) fn claim_keys(conn: &impl ConnectionTrait, most: u32) -> String {
    let free =
        |game| format!("FROM own_keys o WHERE o.game_id = {game} AND o.state = 'free' ORDER BY o.created_at, o.id");
    let picked = if is_sqlite(conn) {
        // Without LATERAL: each game's keys are numbered in a subquery of its own.
        let free = free("w.game_id");
        format!(
            "SELECT k.id FROM w JOIN own_keys k ON k.id IN (SELECT n.id FROM (SELECT o.id, \
             ROW_NUMBER() OVER (ORDER BY o.created_at, o.id) AS place {free} LIMIT {most}) n WHERE n.place <= w.wanted)"
        )
    } else {
        // Behind a SELECT the planner does not see which game's keys are wanted, and how many: seeing that, it would make a plan for
        // each execution.
        let free = free("(SELECT w.game_id)");
        format!(
            "SELECT k.id FROM w CROSS JOIN LATERAL (SELECT o.id {free} LIMIT (SELECT w.wanted) FOR UPDATE SKIP LOCKED) k"
        )
    };
    format!(
        ", picked AS ({picked}) UPDATE own_keys SET state = 'claimed' WHERE id IN (SELECT id FROM picked) \
         RETURNING id, game_id, cost_cents"
    )
}

/// Claims the oldest free key of the only game of the table `w (game_id, wanted)`, of which one is wanted. With its limit in the text
/// PostgreSQL knows that it reads a single key. An unknown limit is taken for a tenth of the free keys: while their number changed,
/// connections made a plan for each execution.
pub(crate) fn claim_key(conn: &impl ConnectionTrait) -> String {
    let lock = if is_sqlite(conn) { "" } else { " FOR UPDATE SKIP LOCKED" };
    format!(
        "UPDATE own_keys SET state = 'claimed' WHERE id = (SELECT o.id FROM own_keys o \
         WHERE o.game_id = (SELECT w.game_id FROM w) AND o.state = 'free' ORDER BY o.created_at, o.id LIMIT 1{lock}) \
         RETURNING id, game_id, cost_cents"
    )
}

/// Of the games of the table `w (game_id, offer_id, price, copies)`: what a checkout reads of them.
const GAMES: &str = "SELECT g.id, g.price_cents, g.hidden FROM games g WHERE g.id IN (SELECT game_id FROM w)";

/// Takes copies of the offers of `w`: keys of the shop are counted less, and copies of suppliers reserved.
const TAKING: &str = "UPDATE offers SET \
                      supplier_qty = supplier_qty - CASE WHEN supplier = 'own' THEN w.copies ELSE 0 END, \
                      reserved = reserved + CASE WHEN supplier = 'own' THEN 0 ELSE w.copies END \
                      FROM w WHERE offers.id = w.offer_id AND NOT offers.hidden AND NOT offers.parked \
                      AND offers.price_cents = w.price AND offers.supplier_qty - offers.reserved >= w.copies";

/// Locks the games of `w`, then its offers, each in the order of their ids. SQLite has only one writer anyway.
pub(crate) fn stock_lock(conn: &impl ConnectionTrait) -> String {
    if is_sqlite(conn) {
        return GAMES.to_owned();
    }
    format!(
        "{} SELECT id FROM locked_games WHERE (SELECT COUNT(*) FROM locked_offers) >= 0",
        locked_stock()
    )
}

/// Does the same, and takes copies of the offers; returns the games, each with of how many offers copies were `taken`. SQLite takes
/// them by a second statement.
pub(crate) fn stock_taking(conn: &impl ConnectionTrait) -> (String, Option<&'static str>) {
    if is_sqlite(conn) {
        return (GAMES.replacen(" FROM", ", 0 AS taken FROM", 1), Some(TAKING));
    }
    let text = format!(
        "{}, taken AS ({TAKING} AND offers.id IN (SELECT id FROM locked_offers) RETURNING offers.id) \
         SELECT id, price_cents, hidden, (SELECT COUNT(*) FROM taken) AS taken FROM locked_games",
        locked_stock()
    );
    (text, None)
}

/// The offers need to know how many games are locked before the first of them is.
fn locked_stock() -> String {
    format!(
        ", locked_games AS MATERIALIZED ({GAMES} ORDER BY g.id FOR NO KEY UPDATE), \
         locked_offers AS MATERIALIZED (SELECT o.id FROM offers o WHERE (SELECT COUNT(*) FROM locked_games) >= 0 \
         AND o.id IN (SELECT offer_id FROM w) ORDER BY o.id FOR NO KEY UPDATE)"
    )
}

/// Whether the transaction got the lock of the idempotency key `$3` of the caller `$1` at the route `$2`, until it ends. SQLite has only one
/// writer anyway.
pub(crate) fn key_lock(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        return "TRUE";
    }
    "pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(10), $1, $2, $3), 7449363249404374831))"
}

/// What joins a subquery to `l (got)`, of [`key_lock`], and `k`, the row of the idempotency key: its prefix, and the condition in it that
/// has it lock nothing unless the lock was got and the key is new. SQLite locks nothing anyway.
pub(crate) fn if_key_is_new(conn: &impl ConnectionTrait) -> (&'static str, &'static str) {
    if is_sqlite(conn) {
        return ("", "");
    }
    ("LATERAL ", " AND l.got AND k.order_id IS NULL")
}
