//! `/api/admin/genres` and the like: what staff decide of names survives every sync, and every reader sees it.

mod refused;

use std::time::Duration;

use domain::listing::ListQuery;
use domain::sync::SyncReport;
use domain::term::{Term, TermText};
use serde_json::{Value, json};
use testkit::{Caching, Client, Kind, TestShop, on_both_databases, operator};

const GENRES: &str = "/api/admin/genres";

/// The genres that most games have, those first: id, name and number of games.
async fn genres(staff: &mut Client) -> Vec<(String, String, i64)> {
    let all = staff.get(GENRES).await;
    assert_eq!(all.status, 200, "{}", all.body);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |it: &Value| (text(&it["id"]), text(&it["name"]), it["gamesCount"].as_i64().unwrap());
    let mut genres: Vec<_> = all.data().as_array().unwrap().iter().map(of).collect();
    genres.sort_by_key(|(_, name, games)| (-games, name.clone()));
    genres
}

async fn count(staff: &mut Client, id: &str) -> i64 {
    let one = staff.get(&format!("{GENRES}/{id}")).await;
    one.data()["gamesCount"].as_i64().unwrap()
}

/// A crawl that reads the text of every product anew.
async fn synced_anew(shop: &TestShop) -> SyncReport {
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("UPDATE offers SET fingerprint = 0").await.unwrap();
    tx.commit().await.unwrap();
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    let found = shop.shop.operations().audit_rows().await.unwrap();
    let broken: Vec<_> = found.into_iter().filter(|promise| promise.breaches > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
    report
}

async fn total(shop: &TestShop, query: &str) -> u64 {
    let list = shop.json(&format!("/api/games?inStockOnly=false&{query}")).await;
    list["data"]["total"].as_u64().unwrap()
}

#[on_both_databases]
async fn a_renamed_genre_stays_renamed_and_its_old_addresses_lead_on(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let mut staff = shop.staff().await;
        let (id, old, games) = genres(&mut staff).await.remove(0);
        assert!(games > 3);
        let shown = total(&shop, &format!("genres={old}")).await;
        let draft = json!({"name": " Other\u{202e} words ", "slug": "ours", "description": "What it is"});
        let answer = staff.put(&format!("{GENRES}/{id}"), &draft).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        for (field, value) in [
            ("name", json!("Other words")),
            ("slug", json!("ours")),
            ("description", json!("What it is")),
            ("gamesCount", json!(games)),
        ] {
            assert_eq!(answer.data()[field], value, "{field}");
        }
        // Once before any sync, and once after a sync to which the supplier sent the old name for each product.
        for report in [None, Some(synced_anew(&shop).await)] {
            if let Some(report) = report {
                assert_eq!((report.updated, report.genres_created), (0, 0), "{report:?}");
            }
            assert_eq!(count(&mut staff, &id).await, games);
            assert_eq!(total(&shop, "genres=Other+words").await, shown);
            assert_eq!(total(&shop, &format!("genres={old}")).await, shown, "an old address");
            let listed = shop.json("/api/games/genres").await;
            let names = listed["data"].as_array().unwrap();
            assert!(
                names.contains(&json!({"name": "Other words", "slug": "ours"})),
                "{listed}"
            );
            assert!(!names.iter().any(|it| it["name"] == *old), "{listed}");
            let by_name = shop.json("/api/games/by-genre/Other%20words").await;
            for typed in ["ours", &old, &domain::term::slug(&old)] {
                let found = shop.json(&format!("/api/games/by-genre/{typed}")).await;
                assert_eq!(found["data"], by_name["data"], "{typed}");
            }
        }
        let page = shop.get(&format!("/catalogue?genres={old}")).await;
        assert!(
            page.url().as_str().ends_with("/catalogue?genres=Other+words"),
            "{}",
            page.url()
        );
    }
}

#[on_both_databases]
async fn another_node_sees_a_renamed_genre_at_once(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let other = shop.second_node().await;
    let mut staff = shop.staff().await;
    let (id, _, _) = genres(&mut staff).await.remove(0);
    other.json("/api/games/genres").await;
    staff
        .put(&format!("{GENRES}/{id}"), &json!({"name": "Elsewhere"}))
        .await;
    testkit::soon("the other node lists the new name", async || {
        let listed = other.json("/api/games/genres").await;
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["name"] == "Elsewhere")
    })
    .await;
}

