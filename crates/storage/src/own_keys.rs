//! Own keys: sealed keys that the shop holds, their imports, and who holds which key.
//!
//! Nothing here sees a key: it comes sealed, and is told from others by its hash.

mod claims;
mod imports;
mod listed;

use domain::id::GameId;
use domain::money::Cents;
use domain::own_key::{KeyCounts, KeyImportId, OwnKeyId, OwnKeyState};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::{Error, dialect, sql};

pub use imports::KeyImport;
pub use listed::OwnKeyLine;

/// The hash of a key: the same for the same key, and nothing else.
pub type KeyHash = [u8; 32];

/// The repository of own keys.
#[derive(Clone, Copy, Debug)]
pub struct OwnKeyRepository<'a, C> {
    conn: &'a C,
}

/// A key that is to become the shop's.
#[derive(Clone, Debug)]
pub struct NewOwnKey {
    /// Its id.
    pub id: OwnKeyId,
    /// The game that it is a key of.
    pub game: GameId,
    /// Its line in the file.
    pub line: u64,
    /// Its hash.
    pub hash: KeyHash,
    /// The key, sealed for this row and this game.
    pub sealed: Vec<u8>,
    /// What it cost, if that is known.
    pub cost: Option<Cents>,
}

/// A key in its place, without what is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedKey {
    /// Its id.
    pub id: OwnKeyId,
    /// Its game.
    pub game: GameId,
    /// What it cost, if that is known.
    pub cost: Option<Cents>,
}

/// A sealed key, with what it has to agree with.
#[derive(Clone, Debug)]
pub struct SealedKey {
    /// Its id.
    pub id: OwnKeyId,
    /// Its game.
    pub game: GameId,
    /// The key.
    pub sealed: Vec<u8>,
    /// The hash that it holds, if it holds one.
    pub hash: Option<Vec<u8>>,
}

impl<'a, C: ConnectionTrait> OwnKeyRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The id and the sealed bytes of the key of the hashes; `None` before the first import.
    pub async fn hashing(&self) -> Result<Option<(Uuid, Vec<u8>)>, Error> {
        let row = sql::one(self.conn, "SELECT id, sealed_key FROM key_hashing WHERE one = 1", []).await?;
        let row = row.map(|row| Ok::<_, Error>((row.try_get("", "id")?, row.try_get("", "sealed_key")?)));
        row.transpose()
    }

    /// An import.
    pub async fn import(&self, id: KeyImportId) -> Result<Option<KeyImport>, Error> {
        imports::read(self.conn, id, "").await
    }

    /// How many keys of an import are in each state.
    pub async fn counts(&self, import: KeyImportId) -> Result<KeyCounts, Error> {
        let text = "SELECT state, COUNT(*) AS keys FROM own_keys WHERE import_id = $1 GROUP BY state";
        let mut counts = KeyCounts::default();
        for row in sql::all(self.conn, text, [import.0.into()]).await? {
            let keys: i64 = row.try_get("", "keys")?;
            *counts.of_mut(state(&row)?) = u64::try_from(keys).unwrap_or(0);
        }
        Ok(counts)
    }

    /// Up to `limit` keys that are not withdrawn, with ids after `after`, in the order of their ids.
    pub async fn sealed(&self, after: OwnKeyId, limit: u32) -> Result<Vec<SealedKey>, Error> {
        let text = format!(
            "SELECT k.id, k.game_id, k.sealed, o.hash FROM own_keys k LEFT JOIN key_owners o ON o.own_key_id = k.id \
             WHERE k.id > $1 AND k.sealed IS NOT NULL ORDER BY k.id LIMIT {limit}"
        );
        let rows = sql::all(self.conn, &text, [after.0.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(SealedKey {
                    id: OwnKeyId(row.try_get("", "id")?),
                    game: GameId(row.try_get("", "game_id")?),
                    sealed: row.try_get("", "sealed")?,
                    hash: row.try_get("", "hash")?,
                })
            })
            .collect()
    }
}

impl<C: ConnectionTrait> OwnKeyRepository<'_, C> {
    /// The game of a key, and its sealed bytes; `None` if there is none, or it was withdrawn.
    pub async fn sealed_key(&self, id: OwnKeyId) -> Result<Option<(GameId, Vec<u8>)>, Error> {
        let text = "SELECT game_id, sealed FROM own_keys WHERE id = $1 AND sealed IS NOT NULL";
        let row = sql::one(self.conn, text, [id.0.into()]).await?;
        let row = row.map(|row| Ok::<_, Error>((GameId(row.try_get("", "game_id")?), row.try_get("", "sealed")?)));
        row.transpose()
    }
}

/// A row with the columns `id`, `game_id` and `cost_cents`.
fn placed(row: &QueryResult) -> Result<PlacedKey, Error> {
    Ok(PlacedKey {
        id: OwnKeyId(row.try_get("", "id")?),
        game: GameId(row.try_get("", "game_id")?),
        cost: row.try_get::<Option<i64>>("", "cost_cents")?.map(Cents::new),
    })
}

fn state(row: &QueryResult) -> Result<OwnKeyState, Error> {
    let name: String = row.try_get("", "state")?;
    OwnKeyState::parse(&name).ok_or_else(|| Error::Unreadable {
        table: "own_keys",
        reason: format!("the state {name:?} is not known to this program"),
    })
}

/// What must be true of own keys, each with the statement that finds what breaks it.
pub(crate) fn promises(conn: &impl ConnectionTrait) -> [(&'static str, String); 3] {
    let key = dialect::id_text(conn, "k.id");
    [
        (
            "an own offer has as many copies as its game has free keys",
            "SELECT g.slug AS example FROM games g \
             LEFT JOIN (SELECT game_id, SUM(supplier_qty) AS copies FROM offers WHERE supplier = 'own' GROUP BY game_id) o \
             ON o.game_id = g.id \
             LEFT JOIN (SELECT game_id, COUNT(*) AS copies FROM own_keys WHERE state = 'free' GROUP BY game_id) f \
             ON f.game_id = g.id \
             WHERE COALESCE(o.copies, 0) <> COALESCE(f.copies, 0)"
                .to_owned(),
        ),
        (
            "the stock of keys is worth what the keys cost that are neither delivered nor withdrawn",
            "SELECT 'key_stock' AS example FROM (SELECT \
             COALESCE((SELECT SUM(t.amount_cents) FROM transfers t WHERE t.debit = a.id), 0) \
             - COALESCE((SELECT SUM(t.amount_cents) FROM transfers t WHERE t.credit = a.id), 0) AS booked, \
             COALESCE((SELECT SUM(k.cost_cents) FROM own_keys k WHERE k.state IN ('free', 'claimed')), 0) AS held \
             FROM ledger_accounts a WHERE a.code = 'key_stock') AS sums WHERE booked <> held"
                .to_owned(),
        ),
        (
            "a key that the shop holds is nobody else's, and one that was withdrawn is free to come again",
            format!(
                "SELECT {key} AS example FROM own_keys k WHERE (k.sealed IS NOT NULL) <> \
                 EXISTS (SELECT 1 FROM key_owners o WHERE o.own_key_id = k.id)"
            ),
        ),
    ]
}
