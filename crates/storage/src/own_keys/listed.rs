//! Own keys and their imports, as staff list them: nobody reads a key there.

use domain::clock::Timestamp;
use domain::id::GameId;
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use domain::own_key::{KeyImportId, OwnKeyState};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{KeyImport, OwnKeyRepository, state};
use crate::listing::{Conditions, ListSource, SortKind, page};
use crate::{Error, sql};

/// A key in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKeyLine {
    /// Its game.
    pub game: GameId,
    /// The game's title.
    pub title: String,
    /// What became of it.
    pub state: OwnKeyState,
    /// What it cost, if that is known.
    pub cost: Option<Cents>,
    /// The import that it came with, what that was called, and the line; `None` if it came otherwise.
    pub import: Option<(KeyImportId, String, i64)>,
    /// When it came.
    pub added_at: Timestamp,
}

const KEYS: ListSource = ListSource {
    columns: "x.game_id, g.title, x.state, x.cost_cents, x.import_id, i.name, x.line",
    joins: "JOIN own_keys x ON x.id = k.id JOIN games g ON g.id = x.game_id LEFT JOIN key_imports i ON i.id = x.import_id",
    table: "own_keys l",
    id: "l.id",
    usual: ("added", "l.created_at", SortKind::Number),
    others: &[],
};

const IMPORTS: ListSource = ListSource {
    columns: "i.actor, i.name, i.undone_at",
    joins: "JOIN key_imports i ON i.id = k.id",
    table: "key_imports l",
    id: "l.id",
    usual: ("begun", "l.at", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> OwnKeyRepository<'_, C> {
    /// Keys by when they came (`added`). Filters: `import`, `game`, `state`.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<OwnKeyLine>, Error> {
        let mut conditions = Conditions::default();
        for (name, condition) in [("import", "l.import_id = ?"), ("game", "l.game_id = ?")] {
            if let Ok(id) = Uuid::parse_str(query.filter(name)) {
                conditions.add(condition, [id.into()]);
            }
        }
        match query.filter("state") {
            "" => {}
            state => conditions.add("l.state = ?", [state.into()]),
        }
        page(self.conn, &KEYS, query, conditions, key).await
    }

    /// Imports by when they began (`begun`).
    pub async fn imports(&self, query: &ListQuery) -> Result<ListPage<KeyImport>, Error> {
        page(self.conn, &IMPORTS, query, Conditions::default(), import).await
    }

    /// The first `limit` rows of an import that were not taken, each with its line and what became of it; and how many
    /// there are in all.
    pub async fn untaken(&self, import: KeyImportId, limit: u32) -> Result<(Vec<(u64, String)>, u64), Error> {
        let text = format!("SELECT line, fate FROM key_import_rows WHERE import_id = $1 ORDER BY line LIMIT {limit}");
        let rows = sql::all(self.conn, &text, [import.0.into()]).await?;
        let rows = rows.iter().map(|row| {
            let line: i64 = row.try_get("", "line")?;
            Ok((u64::try_from(line).unwrap_or(0), row.try_get("", "fate")?))
        });
        let rows = rows.collect::<Result<Vec<_>, Error>>()?;
        let text = "SELECT COUNT(*) AS rows_left FROM key_import_rows WHERE import_id = $1";
        let count = sql::one(self.conn, text, [import.0.into()]).await?;
        let count: i64 = count.map_or(Ok(0), |row| row.try_get("", "rows_left"))?;
        Ok((rows, u64::try_from(count).unwrap_or(0)))
    }
}

fn key(row: &QueryResult) -> Result<OwnKeyLine, Error> {
    let import: Option<Uuid> = row.try_get("", "import_id")?;
    let import = import
        .map(|id| Ok::<_, Error>((KeyImportId(id), row.try_get("", "name")?, row.try_get("", "line")?)))
        .transpose()?;
    Ok(OwnKeyLine {
        game: GameId(row.try_get("", "game_id")?),
        title: row.try_get("", "title")?,
        state: state(row)?,
        cost: row.try_get::<Option<i64>>("", "cost_cents")?.map(Cents::new),
        import,
        added_at: Timestamp::from_micros(row.try_get("", "sort_key")?),
    })
}

fn import(row: &QueryResult) -> Result<KeyImport, Error> {
    Ok(KeyImport {
        id: KeyImportId(row.try_get("", "key_id")?),
        at: Timestamp::from_micros(row.try_get("", "sort_key")?),
        actor: row.try_get("", "actor")?,
        name: row.try_get("", "name")?,
        undone_at: row.try_get::<Option<i64>>("", "undone_at")?.map(Timestamp::from_micros),
    })
}
