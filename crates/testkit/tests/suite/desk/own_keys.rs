//! Own keys in the administration: imported by a form, never shown, and taken back; lists of many are read by their indexes.

use std::time::Duration;

use domain::listing::{ListPage, ListQuery, ListStart, SortValue};
use domain::own_key::KeyImportId;
use domain::staff::StaffRole;
use sea_orm::ConnectionTrait;
use services::view::TrailFilter;
use testkit::{Answer, Client, Kind, PASSWORD, TestDatabase, TestShop, on_both_databases};
use uuid::Uuid;

use super::lists::walk;
use super::people_plans::filtered;
use super::plans::{after, begins_by, ids_and_analysis, plan, query, see, series};

const NEW: &str = "/admin/key-imports/new";

/// Submits the form of an import.
async fn import(staff: &mut Client, format: &str, game: &str, price: &str, keys: &str) -> Answer {
    let typed = [
        ("name", "From the shop's drawer"),
        ("format", format),
        ("game", game),
        ("price", price),
        ("keys", keys),
        ("reason", "bought at the fair"),
    ];
    staff.submit(NEW, &typed).await
}

/// The address of the newest import, without the answer's mark.
async fn newest(shop: &TestShop) -> String {
    let query = ListQuery {
        is_descending: true,
        limit: 1,
        ..ListQuery::default()
    };
    let found = shop.shop.own_keys().imports(&query).await.unwrap();
    format!("/admin/key-imports/{}", found.rows[0].import.id)
}

#[on_both_databases]
async fn keys_are_imported_by_a_form_that_never_shows_them(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let keys = "SECRET-1\nSECRET-2\r\n\r\nSECRET-1\nSECRET\u{7}3\n";
    for (format, game, price, told) in [
        ("lines", "", "", "Game is missing"),
        ("lines", game.as_str(), "0", "Price must be above 0"),
        ("lines", game.as_str(), "x", "Price"),
        ("csv", game.as_str(), "", "Keys line 1: the header has no column `key`"),
    ] {
        let refused = import(&mut staff, format, game, price, keys).await;
        assert_eq!(refused.status, 400, "{told}");
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
        assert!(!refused.text.contains("SECRET"), "{}", refused.text);
        assert!(
            refused.text.contains("value=\"From the shop&#39;s drawer\""),
            "{}",
            refused.text
        );
    }
    let done = import(&mut staff, "lines", &game, "1.23", keys).await;
    assert_eq!(done.status, 200, "{}", done.text);
    for told in [
        "Imported. Below stands what became of the rows.",
        "duplicate of line 1",
        "unreadable: has a key with characters that do not show",
    ] {
        assert!(done.text.contains(told), "{told}: {}", done.text);
    }
    let page = newest(&shop).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    for path in [
        page.clone(),
        "/admin/key-imports".to_owned(),
        "/admin/key-imports.csv".to_owned(),
        format!("/admin/own-keys?import={id}&state=free"),
        format!("/admin/own-keys.csv?game={game}"),
        format!("/admin/offers?game={game}"),
    ] {
        let shown = staff.get(&path).await;
        assert_eq!(shown.status, 200, "{path}");
        assert!(!shown.text.contains("SECRET"), "{path}: {}", shown.text);
        assert!(
            shown.text.contains("drawer") || path.contains("offers"),
            "{path}: {}",
            shown.text
        );
    }
    let entry = &shop.shop.trail().list(&TrailFilter::default(), None, 1).await.unwrap()[0];
    assert_eq!(
        (entry.action.as_str(), entry.subject.as_str(), entry.reason.as_deref()),
        ("keys.import", id.as_str(), Some("bought at the fair"))
    );
    assert_eq!(
        entry.after.as_deref(),
        Some("From the shop's drawer: 4 rows, sold at 1.23 EUR")
    );
}

#[on_both_databases]
async fn an_import_is_undone_with_a_reason_and_a_fresh_proof(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let game = shop.games_for_sale(1).await.remove(0);
    import(&mut staff, "lines", &game, "", "A\nB\n").await;
    let page = newest(&shop).await;
    let undo = format!("{page}/undo");
    for role in [StaffRole::Finance, StaffRole::Support] {
        let mut other = shop.staff_as(&format!("{}@example.org", role.as_str()), role).await;
        assert_eq!(other.get(&page).await.status, 200, "{role:?}");
        assert_eq!(other.submit(&undo, &[("reason", "x")]).await.status, 403, "{role:?}");
        assert_eq!(other.submit(NEW, &[]).await.status, 403, "{role:?}");
    }
    shop.clock.pass(Duration::from_secs(11 * 60));
    let asked = staff.get(&undo).await.text;
    assert!(
        asked.contains("2 keys are unsold") && asked.contains("name=\"password\""),
        "{asked}"
    );
    let refused = staff.submit(&undo, &[("reason", "a mistake")]).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let refused = staff.submit(&undo, &[("password", PASSWORD)]).await;
    assert!(refused.text.contains("Reason is missing"), "{}", refused.text);
    let done = staff
        .submit(&undo, &[("reason", "a mistake"), ("password", PASSWORD)])
        .await;
    assert!(
        done.text.contains("What was unsold is taken back.") && !done.text.contains("Undo…"),
        "{}",
        done.text
    );
    let id = KeyImportId(Uuid::parse_str(page.rsplit('/').next().unwrap()).unwrap());
    let counts = shop.db.own_keys().counts(id).await.unwrap();
    assert_eq!((counts.withdrawn, counts.free), (2, 0));
    let entry = &shop.shop.trail().list(&TrailFilter::default(), None, 1).await.unwrap()[0];
    assert_eq!(
        (entry.action.as_str(), entry.reason.as_deref()),
        ("keys.undo", Some("a mistake"))
    );
}

