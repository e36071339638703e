//! Statements of the checkout that differ between the databases.

use sea_orm::ConnectionTrait;

use super::is_sqlite;

/// Claims the oldest free keys of each game of the table `w (game_id, wanted)`, of which none is above `most`.
pub(crate) fn claim_keys(conn: &impl ConnectionTrait, most: u32) -> String {
    let free = "FROM own_keys o WHERE o.game_id = w.game_id AND o.state = 'free' ORDER BY o.created_at, o.id";
    let picked = if is_sqlite(conn) {
        // Without LATERAL: each game's keys are numbered in a subquery of its own.
        format!(
            "SELECT k.id FROM w JOIN own_keys k ON k.id IN (SELECT n.id FROM (SELECT o.id, \
             ROW_NUMBER() OVER (ORDER BY o.created_at, o.id) AS place {free} LIMIT {most}) n WHERE n.place <= w.wanted)"
        )
    } else {
        format!("SELECT k.id FROM w CROSS JOIN LATERAL (SELECT o.id {free} LIMIT w.wanted FOR UPDATE SKIP LOCKED) k")
    };
    format!(
        ", picked AS ({picked}) UPDATE own_keys SET state = 'claimed' WHERE id IN (SELECT id FROM picked) \
         RETURNING id, game_id, cost_cents"
    )
}

/// Takes a lock of this name until the transaction ends, or says that another transaction has it. SQLite has only one writer
/// anyway.
pub(crate) fn try_lock_text(conn: &impl ConnectionTrait) -> Option<&'static str> {
    (!is_sqlite(conn)).then_some("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7449363249404374831)) AS got")
}
