//! In a large shop the lists are read by their indexes, from the row on at which a page begins.

use std::sync::{Arc, Mutex};

use domain::listing::{ListPlace, ListQuery, ListStart, SortValue};
use domain::term::Term;
use sea_orm::{ConnectionTrait, Statement};
use storage::Db;
use testkit::{Kind, TestDatabase, on_both_databases};
use uuid::Uuid;

/// The statements that were seen.
pub(super) type Seen = Arc<Mutex<Vec<Statement>>>;

const GAMES: u32 = 100_000;
/// Nothing is set by staff here, so this table is empty.
const OVERRIDES: [&str; 1] = ["game_overrides"];

/// The numbers from 1 to `last`, as rows of a column `n`.
pub(super) fn series(kind: Kind, last: u32) -> String {
    match kind {
        Kind::Sqlite => {
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
            )
        }
        Kind::Postgres => format!("(SELECT n FROM generate_series(1, {last}) AS n)"),
    }
}

/// What makes an id, and what tells the database how its tables are filled.
pub(super) const fn ids_and_analysis(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Sqlite => ("randomblob(16)", "ANALYZE"),
        // An index alone is read where nothing of its table was changed since.
        Kind::Postgres => ("gen_random_uuid()", "VACUUM ANALYZE"),
    }
}

/// A database with many games, an offer and a category of each, as plain SQL that both understand.
async fn large(kind: Kind) -> (TestDatabase, Db, Seen) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, analyze) = ids_and_analysis(kind);
    let series = series(kind, GAMES);
    let text = match kind {
        Kind::Sqlite => "hex(zeroblob(250))",
        Kind::Postgres => "repeat('x', 500)",
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
    let names = format!(
        "INSERT INTO categories (id, name, slug) SELECT {id}, 'Category ' || n, 'category-' || n FROM {} AS series",
        self::series(kind, 200)
    );
    let links = "INSERT INTO game_categories (game_id, term_id) SELECT g.id, c.id FROM games g \
                 JOIN categories c ON c.name = 'Category ' || (g.number % 200 + 1)";
    for text in [games.as_str(), offers.as_str(), names.as_str(), links, analyze] {
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

/// The plan uses this index, and reads no table but `small` ones from its beginning to its end.
pub(super) fn reads_by(plan: &str, index: &str, small: &[&str]) {
    assert!(plan.contains(index), "{index} is not used:\n{plan}");
    for line in plan.lines() {
        // SQLite names what it reads by no index last; `k` is the page that was found.
        let scanned = line.split_once("Seq Scan on ").or_else(|| line.split_once("SCAN "));
        let Some((_, scanned)) = scanned.filter(|(_, rest)| !rest.contains(" USING ")) else {
            continue;
        };
        let table = scanned.split(' ').next().unwrap_or_default();
        assert!(table == "k" || small.contains(&table), "{table} is read whole:\n{plan}");
    }
}

/// The rows before the one at which a page begins are not read.
pub(super) fn begins_at_row(plan: &str) {
    let begins = ["SEARCH l USING", "SEARCH trail_entries USING", "Index Cond"];
    assert!(
        begins.iter().any(|begins| plan.contains(begins)),
        "it begins at no row:\n{plan}"
    );
}

/// Both, of a list without small tables.
pub(super) fn begins_by(plan: &str, index: &str) {
    reads_by(plan, index, &[]);
    begins_at_row(plan);
}

#[on_both_databases]
async fn a_hundred_thousand_games_and_offers_are_read_by_index(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    let text = |text: &str| after(SortValue::Text(text.to_owned()));
    let number = || after(SortValue::Number(9_000));
    for (sort, start, index) in [
        ("title", text("game 5"), "ix_games_search_text"),
        ("added", number(), "ux_games_number"),
    ] {
        let page = db.catalog().managed_list(&query(sort, start)).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        let plan = plan(kind, &db, &seen).await;
        reads_by(&plan, index, &OVERRIDES);
        begins_at_row(&plan);
    }
    let page = db.catalog().managed_list(&query("title", ListStart::First)).await;
    assert_eq!(page.unwrap().rows.len(), 50);
    reads_by(&plan(kind, &db, &seen).await, "ix_games_search_text", &OVERRIDES);
    for (sort, start, index) in [
        ("added", number(), "ix_offers_created_at"),
        ("product", text("p5"), "ix_offers_product_id"),
    ] {
        let page = db.offers().managed_list(&query(sort, start)).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        begins_by(&plan(kind, &db, &seen).await, index);
    }
    let page = db.offers().managed_list(&query("added", ListStart::First)).await;
    assert_eq!(page.unwrap().rows.len(), 50);
    reads_by(&plan(kind, &db, &seen).await, "ix_offers_created_at", &[]);
    a_search_and_rare_states(kind, &db, &seen).await;
    possible_duplicates(kind, &db, &seen).await;
    categories_count_their_games(kind, &db, &seen).await;
}

async fn a_search_and_rare_states(kind: Kind, db: &Db, seen: &Mutex<Vec<Statement>>) {
    let search = ListQuery {
        search: GAMES.to_string(),
        ..query("title", ListStart::First)
    };
    let page = db.catalog().managed_list(&search).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    reads_by(&plan(kind, db, seen).await, "ix_games_search_text", &OVERRIDES);
    for (state, index) in [("parked", "ix_offers_parked"), ("hidden", "ix_offers_hidden")] {
        let filtered = ListQuery {
            filters: vec![("state", state.to_owned())],
            ..query("added", ListStart::First)
        };
        let page = db.offers().managed_list(&filtered).await.unwrap();
        assert_eq!(page.rows.len(), 50, "{state}");
        reads_by(&plan(kind, db, seen).await, index, &[]);
    }
}

async fn possible_duplicates(kind: Kind, db: &Db, seen: &Mutex<Vec<Statement>>) {
    let after_some = query("key", after(SortValue::Text("game 5".to_owned())));
    for (asked, is_bounded) in [(query("key", ListStart::First), false), (after_some, true)] {
        let page = db.offers().possible_duplicates(&asked).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        let plan = plan(kind, db, seen).await;
        // Of each game the rows with its key, at most two.
        reads_by(&plan, "ix_games_match_key", &["alike"]);
        if is_bounded {
            begins_at_row(&plan);
        }
    }
}

async fn categories_count_their_games(kind: Kind, db: &Db, seen: &Mutex<Vec<Statement>>) {
    let asked = query("name", ListStart::First);
    let page = db.terms().managed_list(Term::Category, &asked).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].games), (50, i64::from(GAMES / 200)));
    let small = ["l", "n", "categories"];
    reads_by(&plan(kind, db, seen).await, "ix_game_categories_term_id", &small);
}
