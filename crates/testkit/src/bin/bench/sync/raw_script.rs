//! The baseline of a sync: a script that writes the same rows, without a supplier, a lease or a comparison.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait, Value};
use testkit::{Kind, TestDatabase};

/// Rows in one prepared insert.
const ROWS: usize = 100;
const TABLES: [&str; 8] = [
    "categories",
    "genres",
    "platforms",
    "games",
    "offers",
    "game_categories",
    "game_genres",
    "game_platforms",
];

/// A database with the rows to write, and one to write them to.
pub(crate) struct Script {
    kind: Kind,
    from: DatabaseConnection,
    to: DatabaseConnection,
}

impl Script {
    pub(crate) async fn open(kind: Kind, from: &TestDatabase, to: &TestDatabase) -> Result<Self> {
        // As the shop opens them: the journal mode is stored in the file, and fsync is the library's default.
        Ok(Self {
            kind,
            from: Database::connect(&from.url).await?,
            to: Database::connect(&to.url).await?,
        })
    }

    /// Copies the first database's rows to the second; returns the number of games and the duration of the writing.
    /// Unchanged rows are left alone, as in a sync.
    pub(crate) async fn write_the_same(&mut self) -> Result<(u64, Duration)> {
        let took = match self.kind {
            Kind::Sqlite => self.prepared_inserts().await?,
            Kind::Postgres => self.copy_and_merge().await?,
        };
        let sql = "SELECT COUNT(*) AS n FROM games";
        let count = Statement::from_string(self.to.get_database_backend(), sql);
        let row = self.to.query_one_raw(count).await?.context("a count")?;
        Ok((u64::try_from(row.try_get::<i64>("", "n")?)?, took))
    }

    async fn columns(&self, table: &str) -> Result<Vec<String>> {
        let sql = match self.kind {
            Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Kind::Postgres => format!(
                "SELECT CAST(column_name AS TEXT) AS name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        let found = self
            .from
            .query_all_raw(Statement::from_string(self.from.get_database_backend(), sql))
            .await?;
        found.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
    }

    /// The `ON CONFLICT` clause: an unchanged row is skipped, any other is replaced.
    async fn merge(&self, table: &str) -> Result<String> {
        // A game has no mark of what it says: whether its offer's words are others tells that of both.
        let (key, changed) = match table {
            "offers" => ("supplier, product_id", "offers.fingerprint <> excluded.fingerprint"),
            "games" => ("id", "games.updated_at <> excluded.updated_at"),
            _ => return Ok("ON CONFLICT DO NOTHING".to_owned()),
        };
        let columns = self.columns(table).await?;
        let set: Vec<String> = columns.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        Ok(format!(
            "ON CONFLICT ({key}) DO UPDATE SET {} WHERE {changed}",
            set.join(", ")
        ))
    }

    /// COPY into a temporary table, then one merge; reading the rows is not measured.
    async fn copy_and_merge(&self) -> Result<Duration> {
        let folder = std::env::temp_dir().join("latchkey-bench");
        let mut script = String::from("BEGIN;\n");
        for table in TABLES {
            let file = format!("{}-{table}-{}", folder.display(), std::process::id());
            self.from
                .execute_unprepared(&format!("COPY {table} TO '{file}'"))
                .await?;
            let merge = self.merge(table).await?;
            script += &format!(
                "CREATE TEMP TABLE raw_{table} (LIKE {table}) ON COMMIT DROP; COPY raw_{table} FROM '{file}'; \
                 INSERT INTO {table} SELECT * FROM raw_{table} {merge};\n"
            );
        }
        script += "COMMIT;";
        let begun = Instant::now();
        self.to.execute_unprepared(&script).await?;
        Ok(begun.elapsed())
    }

    /// Prepared inserts of many rows each, in one transaction; reading the rows is not measured.
    async fn prepared_inserts(&self) -> Result<Duration> {
        let backend = self.from.get_database_backend();
        let mut took = Duration::ZERO;
        let begun = Instant::now();
        let tx = self.to.begin().await?;
        took += begun.elapsed();
        for table in TABLES {
            let columns = self.columns(table).await?;
            let merge = self.merge(table).await?;
            let all = format!("SELECT * FROM {table}");
            let found = self.from.query_all_raw(Statement::from_string(backend, all)).await?;
            let mut rows = Vec::with_capacity(found.len());
            for row in &found {
                let values: Result<Vec<Value>> = columns.iter().map(|name| value(row, name)).collect();
                rows.push(values?);
            }
            drop(found);
            let begun = Instant::now();
            for some in rows.chunks(ROWS) {
                let one = format!("({})", vec!["?"; columns.len()].join(","));
                let listed = vec![one; some.len()].join(",");
                let sql = format!("INSERT INTO {table} ({}) VALUES {listed} {merge}", columns.join(","));
                tx.execute_raw(Statement::from_sql_and_values(
                    backend,
                    sql,
                    some.iter().flatten().cloned(),
                ))
                .await?;
            }
            took += begun.elapsed();
        }
        let begun = Instant::now();
        tx.commit().await?;
        Ok(took + begun.elapsed())
    }
}

/// A value as SQLite stores it: a number, a text, bytes, or NULL.
fn value(row: &sea_orm::QueryResult, name: &str) -> Result<Value> {
    if let Ok(number) = row.try_get::<Option<i64>>("", name) {
        return Ok(number.into());
    }
    if let Ok(text) = row.try_get::<Option<String>>("", name) {
        return Ok(text.into());
    }
    if let Ok(truth) = row.try_get::<Option<bool>>("", name) {
        return Ok(truth.into());
    }
    Ok(row.try_get::<Option<Vec<u8>>>("", name)?.into())
}
