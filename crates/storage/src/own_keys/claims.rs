//! The one statement that gives free keys to whoever sells them.

use domain::order::OrderLine;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{OwnKeyRepository, PlacedKey, placed};
use crate::Error;
use crate::dialect::{self, Kind};

impl OwnKeyRepository<'_, DatabaseTransaction> {
    /// Claims the oldest free keys of the game of each line. Keys that another transaction is claiming are passed over, so
    /// fewer may come although there are enough: the caller counts them, and lowers the count of the own offer.
    pub async fn claim(&self, wanted: &[OrderLine]) -> Result<Vec<PlacedKey>, Error> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let most = wanted.iter().map(|line| line.quantity).max().unwrap_or_default();
        let columns = [("game_id", Kind::Uuid), ("wanted", Kind::Number)];
        let row = |line: &OrderLine| vec![line.game.0.into(), i64::from(line.quantity).into()];
        let rows = wanted.iter().map(row).collect();
        let text = match wanted {
            [OrderLine { quantity: 1, .. }] => dialect::claim_key(self.conn),
            _ => dialect::claim_keys(self.conn, most),
        };
        let claimed = self
            .conn
            .query_all_raw(dialect::with_rows(self.conn, &columns, rows, &text))
            .await?;
        claimed.iter().map(placed).collect()
    }
}
