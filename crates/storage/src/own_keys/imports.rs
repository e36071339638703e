//! Imports of own keys, and what of them is taken back.

use std::collections::HashSet;

use domain::clock::Timestamp;
use domain::id::GameId;
use domain::own_key::{KeyImportId, OwnKeyState};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use super::{KeyHash, NewOwnKey, OwnKeyRepository, PlacedKey, placed};
use crate::dialect::Kind;
use crate::{Error, dialect, sql};

/// An import of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyImport {
    /// Its id.
    pub id: KeyImportId,
    /// When it began.
    pub at: Timestamp,
    /// Who imported: the id of an account, or the words of a command.
    pub actor: String,
    /// What the file was called.
    pub name: String,
    /// When it was undone; `None` while it is not.
    pub undone_at: Option<Timestamp>,
}

/// The columns of a new key.
const ADDED: [(&str, Kind); 8] = [
    ("id", Kind::Uuid),
    ("game_id", Kind::Uuid),
    ("import_id", Kind::Uuid),
    ("line", Kind::Number),
    ("sealed", Kind::Bytes),
    ("cost_cents", Kind::NumberOrNone),
    ("state", Kind::Text),
    ("created_at", Kind::Number),
];

/// An import, with its row locked by the end of a `SELECT` that `lock` is.
pub(super) async fn read(conn: &impl ConnectionTrait, id: KeyImportId, lock: &str) -> Result<Option<KeyImport>, Error> {
    let text = format!("SELECT at, actor, name, undone_at FROM key_imports WHERE id = $1{lock}");
    let Some(row) = sql::one(conn, &text, [id.0.into()]).await? else {
        return Ok(None);
    };
    Ok(Some(KeyImport {
        id,
        at: Timestamp::from_micros(row.try_get("", "at")?),
        actor: row.try_get("", "actor")?,
        name: row.try_get("", "name")?,
        undone_at: row.try_get::<Option<i64>>("", "undone_at")?.map(Timestamp::from_micros),
    }))
}