#[on_both_databases]
async fn merged_and_deleted_genres_do_not_come_back(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let all = genres(&mut staff).await;
    let [(one, _, _), (other, other_name, _), (gone, gone_name, _)] = &all[..3] else {
        panic!("three genres");
    };
    // A game has both names, and keeps one.
    let renamed = staff.put(&format!("{GENRES}/{one}"), &json!({"name": "First"})).await;
    assert_eq!(renamed.status, 200);
    let answer = staff.delete(&format!("{GENRES}/{other}?into={one}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let merged = count(&mut staff, one).await;
    assert_eq!(staff.delete(&format!("{GENRES}/{gone}")).await.status, 200);
    let report = synced_anew(&shop).await;
    assert_eq!((report.updated, report.genres_created), (0, 0), "{report:?}");
    assert_eq!(count(&mut staff, one).await, merged);
    let left = genres(&mut staff).await;
    assert!(
        !left.iter().any(|(_, name, _)| name == other_name || name == gone_name),
        "{left:?}"
    );
    assert_eq!(
        total(&shop, &format!("genres={other_name}")).await,
        total(&shop, "genres=First").await
    );
    assert_eq!(total(&shop, &format!("genres={gone_name}")).await, 0);
    // The target of aliases is deleted: they lead to nothing.
    assert_eq!(staff.delete(&format!("{GENRES}/{one}")).await.status, 200);
    let report = synced_anew(&shop).await;
    assert_eq!((report.updated, report.genres_created), (0, 0), "{report:?}");
    // Added again, it is listened to again.
    let again = staff.post(GENRES, &json!({"name": gone_name})).await;
    assert_eq!(again.status, 201, "{}", again.body);
    assert!(synced_anew(&shop).await.updated > 0);
    let again = again.data()["id"].as_str().unwrap().to_owned();
    assert!(count(&mut staff, &again).await > 0);
}

#[on_both_databases]
async fn what_staff_set_of_a_game_follows_its_names(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let (managed, shown) = (format!("/api/admin/games/{game}"), format!("/api/games/{game}"));
    let set = staff
        .put(&managed, &json!({"genres": ["Ours", "Theirs"], "tags": ["Ours"]}))
        .await;
    assert_eq!(set.status, 200);
    let named = |all: &[(String, String, i64)], name: &str| {
        let found = all.iter().find(|(_, one, _)| one == name);
        found.unwrap().0.clone()
    };
    let all = genres(&mut staff).await;
    let (ours, theirs) = (named(&all, "Ours"), named(&all, "Theirs"));
    let refused = staff.delete(&format!("{GENRES}/{ours}")).await;
    assert_eq!((refused.status, refused.code()), (409, "BIZ010"), "{}", refused.body);
    assert!(
        refused.text.contains("Staff set this name of one game by hand"),
        "{}",
        refused.text
    );
    staff
        .put(&format!("{GENRES}/{ours}"), &json!({"name": "Renamed"}))
        .await;
    let game_now = shop.json(&shown).await["data"].clone();
    assert_eq!(
        (&game_now["genres"], &game_now["tags"]),
        (&json!(["Renamed", "Theirs"]), &json!(["Ours"]))
    );
    staff.delete(&format!("{GENRES}/{theirs}?into={ours}")).await;
    synced_anew(&shop).await;
    assert_eq!(shop.json(&shown).await["data"]["genres"], json!(["Renamed"]));
    // An old name means the new one; one that was deleted is refused.
    let set = staff.put(&managed, &json!({"genres": ["Ours", "Another"]})).await;
    assert_eq!(set.data()["genres"], json!(["Another", "Renamed"]));
    let (gone, gone_name, _) = genres(&mut staff).await.remove(0);
    staff.delete(&format!("{GENRES}/{gone}")).await;
    let refused = staff.put(&managed, &json!({"genres": [gone_name]})).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.text.contains("which was deleted"), "{}", refused.text);
    // Given back, the game has what its suppliers say, in the names in force.
    let back = staff.put(&managed, &json!({"genres": null})).await;
    assert_eq!(back.status, 200);
    assert!(!back.data()["genres"].as_array().unwrap().contains(&json!(gone_name)));
}

#[on_both_databases]
async fn names_change_beside_running_syncs_and_no_game_loses_one(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let all = genres(&mut staff).await;
    let (id, games) = (all[0].0.parse().unwrap(), all[0].2);
    let everything = ListQuery {
        limit: 500,
        ..ListQuery::default()
    };
    let offers = shop.db.offers().managed_list(&everything).await.unwrap();
    let products: Vec<String> = offers.rows.iter().map(|it| it.product.to_string()).collect();
    let terms = shop.shop.terms();
    let renames = async {
        for number in 0..30 {
            let text = TermText::read(&format!("Name {number}"), "", "").unwrap();
            terms.change(Term::Genre, id, text, operator()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    };
    let syncs = async {
        for number in 0..4 {
            // Every product has other words: all games are locked and written.
            for product in &products {
                let words = json!({"raw": {"developer": format!("Somebody {number}")}});
                shop.change_product(product, &words).await;
            }
            synced_anew(&shop).await;
        }
    };
    tokio::join!(renames, syncs);
    synced_anew(&shop).await;
    let after = genres(&mut staff).await;
    assert_eq!(
        (&*after[0].1, after[0].2, after.len()),
        ("Name 29", games, all.len()),
        "{after:?}"
    );
}
