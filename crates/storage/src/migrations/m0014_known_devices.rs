//! Known devices: browsers on which an account's owner signed in before, by the hash of their secret.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let mut of_user = ForeignKey::create()
        .name("fk_known_devices_user_id")
        .from("known_devices", "user_id")
        .to("users", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let devices = Table::create()
        .table("known_devices")
        .col(ColumnDef::new("hash").text().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("used_at").big_integer().not_null())
        .foreign_key(&mut of_user)
        .to_owned();
    tx.execute(&devices).await?;
    for columns in [&["user_id", "used_at"][..], &["used_at"]] {
        let mut index = Index::create()
            .name(format!("ix_known_devices_{}", columns.join("_")))
            .table("known_devices")
            .to_owned();
        for column in columns {
            index.col(*column);
        }
        tx.execute(&index).await?;
    }
    Ok(())
}