impl OwnKeyRepository<'_, DatabaseTransaction> {
    /// Stores the key of the hashes, unless one is stored.
    pub async fn begin_hashing(&self, id: Uuid, sealed: Vec<u8>) -> Result<(), Error> {
        let text = "INSERT INTO key_hashing (one, id, sealed_key) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING";
        sql::run(self.conn, text, [id.into(), sealed.into()]).await?;
        Ok(())
    }

    /// Begins an import.
    pub async fn add_import(&self, import: &KeyImport) -> Result<(), Error> {
        let text = "INSERT INTO key_imports (id, at, actor, name) VALUES ($1, $2, $3, $4)";
        let values = [
            import.id.0.into(),
            import.at.as_micros().into(),
            import.actor.as_str().into(),
            import.name.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Holds an import until the transaction ends: nobody undoes it meanwhile.
    pub async fn hold_import(&self, id: KeyImportId) -> Result<Option<KeyImport>, Error> {
        read(self.conn, id, dialect::row_lock_shared(self.conn)).await
    }

    /// Locks an import until the transaction ends.
    pub async fn lock_import(&self, id: KeyImportId) -> Result<Option<KeyImport>, Error> {
        read(self.conn, id, dialect::row_lock(self.conn)).await
    }

    /// Marks a locked import as undone; an earlier mark stays.
    pub async fn mark_undone(&self, id: KeyImportId, now: Timestamp) -> Result<(), Error> {
        let text = "UPDATE key_imports SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL";
        sql::run(self.conn, text, [id.0.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// Takes those of the hashes that nobody holds, and returns them. They must be in order: two imports of the same keys
    /// would otherwise wait for each other.
    pub async fn take_hashes(&self, sorted: &[KeyHash]) -> Result<HashSet<KeyHash>, Error> {
        let rows = sorted.iter().map(|hash| vec![bytes(hash)]).collect();
        let then = "ON CONFLICT (hash) DO NOTHING RETURNING hash";
        let taken = dialect::insert_returning(self.conn, "key_owners", &[("hash", Kind::Bytes)], rows, then).await?;
        taken
            .iter()
            .map(|row| {
                let hash: Vec<u8> = row.try_get("", "hash")?;
                KeyHash::try_from(hash).map_err(|_| Error::Unreadable {
                    table: "key_owners",
                    reason: "a hash has not 32 bytes".to_owned(),
                })
            })
            .collect()
    }

    /// Adds free keys whose hashes this transaction took.
    pub async fn add(&self, import: KeyImportId, keys: &[&NewOwnKey], now: Timestamp) -> Result<(), Error> {
        let rows = keys.iter().map(|key| {
            vec![
                key.id.0.into(),
                key.game.0.into(),
                import.0.into(),
                i64::try_from(key.line).unwrap_or(i64::MAX).into(),
                bytes(&key.sealed),
                key.cost.map(domain::money::Cents::get).into(),
                OwnKeyState::Free.as_str().into(),
                now.as_micros().into(),
            ]
        });
        dialect::insert_many(self.conn, "own_keys", &ADDED, rows.collect(), "").await?;
        let owners = keys.iter().map(|key| vec![bytes(&key.hash), key.id.0.into()]);
        let columns = [("hash", Kind::Bytes), ("own_key_id", Kind::Uuid)];
        dialect::update_many(self.conn, "key_owners", &columns, owners.collect()).await?;
        Ok(())
    }

    /// Records what became of rows that were not taken.
    pub async fn add_untaken(&self, import: KeyImportId, rows: &[(u64, String)]) -> Result<(), Error> {
        let rows = rows.iter().map(|(line, fate)| {
            let line = i64::try_from(*line).unwrap_or(i64::MAX);
            vec![import.0.into(), line.into(), fate.as_str().into()]
        });
        let columns = [("import_id", Kind::Uuid), ("line", Kind::Number), ("fate", Kind::Text)];
        let once = "ON CONFLICT (import_id, line) DO NOTHING";
        dialect::insert_many(self.conn, "key_import_rows", &columns, rows.collect(), once).await?;
        Ok(())
    }

    /// Withdraws up to `limit` free keys of an import: their sealed bytes are gone, and their hashes nobody's.
    pub async fn withdraw(&self, import: KeyImportId, limit: u32) -> Result<Vec<PlacedKey>, Error> {
        let lock = dialect::row_lock(self.conn);
        let text = format!(
            "WITH taken (key_id) AS MATERIALIZED (SELECT id FROM own_keys WHERE import_id = $1 AND state = 'free' \
             ORDER BY id LIMIT {limit}{lock}) \
             UPDATE own_keys SET state = 'withdrawn', sealed = NULL FROM taken WHERE id = taken.key_id \
             RETURNING id, game_id, cost_cents"
        );
        let rows = sql::all(self.conn, &text, [import.0.into()]).await?;
        let withdrawn = rows.iter().map(placed).collect::<Result<Vec<_>, Error>>()?;
        let ids = withdrawn.iter().map(|key| key.id.0);
        let delete = Query::delete()
            .from_table("key_owners")
            .and_where(dialect::is_one_of_uuids(self.conn, Expr::col("own_key_id"), ids))
            .to_owned();
        self.conn.execute(&delete).await?;
        Ok(withdrawn)
    }

    /// Those of `games` that have a key that is not withdrawn.
    pub async fn games_with_keys(&self, games: &[GameId]) -> Result<HashSet<GameId>, Error> {
        if games.is_empty() {
            return Ok(HashSet::new());
        }
        let key = Query::select()
            .expr(Expr::val(1))
            .from("own_keys")
            .and_where(Expr::col(("own_keys", "game_id")).equals(("games", "id")))
            .and_where(Expr::col(("own_keys", "state")).ne(OwnKeyState::Withdrawn.as_str()))
            .to_owned();
        let select = Query::select()
            .column(("games", "id"))
            .from("games")
            .and_where(dialect::is_one_of_ids(self.conn, Expr::col(("games", "id")), games))
            .and_where(Expr::exists(key))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter().map(|row| Ok(GameId(row.try_get_by_index(0)?))).collect()
    }
}

fn bytes(bytes: &[u8]) -> Value {
    bytes.to_vec().into()
}
