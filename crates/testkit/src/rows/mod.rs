//! Every changed row of a shop's database, recorded by triggers in the transaction that changed it, and checked.
//!
//! The check: did the transaction touch all cached views that show something of the row?

mod change;
mod needs;
mod rules;
mod transaction;
mod triggers;

pub use change::{Change, Operation, Row};
pub use needs::Need;
pub use transaction::Transaction;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::Kind;
use transaction::State;

/// Records the changes of one database, on a connection of its own.
pub struct Recorder {
    connection: DatabaseConnection,
    kind: Kind,
    /// The number of the last change that was read.
    read_to: i64,
    state: State,
}

impl Recorder {
    /// Creates the triggers in a database with a schema and without rows, since the meaning of a row may depend on
    /// earlier ones.
    ///
    /// # Errors
    ///
    /// Names tables or columns without a rule.
    ///
    /// # Panics
    ///
    /// When the database cannot be queried.
    pub async fn begin(kind: Kind, url: &str) -> Result<Self, String> {
        let connection = Database::connect(url).await.expect("a connection");
        let recorder = Self {
            connection,
            kind,
            read_to: 0,
            state: State::default(),
        };
        let schema = recorder.schema().await;
        rules::speak_of_all(&schema)?;
        for (table, columns) in &schema {
            recorder.run(&triggers::of(kind, table, columns)).await;
        }
        Ok(recorder)
    }

    /// The transactions that were committed since the last call, each with the touches that it needed.
    ///
    /// PostgreSQL separates transactions by their numbers. SQLite has none; there a transaction ends with the touches
    /// that it records last, or at this call. So call it after each step to attribute changes correctly.
    ///
    /// # Panics
    ///
    /// When the database cannot be queried.
    pub async fn since(&mut self) -> Vec<Transaction> {
        let select = format!(
            "SELECT number, transaction_number, table_name, operation, old_row, new_row FROM recorded_rows \
             WHERE number > {} ORDER BY number",
            self.read_to
        );
        let rows = self.rows(&select).await;
        let changes: Vec<Change> = rows.iter().map(Change::read).collect();
        self.read_to = changes.iter().map(|change| change.number).max().unwrap_or(self.read_to);
        transaction::grouped(changes, &mut self.state)
    }

    /// The tables with the shop's rows, each with its columns, as the database itself lists them.
    async fn schema(&self) -> Vec<(String, Vec<String>)> {
        let rows = self.rows(triggers::schema(self.kind)).await;
        let mut schema: Vec<(String, Vec<String>)> = Vec::new();
        for row in rows {
            let (table, column): (String, String) = (
                row.try_get_by_index(0).expect("a table"),
                row.try_get_by_index(1).expect("a column"),
            );
            match schema.last_mut().filter(|(last, _)| *last == table) {
                Some((_, columns)) => columns.push(column),
                None => schema.push((table, vec![column])),
            }
        }
        schema
    }

    async fn run(&self, statements: &[String]) {
        for statement in statements {
            self.connection.execute_unprepared(statement).await.expect("a trigger");
        }
    }

    async fn rows(&self, sql: &str) -> Vec<sea_orm::QueryResult> {
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        self.connection.query_all_raw(statement).await.expect("rows")
    }
}
