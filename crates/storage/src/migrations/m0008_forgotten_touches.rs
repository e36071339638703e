//! How far touches were forgotten: a cache that knows it can take over values that others loaded before it started.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // Nobody wrote down what was forgotten so far: it may be any up to now.
        let mark = "INSERT INTO shop_marks (name, value) \
                    SELECT 'touches forgotten', CAST(COALESCE(MAX(number), 0) AS TEXT) FROM touches";
        schema.get_connection().execute_unprepared(mark).await?;
        Ok(())
    }
}
