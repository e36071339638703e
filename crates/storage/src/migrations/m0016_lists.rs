//! Indexes for the lists of the staff, which begin at a row and read only the rows of a page.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

/// Each with its table and columns. None has a column that syncs change often: on PostgreSQL each change of an indexed column
/// is written to all indexes of its table.
const INDEXES: [(&str, &str); 7] = [
    // The state stands in it, so that a search reads the index alone.
    ("ix_games_search_text", "games (search_text, id, hidden)"),
    ("ix_offers_created_at", "offers (created_at, id)"),
    ("ix_offers_product_id", "offers (product_id, id)"),
    ("ix_offers_parked", "offers (created_at, id) WHERE parked"),
    ("ix_offers_hidden", "offers (created_at, id) WHERE hidden"),
    ("ix_sync_runs_supplier", "sync_runs (supplier, started_at, id)"),
    ("ix_outbox_dead", "outbox (created_at, id) WHERE state = 'buried'"),
];

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for (name, columns) in INDEXES {
        tx.execute_unprepared(&format!("CREATE INDEX {name} ON {columns}"))
            .await?;
    }
    Ok(())
}
