//! The rate limit towards the supplier: one time line for all processes.

use sea_orm::sea_query::{ColumnDef, Query, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::pace::SUPPLIER;
use crate::tables::SupplierPace;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let pace = Table::create()
        .table(SupplierPace::Table)
        .col(ColumnDef::new(SupplierPace::Name).text().not_null().primary_key())
        .col(ColumnDef::new(SupplierPace::NextAt).big_integer().not_null())
        .col(ColumnDef::new(SupplierPace::HeldUntil).big_integer().not_null())
        .to_owned();
    tx.execute(&pace).await?;
    let line = Query::insert()
        .into_table(SupplierPace::Table)
        .columns([SupplierPace::Name, SupplierPace::NextAt, SupplierPace::HeldUntil])
        .values_panic([SUPPLIER.into(), 0.into(), 0.into()])
        .to_owned();
    tx.execute(&line).await?;
    Ok(())
}
