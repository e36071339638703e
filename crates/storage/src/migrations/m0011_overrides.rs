//! Overrides: fields of games that staff set by hand, with what the suppliers say of them.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
    let of_game = ForeignKey::create()
        .name("fk_game_overrides_game_id")
        .from("game_overrides", "game_id")
        .to("games", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let mut of_game = of_game;
    let overrides = Table::create()
        .table("game_overrides")
        .col(ColumnDef::new("game_id").uuid().not_null())
        .col(text("field"))
        // JSON: a text, a list of texts, a whole number of cents, or true.
        .col(text("value"))
        .col(ColumnDef::new("suppliers_value").text())
        .col(text("set_by"))
        .col(ColumnDef::new("set_at").big_integer().not_null())
        .primary_key(Index::create().col("game_id").col("field"))
        .foreign_key(&mut of_game)
        .to_owned();
    tx.execute(&overrides).await?;
    Ok(())
}