#[on_both_databases]
async fn lists_of_keys_go_on_at_a_row_in_both_directions(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let games = shop.games_for_sale(2).await;
    for (at, game) in games.iter().cycle().take(4).enumerate() {
        shop.clock.pass(Duration::from_secs(1));
        let keys: String = (0..=at).map(|number| format!("KEY-{at}-{number}\n")).collect();
        assert_eq!(import(&mut staff, "lines", game, "", &keys).await.status, 200);
    }
    let keys = async |query: &ListQuery| shop.shop.own_keys().managed_list(query).await.unwrap();
    let imports = async |query: &ListQuery| shop.shop.own_keys().imports(query).await.unwrap();
    for is_descending in [false, true] {
        let query = ListQuery {
            is_descending,
            ..ListQuery::default()
        };
        let found = walk!(keys, query, |key| (key.added_at, key.import.clone()));
        assert_eq!(found.len(), 10);
        let found = walk!(imports, query, |listed| (listed.import.at, listed.by.clone()));
        assert_eq!((found.len(), found[0].1.as_str()), (4, "staff@example.org"));
        assert!(if is_descending {
            found.is_sorted_by(|one, other| one >= other)
        } else {
            found.is_sorted()
        });
    }
    for (filters, count) in [
        (vec![("game", games[0].clone())], 4),
        (vec![("state", "free".to_owned())], 10),
        (vec![("state", "claimed".to_owned())], 0),
    ] {
        let query = ListQuery {
            filters,
            ..ListQuery::default()
        };
        assert_eq!(walk!(keys, query, |key| key.added_at).len(), count);
    }
}

#[on_both_databases]
async fn a_hundred_thousand_keys_are_read_by_index(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, analyze) = ids_and_analysis(kind);
    let many = series(kind, 100_000);
    let bytes = match kind {
        Kind::Sqlite => "zeroblob(60)",
        Kind::Postgres => "decode(repeat('00', 60), 'hex')",
    };
    let games = format!(
        "INSERT INTO games (id, slug, title, search_text, description_html, price_cents, copies, image, images, multiplayer, \
         requirements, hidden, created_at, updated_at, number) SELECT {id}, 'game-' || n, 'Game ' || n, '', '', n, 1, '', '[]', \
         FALSE, '{{}}', FALSE, n, n, n FROM {} AS series",
        series(kind, 500)
    );
    let imports = format!(
        "INSERT INTO key_imports (id, at, actor, name) SELECT {id}, n, 'latchkey keys import', 'file ' || n FROM {} AS series",
        series(kind, 50_000)
    );
    let keys = format!(
        "INSERT INTO own_keys (id, game_id, import_id, line, sealed, state, created_at) SELECT {id}, g.id, i.id, n, {bytes}, \
         CASE WHEN n % 100 = 0 THEN 'free' ELSE 'delivered' END, n FROM {many} AS series JOIN games g ON g.number = n % 500 + 1 \
         JOIN key_imports i ON i.at = n % 1000 + 1"
    );
    for text in [games.as_str(), imports.as_str(), keys.as_str(), analyze] {
        db.raw().execute_unprepared(text).await.unwrap();
    }
    let seen = see(&mut db);
    let start = after(SortValue::Number(90_000));
    let all = db.own_keys().managed_list(&query("added", start)).await.unwrap();
    assert_eq!(all.rows.len(), 50);
    begins_by(&plan(kind, &db, &seen).await, "ix_own_keys_created_at");
    let (import, _, _) = all.rows[0].import.clone().unwrap();
    let (import, game) = (import.to_string(), all.rows[0].game.to_string());
    for (filter, value, index) in [
        ("import", &import, "ix_own_keys_import"),
        ("game", &game, "ix_own_keys_game"),
    ] {
        let asked = filtered(&[(filter, value)], "");
        assert!(db.own_keys().managed_list(&asked).await.unwrap().rows.len() > 20);
        begins_by(&plan(kind, &db, &seen).await, index);
    }
    let begun = query("begun", after(SortValue::Number(25_000)));
    assert_eq!(db.own_keys().imports(&begun).await.unwrap().rows.len(), 50);
    begins_by(&plan(kind, &db, &seen).await, "ix_key_imports_at");
}
