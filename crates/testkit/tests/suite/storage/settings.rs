//! Every connection of the pool is durable, bounded and configured alike, not only the first.

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use storage::Db;
use testkit::{Kind, on_both_databases};

use super::{database, game, id, put, rows, run, soon, texts};

/// What `sql` says on six connections at once: each is kept busy until all are open.
async fn on_six_connections(db: &Db, sql: &str) -> Vec<String> {
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(soon(db.raw().begin()).await.unwrap());
    }
    let mut said = Vec::new();
    for connection in &open {
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        said.push(
            row.try_get_by_index::<String>(0)
                .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
                .unwrap(),
        );
    }
    said
}

#[tokio::test]
async fn sqlite_is_set_on_each_connection() {
    let (_database, db) = database(Kind::Sqlite).await;
    for (sql, expected) in [
        ("PRAGMA journal_mode", "wal"),
        // FULL.
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA busy_timeout", "2000"),
    ] {
        assert_eq!(on_six_connections(&db, sql).await, vec![expected; 6], "{sql}");
    }
}

#[tokio::test]
async fn postgresql_is_set_on_each_connection() {
    let (_database, db) = database(Kind::Postgres).await;
    for (sql, expected) in [
        ("SHOW synchronous_commit", "on"),
        ("SHOW idle_in_transaction_session_timeout", "5s"),
        ("SHOW lock_timeout", "2s"),
        ("SHOW application_name", "latchkey"),
        ("SHOW random_page_cost", "1.1"),
        ("SHOW default_transaction_isolation", "read committed"),
        ("SHOW default_transaction_read_only", "off"),
    ] {
        assert_eq!(on_six_connections(&db, sql).await, vec![expected; 6], "{sql}");
    }
}

#[tokio::test]
async fn a_postgresql_transaction_sees_what_was_committed_since_it_began() {
    let (database, db) = database(Kind::Postgres).await;
    // Even on a database whose own defaults are stricter, because each connection says what it means.
    let name = texts(&db, "SELECT current_database()::text").await.remove(0);
    for strict in ["isolation = 'serializable'", "read_only = on"] {
        rows(&db, &format!("ALTER DATABASE {name} SET default_transaction_{strict}")).await;
    }
    let plain = sea_orm::Database::connect(&database.url).await.unwrap();
    let shown = Statement::from_string(plain.get_database_backend(), "SHOW transaction_isolation");
    let shown = plain.query_one_raw(shown).await.unwrap().unwrap();
    assert_eq!(
        shown.try_get_by_index::<String>(0).unwrap(),
        "serializable",
        "of other programs"
    );
    let db = Db::open(&database.url, storage::Options::default()).await.unwrap();
    put(&db, &[&game(1, |facts| facts.copies = 1)]).await;
    let tx = db.begin().await.unwrap();
    tx.execute_for_test("SELECT COUNT(*) FROM games").await.unwrap();
    run(&db, "UPDATE games SET copies = 2").await;
    assert_eq!(
        tx.execute_for_test("UPDATE games SET copies = 3 WHERE copies = 2")
            .await
            .unwrap(),
        1
    );
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn a_link_to_nothing_is_refused(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tx = db.begin().await.unwrap();
    let (nobody, nothing) = (domain::id::GameId(id(1)), id(2));
    let linked = tx
        .catalog()
        .link(domain::term::Term::Genre, &[], &[(nobody, nothing)])
        .await;
    assert!(matches!(linked, Err(storage::Error::Statement(_))), "{linked:?}");
}

#[on_both_databases]
async fn the_database_says_what_it_is(kind: Kind) {
    let (_database, db) = database(kind).await;
    let name = if kind == Kind::Sqlite {
        "SQLite 3."
    } else {
        "PostgreSQL 1"
    };
    assert!(db.version().await.unwrap().starts_with(name));
    assert_eq!(db.is_embedded(), kind == Kind::Sqlite);
}
