//! Migrations run once, whichever process runs them, and create the tables and named indexes that the repositories
//! need.

use sea_orm::ConnectionTrait as _;
use testkit::{Kind, TestDatabase, on_both_databases};

use super::{database, game, number, put, run, soon, texts};

fn names_of(kind: Kind, what: &str) -> String {
    match (kind, what) {
        (Kind::Sqlite, _) => format!("SELECT name FROM sqlite_master WHERE type = '{what}'"),
        (_, "index") => "SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'".to_owned(),
        _ => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'".to_owned(),
    }
}

#[on_both_databases]
async fn a_second_run_does_nothing(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
    let incarnation = db.pulse(0).await.unwrap().incarnation;
    assert_eq!(db.migrate().await.unwrap(), 0);
    assert_eq!(db.pulse(0).await.unwrap().incarnation, incarnation);
    assert!(!db.catalog().is_empty().await.unwrap());
}

#[on_both_databases]
async fn several_that_migrate_an_empty_database_at_once_all_succeed(kind: Kind) {
    for _ in 0..3 {
        let empty = TestDatabase::empty(kind).await;
        let mut tasks = Vec::new();
        for _ in 0..4 {
            // Opened one after the other, so that the migrations themselves meet.
            let db = empty.open().await;
            tasks.push(tokio::spawn(async move {
                db.migrate().await.map_err(|error| format!("{error:?}"))
            }));
        }
        let mut steps = 0;
        for task in tasks {
            steps += soon(task).await.unwrap().unwrap();
        }
        assert_eq!(steps, 24, "the steps were not run once each");
        let db = empty.open().await;
        assert_eq!(number(&db, "SELECT COUNT(*) FROM seaql_migrations").await, 24);
        // PostgreSQL's numbers are the server's: whose they are stands beside the incarnation and what was forgotten.
        let marks = 2 + i64::from(kind == Kind::Postgres);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM shop_marks").await, marks);
    }
}

#[on_both_databases]
async fn several_that_open_a_new_database_at_once_all_succeed(kind: Kind) {
    let empty = TestDatabase::empty(kind).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let url = empty.url.clone();
            tokio::spawn(async move {
                let db = storage::Db::open(&url, storage::Options::default())
                    .await
                    .map_err(|error| format!("{error:?}"))?;
                db.pending_migrations().await.map_err(|error| format!("{error:?}"))?;
                db.migrate().await.map_err(|error| format!("{error:?}"))
            })
        })
        .collect();
    for task in tasks {
        soon(task).await.unwrap().unwrap();
    }
}

#[on_both_databases]
async fn asking_what_is_pending_changes_nothing(kind: Kind) {
    let empty = TestDatabase::empty(kind).await;
    let db = empty.open().await;
    assert_eq!(db.pending_migrations().await.unwrap(), 24);
    assert!(texts(&db, &names_of(kind, "table")).await.is_empty());
}

#[on_both_databases]
async fn a_schema_of_a_newer_program_is_refused_and_left_alone(kind: Kind) {
    let (_database, db) = database(kind).await;
    run(
        &db,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_unheard_of', 0)",
    )
    .await;
    let refused = db.migrate().await;
    assert!(
        matches!(&refused, Err(storage::Error::NewerSchema { steps }) if steps == "m9999_unheard_of"),
        "{refused:?}"
    );
    let refused = db.pending_migrations().await;
    assert!(
        matches!(refused, Err(storage::Error::NewerSchema { .. })),
        "{refused:?}"
    );
    assert_eq!(number(&db, "SELECT COUNT(*) FROM seaql_migrations").await, 25);
}

#[on_both_databases]
async fn a_step_that_fails_leaves_nothing_and_is_run_again(kind: Kind) {
    let empty = TestDatabase::empty(kind).await;
    let db = empty.open().await;
    // The sixth step makes this table, after those of users and sessions.
    run(&db, "CREATE TABLE tickets (id INTEGER)").await;
    db.migrate().await.unwrap_err();
    let tables = texts(&db, &names_of(kind, "table")).await;
    assert!(
        !tables.iter().any(|name| name == "users" || name == "sessions"),
        "{tables:?}"
    );
    // On SQLite all steps are one transaction.
    assert_eq!(
        db.pending_migrations().await.unwrap(),
        if kind == Kind::Sqlite { 24 } else { 19 }
    );
    run(&db, "DROP TABLE tickets").await;
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
}

#[on_both_databases]
async fn all_tables_and_named_indexes_exist(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tables = texts(&db, &names_of(kind, "table")).await;
    for table in [
        "games",
        "offers",
        "categories",
        "genres",
        "platforms",
        "tags",
        "game_categories",
        "game_genres",
        "game_platforms",
        "game_tags",
        "touches",
        "shop_marks",
        "job_leases",
        "outbox",
        "sync_runs",
        "sync_positions",
    ] {
        assert!(tables.iter().any(|name| name == table), "{table} is missing");
    }
    let indexes = texts(&db, &names_of(kind, "index")).await;
    for index in [
        "ux_offers_supplier_product_id",
        "ux_offers_supplier_number",
        "ux_games_slug",
        "ux_games_number",
        "ux_outbox_dedupe_key",
    ] {
        assert!(indexes.iter().any(|name| name == index), "{index} is missing");
    }
}

#[on_both_databases]
async fn money_and_times_are_whole_numbers(kind: Kind) {
    let (_database, db) = database(kind).await;
    let sql = match kind {
        Kind::Sqlite => {
            "SELECT name || ' ' || lower(type) FROM (SELECT * FROM pragma_table_info('games') UNION ALL \
             SELECT * FROM pragma_table_info('offers')) WHERE name LIKE '%_cents' OR name LIKE '%_at'"
        }
        Kind::Postgres => {
            "SELECT column_name || ' ' || data_type FROM information_schema.columns \
                               WHERE table_name IN ('games', 'offers') AND (column_name LIKE '%_cents' OR column_name LIKE '%_at')"
        }
    };
    let mut columns = texts(&db, sql).await;
    // The supplier's own word about its own change is kept as it came.
    columns.retain(|column| column != "supplier_updated_at text");
    assert_eq!(columns.len(), 9, "{columns:?}");
    // SQLite's one kind of whole number holds as many bits.
    let whole = if kind == Kind::Sqlite { " integer" } else { " bigint" };
    assert!(columns.iter().all(|column| column.ends_with(whole)), "{columns:?}");
}

/// SQLite alone: what a schema takes on a busy machine, longer than a statement waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_sets_up_is_waited_for() {
    let empty = TestDatabase::empty(Kind::Sqlite).await;
    let mut options = sea_orm::ConnectOptions::new(format!("{}?mode=rwc", empty.url));
    options.max_connections(1);
    let other = sea_orm::Database::connect(options).await.unwrap();
    other.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
    let url = empty.url.clone();
    let opened = tokio::spawn(async move {
        let db = storage::Db::open(&url, storage::Options::default()).await?;
        db.migrate().await
    });
    tokio::time::sleep(std::time::Duration::from_millis(3_500)).await;
    assert!(!opened.is_finished(), "nobody gets in meanwhile, and nobody gives up");
    other.execute_unprepared("COMMIT").await.unwrap();
    other.close().await.unwrap();
    assert!(soon(opened).await.unwrap().unwrap() > 0);
}
