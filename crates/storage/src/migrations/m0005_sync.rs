//! Columns for syncs: a dense number for each product's game, a hash of its facts, and the position of an interrupted
//! crawl.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::tables::{Games, SyncPositions, SyncRuns};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let columns = [
        ColumnDef::new(Games::Number).big_integer().to_owned(),
        // 0 is never a hash: such a row is compared field by field once, and then gets its own.
        ColumnDef::new(Games::FactsHash)
            .big_integer()
            .not_null()
            .default(0)
            .to_owned(),
        ColumnDef::new(Games::MissedAt).big_integer().to_owned(),
    ];
    for mut column in columns {
        let alter = Table::alter().table(Games::Table).add_column(&mut column).to_owned();
        tx.execute(&alter).await?;
    }
    let number_them = "UPDATE games SET number = numbered.n FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n \
                       FROM games WHERE supplier_product_id IS NOT NULL) AS numbered WHERE games.id = numbered.id";
    tx.execute_unprepared(number_them).await?;
    let unique = Index::create()
        .name("ux_games_number")
        .table(Games::Table)
        .col(Games::Number)
        .unique()
        .to_owned();
    tx.execute(&unique).await?;
    for column in [SyncRuns::Holder, SyncRuns::Progress] {
        let mut column = ColumnDef::new(column).text().to_owned();
        let alter = Table::alter().table(SyncRuns::Table).add_column(&mut column).to_owned();
        tx.execute(&alter).await?;
    }
    let by_time = Index::create()
        .name("ix_sync_runs_started_at")
        .table(SyncRuns::Table)
        .col(SyncRuns::StartedAt)
        .to_owned();
    tx.execute(&by_time).await?;
    let mut to_run = ForeignKey::create()
        .from(SyncPositions::Table, SyncPositions::RunId)
        .to(SyncRuns::Table, SyncRuns::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let positions = Table::create()
        .table(SyncPositions::Table)
        .col(ColumnDef::new(SyncPositions::RunId).uuid().not_null().primary_key())
        .col(ColumnDef::new(SyncPositions::State).text().not_null())
        .col(ColumnDef::new(SyncPositions::Seen).blob().not_null())
        .col(ColumnDef::new(SyncPositions::SeenInSlice).blob().not_null())
        .foreign_key(&mut to_run)
        .to_owned();
    tx.execute(&positions).await?;
    Ok(())
}
