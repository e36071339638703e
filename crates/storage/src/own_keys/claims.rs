//! The one statement that gives free keys to whoever sells them.

use domain::id::GameId;
use sea_orm::DatabaseTransaction;

use super::{OwnKeyRepository, PlacedKey, placed};
use crate::{Error, dialect, sql};

impl OwnKeyRepository<'_, DatabaseTransaction> {
    /// Claims the oldest free keys of a game, at most `copies`, oldest first. Keys that another transaction is claiming are
    /// passed over, so fewer may come although there are enough: the caller counts them. Whoever claims also lowers the
    /// count of the own offer ([`add_copies`](crate::offers::OfferRepository::add_copies)).
    pub async fn claim(&self, game: GameId, copies: u32) -> Result<Vec<PlacedKey>, Error> {
        let lock = dialect::row_lock_skipping(self.conn);
        let text = format!(
            "WITH taken (key_id) AS MATERIALIZED (SELECT id FROM own_keys WHERE game_id = $1 AND state = 'free' \
             ORDER BY created_at, id LIMIT {copies}{lock}) \
             UPDATE own_keys SET state = 'claimed' FROM taken WHERE id = taken.key_id AND state = 'free' \
             RETURNING id, game_id, cost_cents"
        );
        let rows = sql::all(self.conn, &text, [game.0.into()]).await?;
        rows.iter().map(placed).collect()
    }
}
