//! What keeps caches in step: touches, and the mark that tells this database from a copy of it.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::prelude::*;

use crate::portable;
use crate::tables::{ShopMarks, Touches};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let conn = schema.get_connection();
        let mut touches = Table::create().table(Touches::Table).to_owned();
        portable::touch_number(conn, &mut touches);
        touches
            .col(ColumnDef::new(Touches::Names).text().not_null())
            .col(ColumnDef::new(Touches::TouchedAt).big_integer().not_null());
        schema.create_table(touches).await?;
        let by_time = Index::create()
            .name("ix_touches_touched_at")
            .table(Touches::Table)
            .col(Touches::TouchedAt)
            .to_owned();
        schema.create_index(by_time).await?;
        let marks = Table::create()
            .table(ShopMarks::Table)
            .col(ColumnDef::new(ShopMarks::Name).text().not_null().primary_key())
            .col(ColumnDef::new(ShopMarks::Value).text().not_null())
            .to_owned();
        schema.create_table(marks).await?;
        let incarnation = format!(
            "INSERT INTO shop_marks (name, value) VALUES ('incarnation', {})",
            portable::random_text(conn)
        );
        conn.execute_unprepared(&incarnation).await?;
        Ok(())
    }
}
