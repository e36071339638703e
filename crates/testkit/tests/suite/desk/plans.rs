//! In a large shop the lists are read by their indexes, from the row on at which a page begins.

use std::sync::{Arc, Mutex};

use domain::listing::{ListPlace, ListQuery, ListStart, SortValue};
use sea_orm::{ConnectionTrait, Statement};
use storage::Db;
use testkit::{Kind, TestDatabase, on_both_databases};
use uuid::Uuid;

/// The statements that were seen.
pub(super) type Seen = Arc<Mutex<Vec<Statement>>>;

const ROWS: u32 = 20_000;

/// A database with many games and offers, as plain SQL that both understand.
async fn large(kind: Kind) -> (TestDatabase, Db, Seen) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, text, series, analyze) = match kind {
        Kind::Sqlite => (
            "randomblob(16)",
            "hex(zeroblob(500))",
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) SELECT n FROM s)",
            "ANALYZE",
        ),
        Kind::Postgres => (
            "gen_random_uuid()",
            "repeat('x', 1000)",
            "(SELECT n FROM generate_series(1, 20000) AS n)",
            // An index alone is read where nothing of its table was changed since.
            "VACUUM ANALYZE",
        ),
    };
    let games = format!(
        "INSERT INTO games (id, slug, title, search_text, description_html, price_cents, copies, image, images, multiplayer, \
         requirements, hidden, created_at, updated_at, number, match_key) SELECT {id}, 'game-' || n, 'Game ' || n, 'game ' || n, \
         {text}, n, 1, '', '[]', FALSE, '{{}}', n % 50 = 0, n, n, n, 'game ' || (n / 2) FROM {series} AS series"
    );
    let offers = format!(
        "INSERT INTO offers (id, game_id, supplier, product_id, cost_cents, price_cents, supplier_qty, reserved, hidden, parked, \
         number, fingerprint, supplier_updated_at, observed_at, created_at, updated_at) SELECT {id}, id, 'g2a', 'p' || number, 1, 2, \
         number % 3, 0, number % 50 = 0, number % 1000 = 0, number, 0, '', 1, number, 1 FROM games"
    );
    for text in [games.as_str(), offers.as_str(), analyze] {
        db.raw().execute_unprepared(text).await.unwrap();
    }
    let seen = see(&mut db);
    (database, db, seen)
}

/// Records the statements of a database from now on.
pub(super) fn see(db: &mut Db) -> Seen {
    let seen = Seen::default();
    let see = Arc::clone(&seen);
    db.see_statements_for_test(move |statement| see.lock().unwrap().push(statement.clone()));
    seen
}

/// How the database does the only statement that was seen.
pub(super) async fn plan(kind: Kind, db: &Db, seen: &Mutex<Vec<Statement>>) -> String {
    let mut statements = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(statements.len(), 1, "a list is one statement");
    let mut statement = statements.remove(0);
    let explain = if kind == Kind::Sqlite {
        "EXPLAIN QUERY PLAN "
    } else {
        "EXPLAIN "
    };
    statement.sql = format!("{explain}{}", statement.sql);
    let column = if kind == Kind::Sqlite { "detail" } else { "QUERY PLAN" };
    let rows = db.raw().query_all_raw(statement).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
    seen.lock().unwrap().clear();
    lines.join("\n")
}

pub(super) fn after(value: SortValue) -> ListStart {
    ListStart::After(ListPlace {
        value,
        id: Uuid::from_u128(1),
    })
}

pub(super) fn query(sort: &'static str, start: ListStart) -> ListQuery {
    ListQuery {
        sort,
        start,
        limit: 50,
        ..ListQuery::default()
    }
}

/// The plan reads the keys by this index, in its order, and no table from its beginning to its end.
fn reads_by(plan: &str, index: &str, is_bounded: bool) {
    assert!(plan.contains(index), "{index} is not used:\n{plan}");
    for scan in [
        "Seq Scan on games",
        "Seq Scan on offers",
        "SCAN games",
        "SCAN offers",
        "SCAN o\n",
        "SCAN g\n",
    ] {
        assert!(!plan.contains(scan), "{scan} in:\n{plan}");
    }
    if is_bounded {
        let begins_at_row = plan.contains("SEARCH l USING") || plan.contains("Index Cond");
        assert!(begins_at_row, "it begins at no row:\n{plan}");
    }
}

#[on_both_databases]
async fn games_and_offers_are_read_by_index(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    let text = |text: &str| after(SortValue::Text(text.to_owned()));
    for (sort, start, index, is_bounded) in [
        ("title", ListStart::First, "ix_games_search_text", false),
        ("title", text("game 5"), "ix_games_search_text", true),
        ("added", after(SortValue::Number(9_000)), "ux_games_number", true),
    ] {
        let page = db.catalog().managed_list(&query(sort, start)).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        reads_by(&plan(kind, &db, &seen).await, index, is_bounded);
    }
    for (sort, start, index, is_bounded) in [
        ("added", ListStart::First, "ix_offers_created_at", false),
        ("added", after(SortValue::Number(9_000)), "ix_offers_created_at", true),
        ("product", text("p5"), "ix_offers_product_id", true),
    ] {
        let page = db.offers().managed_list(&query(sort, start)).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        reads_by(&plan(kind, &db, &seen).await, index, is_bounded);
    }
}

#[on_both_databases]
async fn a_search_and_rare_states_have_an_index_of_their_own(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    let search = ListQuery {
        search: format!("{ROWS}"),
        ..query("title", ListStart::First)
    };
    let page = db.catalog().managed_list(&search).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    reads_by(&plan(kind, &db, &seen).await, "ix_games_search_text", false);
    for (state, index, count) in [("parked", "ix_offers_parked", 10), ("hidden", "ix_offers_hidden", 50)] {
        let filtered = ListQuery {
            filters: vec![("state", state.to_owned())],
            ..query("added", ListStart::First)
        };
        let page = db.offers().managed_list(&filtered).await.unwrap();
        assert!(page.rows.len() >= count, "{state}");
        reads_by(&plan(kind, &db, &seen).await, index, false);
    }
}

#[on_both_databases]
async fn possible_duplicates_are_read_by_their_keys(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    for (start, is_bounded) in [
        (ListStart::First, false),
        (after(SortValue::Text("game 5".to_owned())), true),
    ] {
        let page = db.offers().possible_duplicates(&query("key", start)).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        reads_by(&plan(kind, &db, &seen).await, "ix_games_match_key", is_bounded);
    }
}
