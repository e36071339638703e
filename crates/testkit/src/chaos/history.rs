//! The history of commits: written by triggers, dated by the database.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::Kind;

/// A version of a game in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Its number, from 1.
    pub(super) number: u32,
    pub(super) price_cents: i64,
    /// Copies for sale, as responses show it.
    pub(super) qty: i64,
    /// The version in its description, if there is one.
    pub(super) words: Option<u32>,
    /// Whether it is hidden from everybody who does not have it in a cart or on a wishlist.
    pub(super) hidden: bool,
    /// In microseconds of Unix time.
    pub(super) committed_at: i64,
}

impl Version {
    /// Whether a copy is for sale.
    pub(super) const fn in_stock(&self) -> bool {
        self.qty > 0 && !self.hidden
    }
}

/// The versions of each game, in the order of their commits.
pub(super) type Truth = HashMap<u32, Vec<Version>>;

/// The checker's own connection.
pub(super) struct History {
    connection: DatabaseConnection,
    pub(super) kind: Kind,
}

impl History {
    pub(super) async fn of(kind: Kind, url: &str) -> Self {
        let connection = Database::connect(url).await.expect("a connection");
        Self { connection, kind }
    }

    /// Sets up the triggers.
    pub(super) async fn begin(&self) {
        let statements: &[&str] = match self.kind {
            Kind::Sqlite => &[
                "CREATE TABLE chaos_history (number INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, price_cents INTEGER, qty INTEGER, \
                 words TEXT, hidden INTEGER, at INTEGER)",
                // SQLite does not know when a transaction was committed; the time of a statement is a little earlier,
                // which makes responses look older, never newer, than they are.
                // makes answers look older and never newer than they are.
                "CREATE TRIGGER chaos_games AFTER UPDATE ON games BEGIN \
                 INSERT INTO chaos_history (title, price_cents, qty, words, hidden, at) \
                 VALUES (NEW.title, NEW.price_cents, NEW.copies, NEW.description_html, NEW.hidden, \
                 CAST(unixepoch('subsec') * 1000000 AS INTEGER)); END",
            ],
            Kind::Postgres => &[
                "CREATE TABLE chaos_history (number BIGSERIAL PRIMARY KEY, title TEXT, price_cents BIGINT, qty BIGINT, \
                 words TEXT, hidden BIGINT, xid XID)",
                "CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 INSERT INTO chaos_history (title, price_cents, qty, words, hidden, xid) \
                 VALUES (NEW.title, NEW.price_cents, NEW.copies, NEW.description_html, \
                 CASE WHEN NEW.hidden THEN 1 ELSE 0 END, pg_current_xact_id()::xid); \
                 RETURN NULL; END $$",
                "CREATE TRIGGER chaos_games AFTER UPDATE ON games FOR EACH ROW EXECUTE FUNCTION chaos_note()",
            ],
        };
        for statement in statements {
            self.run(statement).await;
        }
    }

    /// The supplier's ids of the shop's products.
    pub(super) async fn products(&self) -> Vec<String> {
        let rows = self.rows("SELECT product_id FROM offers ORDER BY product_id").await;
        rows.iter()
            .map(|row| row.try_get_by_index(0).expect("a text"))
            .collect()
    }

    /// The current end of the history: later entries have higher numbers.
    pub(super) async fn mark(&self) -> i64 {
        let row = self.rows("SELECT COALESCE(MAX(number), 0) FROM chaos_history").await;
        row[0].try_get_by_index(0).expect("a number")
    }

    /// The version of each game at `mark`, and all later ones.
    pub(super) async fn since(&self, mark: i64) -> Truth {
        let at = self.committed_at();
        let found = self
            .rows(&format!(
                "SELECT number, title, price_cents, qty, words, hidden, {at} FROM chaos_history ORDER BY number"
            ))
            .await;
        let mut truth = Truth::new();
        for row in found {
            let title: String = row.try_get_by_index(1).expect("a title");
            let Some((game, number)) = read_title(&title) else {
                continue;
            };
            let versions = truth.entry(game).or_default();
            if row.try_get_by_index::<i64>(0).expect("a number") <= mark {
                versions.clear();
            }
            versions.push(Version {
                number,
                price_cents: row.try_get_by_index(2).expect("a price"),
                qty: row.try_get_by_index(3).expect("copies"),
                words: read_words(&row.try_get_by_index::<String>(4).expect("a description")),
                hidden: row.try_get_by_index::<i64>(5).expect("yes or no") != 0,
                committed_at: row.try_get_by_index(6).expect("a time"),
            });
        }
        truth
    }

    /// When the row of a history was committed, in SQL: in microseconds of Unix time.
    pub(super) const fn committed_at(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "at",
            Kind::Postgres => "CAST(EXTRACT(EPOCH FROM pg_xact_commit_timestamp(xid)) * 1000000 AS BIGINT)",
        }
    }

    /// Runs a statement.
    pub(super) async fn run(&self, sql: &str) {
        self.connection.execute_unprepared(sql).await.expect("a statement");
    }

    /// Reads rows.
    pub(super) async fn rows(&self, sql: &str) -> Vec<sea_orm::QueryResult> {
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        self.connection.query_all_raw(statement).await.expect("rows")
    }
}

/// The title of a game's version.
pub(super) fn title(game: u32, version: u32) -> String {
    format!("Chaos {game} v{version}")
}

/// Game and version of a text that begins with such a title.
pub(super) fn read_title(text: &str) -> Option<(u32, u32)> {
    let (game, rest) = text.strip_prefix("Chaos ")?.split_once(" v")?;
    Some((game.parse().ok()?, digits(rest)?))
}

/// The description of a game's version.
pub(super) fn words(game: u32, version: u32) -> String {
    format!("The tale of game {game}, as of v{version}.")
}

/// The version of a text that contains such a description.
pub(super) fn read_words(text: &str) -> Option<u32> {
    digits(text.split_once(", as of v")?.1)
}

/// The number that a text begins with.
fn digits(text: &str) -> Option<u32> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..count].parse().ok()
}
