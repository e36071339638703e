//! The pace towards the supplier: one time line for all processes.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use crate::pace::SUPPLIER;
use crate::tables::SupplierPace;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let pace = Table::create()
            .table(SupplierPace::Table)
            .col(ColumnDef::new(SupplierPace::Name).text().not_null().primary_key())
            .col(ColumnDef::new(SupplierPace::NextAt).big_integer().not_null())
            .col(ColumnDef::new(SupplierPace::HeldUntil).big_integer().not_null())
            .to_owned();
        schema.create_table(pace).await?;
        let line = Query::insert()
            .into_table(SupplierPace::Table)
            .columns([SupplierPace::Name, SupplierPace::NextAt, SupplierPace::HeldUntil])
            .values_panic([SUPPLIER.into(), 0.into(), 0.into()])
            .to_owned();
        schema.exec_stmt(line).await
    }
}
