//! Tables for cache coherence: touches, and the database's incarnation.

use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;
use crate::tables::{ShopMarks, Touches};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let mut touches = Table::create().table(Touches::Table).to_owned();
    dialect::touch_number(tx, &mut touches);
    touches
        .col(ColumnDef::new(Touches::Names).text().not_null())
        .col(ColumnDef::new(Touches::TouchedAt).big_integer().not_null());
    tx.execute(&touches).await?;
    let by_time = Index::create()
        .name("ix_touches_touched_at")
        .table(Touches::Table)
        .col(Touches::TouchedAt)
        .to_owned();
    tx.execute(&by_time).await?;
    let marks = Table::create()
        .table(ShopMarks::Table)
        .col(ColumnDef::new(ShopMarks::Name).text().not_null().primary_key())
        .col(ColumnDef::new(ShopMarks::Value).text().not_null())
        .to_owned();
    tx.execute(&marks).await?;
    let incarnation = format!(
        "INSERT INTO shop_marks (name, value) VALUES ('incarnation', {})",
        dialect::random_text(tx)
    );
    tx.execute_unprepared(&incarnation).await?;
    Ok(())
}
