//! Tables for background work: leases, messages, and the record of syncs.

use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::tables::{JobLeases, Outbox, SyncRuns};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let leases = Table::create()
        .table(JobLeases::Table)
        .col(ColumnDef::new(JobLeases::Name).text().not_null().primary_key())
        .col(ColumnDef::new(JobLeases::Token).uuid().not_null())
        .col(ColumnDef::new(JobLeases::Holder).text().not_null())
        .col(ColumnDef::new(JobLeases::Since).big_integer().not_null())
        .col(ColumnDef::new(JobLeases::ExpiresAt).big_integer().not_null())
        .col(ColumnDef::new(JobLeases::Progress).text().not_null())
        .to_owned();
    tx.execute(&leases).await?;
    let outbox = Table::create()
        .table(Outbox::Table)
        .col(ColumnDef::new(Outbox::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Outbox::Payload).text().not_null())
        .col(ColumnDef::new(Outbox::State).text().not_null())
        .col(ColumnDef::new(Outbox::DueAt).big_integer().not_null())
        .col(ColumnDef::new(Outbox::Attempts).integer().not_null())
        .col(ColumnDef::new(Outbox::ClaimToken).uuid())
        .col(ColumnDef::new(Outbox::ClaimedUntil).big_integer())
        .col(ColumnDef::new(Outbox::LastError).text())
        .col(ColumnDef::new(Outbox::DedupeKey).text())
        .col(ColumnDef::new(Outbox::CreatedAt).big_integer().not_null())
        .to_owned();
    tx.execute(&outbox).await?;
    let unique = Index::create()
        .name("ux_outbox_dedupe_key")
        .table(Outbox::Table)
        .col(Outbox::DedupeKey)
        .unique()
        .to_owned();
    tx.execute(&unique).await?;
    let due = Index::create()
        .name("ix_outbox_due")
        .table(Outbox::Table)
        .col(Outbox::State)
        .col(Outbox::DueAt)
        .to_owned();
    tx.execute(&due).await?;
    let runs = Table::create()
        .table(SyncRuns::Table)
        .col(ColumnDef::new(SyncRuns::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(SyncRuns::Kind).text().not_null())
        .col(ColumnDef::new(SyncRuns::StartedAt).big_integer().not_null())
        .col(ColumnDef::new(SyncRuns::FinishedAt).big_integer())
        .col(ColumnDef::new(SyncRuns::Outcome).text())
        .col(ColumnDef::new(SyncRuns::Report).text())
        .to_owned();
    tx.execute(&runs).await?;
    Ok(())
}
