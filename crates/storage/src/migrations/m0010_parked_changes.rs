//! Parked changes: what a sync found and did not do, until staff decide.

use sea_orm::sea_query::{ColumnDef, ForeignKey, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::tables::{Offers, ParkedChanges, SyncRuns};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let mut to_offer = ForeignKey::create()
        .from(ParkedChanges::Table, ParkedChanges::OfferId)
        .to(Offers::Table, Offers::Id)
        .to_owned();
    let mut to_run = ForeignKey::create()
        .from(ParkedChanges::Table, ParkedChanges::RunId)
        .to(SyncRuns::Table, SyncRuns::Id)
        .to_owned();
    let create = Table::create()
        .table(ParkedChanges::Table)
        .col(ColumnDef::new(ParkedChanges::OfferId).uuid().not_null().primary_key())
        .col(ColumnDef::new(ParkedChanges::RunId).uuid().not_null())
        .col(ColumnDef::new(ParkedChanges::Hides).boolean().not_null())
        // All three 0 where the offer would be hidden.
        .col(ColumnDef::new(ParkedChanges::CostCents).big_integer().not_null())
        .col(ColumnDef::new(ParkedChanges::PriceCents).big_integer().not_null())
        .col(ColumnDef::new(ParkedChanges::Fingerprint).big_integer().not_null())
        .foreign_key(&mut to_offer)
        .foreign_key(&mut to_run)
        .to_owned();
    tx.execute(&create).await?;
    let by_run = Index::create()
        .name("ix_parked_changes_run_id")
        .table(ParkedChanges::Table)
        .col(ParkedChanges::RunId)
        .to_owned();
    tx.execute(&by_run).await?;
    for column in [
        // When it was decided that changes of the run are parked.
        ColumnDef::new(SyncRuns::ParkedAt).big_integer(),
        // Who accepted them, and when.
        ColumnDef::new(SyncRuns::AcceptedBy).text(),
        ColumnDef::new(SyncRuns::AcceptedAt).big_integer(),
    ] {
        let mut column = column.to_owned();
        let alter = Table::alter().table(SyncRuns::Table).add_column(&mut column).to_owned();
        tx.execute(&alter).await?;
    }
    Ok(())
}
