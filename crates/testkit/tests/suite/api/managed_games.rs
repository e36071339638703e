//! `/api/admin/games/{id}`: fields that staff override by hand, and games that they withdraw.

use std::time::Duration;

use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::suppliers::Suppliers;
use serde_json::{Value, json};
use testkit::{Caching, Client, Kind, TestShop, on_both_databases};

/// A game for sale, as staff see it, and its product.
async fn for_sale(shop: &TestShop, staff: &mut Client) -> (String, String, Value) {
    let game = shop.games_for_sale(1).await.remove(0);
    let seen = staff.get(&format!("/api/admin/games/{game}")).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    let product = seen.data()["g2aProductId"].as_str().unwrap().to_owned();
    (game, product, seen.data().clone())
}

/// Every promise about the rows is kept.
async fn holds(shop: &TestShop) {
    let markups = [(SupplierName::g2a(), BasisPoints::new(200))];
    let found = shop.db.audit().invariants(&markups, &Suppliers::default()).await;
    let broken: Vec<_> = found.unwrap().into_iter().filter(|one| one.breaches > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn synced(shop: &TestShop) {
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    holds(shop).await;
}

/// What staff set in the first test.
fn ours() -> Value {
    json!({
        "title": " Our\u{202e} own  <b>title</b> ", "price": 0.07, "publisher": "", "developer": "We",
        "description": "<p>Ours</p><script>alert(1)</script>", "genres": ["Puzzle", "Our Genre"],
        "tags": ["ours"], "releaseDate": "2020-02-29", "image": "https://pictures.example/a.jpg"
    })
}

/// A game has what staff set, and otherwise what it had.
fn is_overridden(game: &Value, before: &Value) {
    for (field, value) in [
        ("title", json!("Our own <b>title</b>")),
        ("price", json!(0.07)),
        ("developer", json!("We")),
        ("description", json!("<p>Ours</p>")),
        ("genres", json!(["Our Genre", "Puzzle"])),
        ("tags", json!(["ours"])),
        ("releaseDate", json!("2020-02-29")),
        ("image", json!("https://pictures.example/a.jpg")),
        ("slug", before["slug"].clone()),
        ("qty", before["qty"].clone()),
        ("region", before["region"].clone()),
    ] {
        assert_eq!(game[field], value, "{field}");
    }
    assert!(game.get("publisher").is_none());
}

#[on_both_databases]
async fn what_staff_override_survives_every_sync_and_every_cache_shows_it(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let mut staff = shop.staff().await;
        let (game, product, before) = for_sale(&shop, &mut staff).await;
        let (path, managed) = (format!("/api/games/{game}"), format!("/api/admin/games/{game}"));
        shop.caught_up().await;
        assert_eq!(shop.json(&path).await["data"]["title"], before["title"]);
        let answer = staff.put(&managed, &ours()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let fields: Vec<&str> = answer.data()["overrides"]
            .as_array()
            .unwrap()
            .iter()
            .map(|set| set["field"].as_str().unwrap())
            .collect();
        let set = "description developer genres image price publisher releaseDate tags title";
        assert_eq!(fields.join(" "), set);
        assert_eq!(
            answer.data()["overrides"][0]["by"],
            json!(staff.id.unwrap().to_string())
        );
        let is_ours = |game: &Value| is_overridden(game, &before);
        is_ours(&shop.json(&path).await["data"]);
        let cheapest = shop.json("/api/games?sort=price-asc&pageSize=1").await;
        is_ours(&cheapest["data"]["data"][0]);
        holds(&shop).await;
        // The supplier changes price, stock and name; then it has nothing left; then it has the product again.
        shop.change_product(
            &product,
            &json!({"minPrice": 33.0, "name": "Another Name Steam Key GLOBAL"}),
        )
        .await;
        synced(&shop).await;
        is_ours(&shop.json(&path).await["data"]);
        shop.change_product(&product, &json!({"gone": true})).await;
        synced(&shop).await;
        assert_eq!(shop.get(&path).await.status(), 404, "{caching:?}");
        shop.change_product(&product, &json!({"gone": false})).await;
        synced(&shop).await;
        is_ours(&shop.json(&path).await["data"]);
        // Given back, each field has what the supplier said last, without another sync.
        let back: serde_json::Map<String, Value> =
            set.split(' ').map(|field| (field.to_owned(), json!(null))).collect();
        let answer = staff.put(&managed, &Value::Object(back)).await;
        assert_eq!((answer.status, &answer.data()["overrides"]), (200, &json!([])));
        let now = shop.json(&path).await["data"].clone();
        assert_eq!(
            (&now["title"], &now["price"]),
            (&json!("Another Name Steam Key GLOBAL"), &json!(33.66))
        );
        for field in [
            "publisher",
            "developer",
            "description",
            "genres",
            "tags",
            "releaseDate",
            "image",
        ] {
            assert_eq!(now.get(field), before.get(field), "{field}, {caching:?}");
        }
        holds(&shop).await;
    }
}

#[on_both_databases]
async fn what_staff_withdraw_stays_withdrawn(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let mut staff = shop.staff().await;
        let (game, product, _) = for_sale(&shop, &mut staff).await;
        let (path, managed) = (format!("/api/games/{game}"), format!("/api/admin/games/{game}"));
        let total = async || shop.json("/api/games").await["data"]["total"].as_u64().unwrap();
        shop.caught_up().await;
        assert_eq!(shop.get(&path).await.status(), 200);
        let before = total().await;
        assert_eq!(staff.delete(&managed).await.status, 200);
        assert_eq!(shop.get(&path).await.status(), 404, "{caching:?}");
        assert_eq!(total().await, before - 1, "{caching:?}");
        shop.change_product(&product, &json!({"minPrice": 33.0, "qty": 9}))
            .await;
        synced(&shop).await;
        assert_eq!(shop.get(&path).await.status(), 404, "{caching:?}");
        let seen = staff.get(&managed).await;
        assert_eq!(
            (&seen.data()["hidden"], &seen.data()["g2aStock"]),
            (&json!(true), &json!(9))
        );
        assert_eq!(staff.delete(&managed).await.status, 200, "again");
        // Given back, it has what the supplier says now.
        let answer = staff.put(&managed, &json!({"hidden": false})).await;
        assert_eq!((answer.status, &answer.data()["hidden"]), (200, &json!(false)));
        let now = shop.json(&path).await["data"].clone();
        assert_eq!((&now["price"], &now["qty"]), (&json!(33.66), &json!(9)), "{caching:?}");
        assert_eq!(total().await, before, "{caching:?}");
        holds(&shop).await;
    }
}

#[on_both_databases]
async fn each_value_that_a_game_cannot_have_is_named(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let (game, _, before) = for_sale(&shop, &mut staff).await;
    let managed = format!("/api/admin/games/{game}");
    for (body, field) in [
        (json!({"title": " "}), "title"),
        (json!({"title": 7}), "title"),
        (json!({"title": "x".repeat(301)}), "title"),
        (json!({"price": 0}), "price"),
        (json!({"price": -1}), "price"),
        (json!({"price": 1.999}), "price"),
        (json!({"price": "12"}), "price"),
        (json!({"price": 1_000_001}), "price"),
        (json!({"image": "javascript:alert(1)"}), "image"),
        (json!({"images": ["/etc/passwd"]}), "images"),
        (json!({"releaseDate": "soon"}), "releaseDate"),
        (json!({"genres": "RPG"}), "genres"),
        (json!({"hidden": "yes"}), "hidden"),
        (json!({"originalPrice": 12}), "originalPrice"),
        (json!({"shortDescription": "short"}), "shortDescription"),
        (json!({"isPreorder": true}), "isPreorder"),
        (json!({"titel": "a typing error"}), "titel"),
        // One bad value refuses all.
        (json!({"developer": "We", "price": 0}), "price"),
        (json!({}), "title"),
    ] {
        let refused = staff.put(&managed, &body).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
        assert_eq!(refused.body["error"]["details"][0]["field"], field, "{body}");
    }
    assert_eq!(staff.get(&managed).await.data(), &before, "nothing was changed");
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    for (person, status) in [(&mut guest, 401), (&mut customer, 403)] {
        assert_eq!(person.get(&managed).await.status, status);
        assert_eq!(person.put(&managed, &json!({"title": "Mine"})).await.status, status);
        assert_eq!(person.delete(&managed).await.status, status);
    }
    for path in [
        "/api/admin/games/x",
        "/api/admin/games/00000000-0000-0000-0000-00000000ffff",
    ] {
        assert_eq!(staff.get(path).await.code(), "NOTFOUND002");
        assert_eq!(staff.put(path, &json!({"title": "None"})).await.code(), "NOTFOUND002");
        assert_eq!(staff.delete(path).await.code(), "NOTFOUND002");
    }
}
