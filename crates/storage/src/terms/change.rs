//! How names change: under a lock that keeps syncs and overrides from using them meanwhile, in a constant number of statements
//! whatever the number of games.

use domain::clock::Timestamp;
use domain::term::{Aliases, Term, TermText};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::TermRepository;
use crate::tables::TermTables as _;
use crate::{Error, dialect, sql};

impl TermRepository<'_, DatabaseTransaction> {
    /// Keeps names and aliases as they are until the transaction ends, and reads what replaced names. Whoever links games to
    /// names calls this first, after the games and the offers were locked.
    pub async fn hold(&self) -> Result<Aliases, Error> {
        self.lock(false).await?;
        self.aliases().await
    }

    /// Waits until no other transaction uses names, and keeps them from doing so until this one ends.
    pub async fn lock_for_change(&self) -> Result<(), Error> {
        self.lock(true).await
    }

    async fn lock(&self, is_changing: bool) -> Result<(), Error> {
        if let Some(lock) = dialect::terms_lock(self.conn, is_changing) {
            let lock = Statement::from_string(self.conn.get_database_backend(), lock);
            self.conn.execute_raw(lock).await?;
        }
        Ok(())
    }

    /// Adds a name.
    pub async fn add(&self, term: Term, id: Uuid, text: &TermText, now: Timestamp) -> Result<(), Error> {
        let names = term.table_name();
        let insert = format!(
            "INSERT INTO {names} (id, name, slug, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)"
        );
        let values = [
            id.into(),
            text.name.as_str().into(),
            text.slug.as_str().into(),
            text.description.clone().into(),
            now.as_micros().into(),
        ];
        sql::run(self.conn, &insert, values).await?;
        Ok(())
    }

    /// Gives a name other words.
    pub async fn change(&self, term: Term, id: Uuid, text: &TermText, now: Timestamp) -> Result<(), Error> {
        let names = term.table_name();
        let update =
            format!("UPDATE {names} SET name = $2, slug = $3, description = $4, updated_at = $5 WHERE id = $1");
        let values = [
            id.into(),
            text.name.as_str().into(),
            text.slug.as_str().into(),
            text.description.clone().into(),
            now.as_micros().into(),
        ];
        sql::run(self.conn, &update, values).await?;
        Ok(())
    }

    /// Lets a name or a slug lead to a name, or with `None` to nothing.
    pub async fn set_alias(&self, term: Term, alias: &str, is_slug: bool, to: Option<Uuid>) -> Result<(), Error> {
        let aliases = term.aliases_name();
        let upsert = format!(
            "INSERT INTO {aliases} (alias, is_slug, term_id) VALUES ($1, $2, $3) \
             ON CONFLICT (alias, is_slug) DO UPDATE SET term_id = excluded.term_id"
        );
        sql::run(self.conn, &upsert, [alias.into(), is_slug.into(), to.into()]).await?;
        Ok(())
    }

    /// Makes a name and a slug lead nowhere but to themselves. Returns how many aliases there were.
    pub async fn clear_aliases(&self, term: Term, text: &TermText) -> Result<u64, Error> {
        let aliases = term.aliases_name();
        let delete = format!("DELETE FROM {aliases} WHERE (alias = $1 AND NOT is_slug) OR (alias = $2 AND is_slug)");
        sql::run(
            self.conn,
            &delete,
            [text.name.as_str().into(), text.slug.as_str().into()],
        )
        .await
    }

    /// Gives the games and the aliases of a name to another one.
    pub async fn hand_over(&self, term: Term, from: Uuid, into: Uuid) -> Result<(), Error> {
        let (links, aliases) = (term.links_name(), term.aliases_name());
        let add = format!(
            "INSERT INTO {links} (game_id, term_id) SELECT game_id, $2 FROM {links} WHERE term_id = $1 \
             ON CONFLICT (game_id, term_id) DO NOTHING"
        );
        sql::run(self.conn, &add, [from.into(), into.into()]).await?;
        let follow = format!("UPDATE {aliases} SET term_id = $2 WHERE term_id = $1");
        sql::run(self.conn, &follow, [from.into(), into.into()]).await?;
        Ok(())
    }

    /// Takes a name from all games and deletes it. Its aliases lead to nothing then, unless they were handed over.
    pub async fn delete(&self, term: Term, id: Uuid) -> Result<(), Error> {
        let (names, links, aliases) = (term.table_name(), term.links_name(), term.aliases_name());
        for text in [
            format!("DELETE FROM {links} WHERE term_id = $1"),
            format!("UPDATE {aliases} SET term_id = NULL WHERE term_id = $1"),
            format!("DELETE FROM {names} WHERE id = $1"),
        ] {
            sql::run(self.conn, &text, [id.into()]).await?;
        }
        Ok(())
    }
}
