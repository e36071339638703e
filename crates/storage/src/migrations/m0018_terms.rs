//! Names of categories, genres, platforms and tags as staff manage them, and what a game has in common with others that may be
//! the same.

use domain::name::match_key;
use domain::term::Term;
use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use uuid::Uuid;

use crate::dialect::{self, Kind};
use crate::tables::{TermTables as _, Terms};

/// Games whose keys are made at once.
const GAMES_AT_ONCE: u32 = 5_000;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let now = dialect::now_text(tx);
    for term in Term::ALL {
        let names = term.table_name();
        for column in [
            "description TEXT",
            // The default is for programs of the version before, which still run while this one starts.
            "created_at BIGINT NOT NULL DEFAULT 0",
            "updated_at BIGINT NOT NULL DEFAULT 0",
        ] {
            tx.execute_unprepared(&format!("ALTER TABLE {names} ADD COLUMN {column}"))
                .await?;
        }
        tx.execute_unprepared(&format!("UPDATE {names} SET created_at = {now}, updated_at = {now}"))
            .await?;
        add_aliases(tx, term).await?;
    }
    tx.execute_unprepared("ALTER TABLE games ADD COLUMN match_key TEXT")
        .await?;
    fill_keys(tx).await?;
    tx.execute_unprepared(
        "CREATE INDEX ix_games_match_key ON games (match_key, id) WHERE NOT hidden AND match_key IS NOT NULL",
    )
    .await?;
    Ok(())
}

/// The names and slugs that are no longer in force, each with the name that they lead to. A name that was deleted leads to none,
/// so that no sync makes it again.
async fn add_aliases(tx: &DatabaseTransaction, term: Term) -> Result<(), DbErr> {
    let table = term.aliases_name();
    let mut to_name = ForeignKey::create()
        .from(table, "term_id")
        .to(term.table(), Terms::Id)
        .on_delete(ForeignKeyAction::SetNull)
        .to_owned();
    let aliases = Table::create()
        .table(table)
        .col(ColumnDef::new("alias").text().not_null())
        .col(ColumnDef::new("is_slug").boolean().not_null())
        .col(ColumnDef::new("term_id").uuid())
        .primary_key(Index::create().col("alias").col("is_slug"))
        .foreign_key(&mut to_name)
        .to_owned();
    tx.execute(&aliases).await?;
    tx.execute_unprepared(&format!("CREATE INDEX ix_{table}_term_id ON {table} (term_id)"))
        .await?;
    Ok(())
}

/// Makes the keys of the games that there are, some thousands at once.
async fn fill_keys(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let sql = format!(
            "SELECT id, title, activation_service, region FROM games WHERE id > $1 ORDER BY id LIMIT {GAMES_AT_ONCE}"
        );
        let next = Statement::from_sql_and_values(tx.get_database_backend(), sql, [after.into()]);
        let mut keys = Vec::new();
        for game in tx.query_all_raw(next).await? {
            after = game.try_get_by_index(0)?;
            let (title, service, region): (String, Option<String>, Option<String>) = (
                game.try_get_by_index(1)?,
                game.try_get_by_index(2)?,
                game.try_get_by_index(3)?,
            );
            let key = match_key(&title, service.as_deref(), region.as_deref());
            keys.push(vec![after.into(), key.into()]);
        }
        if keys.is_empty() {
            return Ok(());
        }
        let columns = [("id", Kind::Uuid), ("match_key", Kind::TextOrNone)];
        dialect::update_many(tx, "games", &columns, keys)
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
}
