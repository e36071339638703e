//! `latchkey audit`, as an operator runs it beside a shop.

mod audited;

use std::time::Duration;

use domain::id::GameId;
use domain::touch::Touch;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::{Client, Kind, Redis, on_both_databases};

use self::audited::{Audited, falsify};

#[on_both_databases]
async fn it_tells_values_that_would_be_served_and_are_wrong(kind: Kind) {
    let redis = Redis::start().await;
    let audited = Audited::on(kind, Some(&redis.url())).await;
    let game = audited.rows.games_for_sale(1).await.remove(0);
    let shown = audited.rows.json(&format!("/api/games/{game}")).await;
    let slug = shown["data"]["slug"].as_str().unwrap();
    let mut addresses: Vec<String> = [
        "/",
        "/catalogue",
        "/catalogue?sort=newest",
        "/api/games",
        "/sitemap.xml",
        "/sitemap/lists.xml",
        "/sitemap/games-1.xml",
    ]
    .map(str::to_owned)
    .to_vec();
    let lists = [
        "best-sellers",
        "new-in-catalog",
        "preorders",
        "new",
        "genres",
        "platforms",
        "filter-options",
        "collections",
    ];
    addresses.extend(lists.map(|list| format!("/api/games/{list}")));
    addresses.extend([
        format!("/api/games/{game}"),
        format!("/api/games/{game}/similar"),
        format!("/game/{slug}"),
    ]);
    audited.warm(&redis, &addresses).await;
    let (code, said) = audited.json().await;
    assert_eq!((code, &said["holds"]), (Some(0), &Value::Bool(true)), "{said}");
    assert_eq!(
        said["caches"]["equal"],
        addresses.len(),
        "every kind of value is made anew as it was: {said}"
    );
    // A search is not told from its name.
    audited
        .warm(&redis, &[addresses, vec!["/api/games?search=a".to_owned()]].concat())
        .await;
    assert_eq!(audited.json().await.1["caches"]["notNamed"], 1);

    let price = format!("\"price\":{}", shown["data"]["price"]);
    let wrong = price.replace(|c: char| c.is_ascii_digit(), "7");
    falsify(&redis, &format!("latchkey:game:{game}"), &price, &wrong).await;
    let (code, said) = audited.audit(&[]).await;
    assert_eq!(code, Some(1), "{said}");
    let told: Vec<&str> = said.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert_eq!(told.len(), 1, "{said}");
    assert!(
        told[0].contains(&format!(
            "game:{game} is served, and its text is another; put there 0 min"
        )),
        "{said}"
    );
    let (code, said) = audited.json().await;
    assert_eq!(
        (code, &said["caches"]["differences"][0]["key"]),
        (Some(1), &Value::from(format!("game:{game}")))
    );
}

#[on_both_databases]
async fn it_tells_a_change_that_touched_nothing_and_none_that_did(kind: Kind) {
    let redis = Redis::start().await;
    let audited = Audited::on(kind, Some(&redis.url())).await;
    let game = audited.rows.games_for_sale(1).await.remove(0);
    let address = format!("/api/games/{game}");
    audited.warm(&redis, std::slice::from_ref(&address)).await;
    audited.change("UPDATE games SET title = 'Another title'").await;
    let (code, said) = audited.json().await;
    assert_eq!(
        (code, &said["caches"]["differences"][0]["key"]),
        (Some(1), &Value::from(format!("game:{game}"))),
        "{said}"
    );
    let mut tx = audited.rows.db.begin().await.unwrap();
    tx.touch(Touch::Everything);
    tx.commit().await.unwrap();
    let (code, said) = audited.json().await;
    assert_eq!(
        (code, &said["caches"]["notServed"], &said["caches"]["equal"]),
        (Some(0), &Value::from(1), &Value::from(0)),
        "{said}"
    );
}

#[on_both_databases]
async fn it_compares_carts_and_tells_the_oldest_difference_first(kind: Kind) {
    let redis = Redis::start().await;
    let audited = Audited::on(kind, Some(&redis.url())).await;
    let game = audited.rows.games_for_sale(1).await.remove(0);
    audited.warm(&redis, &[format!("/api/games/{game}")]).await;
    let is_kept = async || redis.keys("latchkey:session:").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut guest = Client::at(&audited.shop.url);
    assert_eq!(guest.add_to_cart(&game, 1).await.status, 201);
    let looks = async {
        while is_kept().await.is_empty() {
            guest.get("/api/cart").await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looks).await.unwrap();
    let (code, said) = audited.json().await;
    assert_eq!((code, &said["caches"]["equal"]), (Some(0), &Value::from(2)), "{said}");

    audited.change("UPDATE cart_lines SET quantity = 7").await;
    audited.change("UPDATE games SET title = 'Another title'").await;
    let (code, said) = audited.json().await;
    let keys: Vec<&str> = said["caches"]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    assert_eq!(
        (code, keys.len(), keys[0]),
        (Some(1), 2, &*format!("game:{game}")),
        "{said}"
    );
    assert!(keys[1].starts_with("session:") && keys[1].ends_with(":cart"), "{said}");
}

#[on_both_databases]
async fn it_tells_nothing_of_what_changes_while_it_looks(kind: Kind) {
    let redis = Redis::start().await;
    let audited = Audited::on(kind, Some(&redis.url())).await;
    let id = audited.rows.games_for_sale(1).await.remove(0);
    let game = id.parse().map(GameId).unwrap();
    let slug = audited.rows.db.catalog().by_id(game).await.unwrap().unwrap().slug;
    let addresses = [
        "/".to_owned(),
        "/api/games".to_owned(),
        format!("/api/games/{id}"),
        format!("/game/{slug}"),
    ];
    audited.warm(&redis, &addresses).await;
    let change_and_read = async {
        for version in 0_u64.. {
            let mut tx = audited.rows.db.begin().await.unwrap();
            let sql = format!("UPDATE games SET title = 'Version {version}' WHERE slug = '{slug}'");
            tx.execute_for_test(&sql).await.unwrap();
            [Touch::Game(game), Touch::Catalog, Touch::Home]
                .into_iter()
                .for_each(|touch| tx.touch(touch));
            tx.commit().await.unwrap();
            for address in &addresses {
                http()
                    .get(format!("{}{address}", audited.shop.url))
                    .send()
                    .await
                    .unwrap();
            }
        }
    };
    let audit = async {
        for _ in 0..5 {
            let (code, said) = audited.json().await;
            assert_eq!(
                (code, &said["caches"]["redis"]),
                (Some(0), &Value::from("compared")),
                "{said}"
            );
        }
    };
    tokio::select! {
        () = change_and_read => {}
        () = audit => {}
    }
}

#[on_both_databases]
async fn it_tells_rows_that_break_a_promise(kind: Kind) {
    let audited = Audited::on(kind, None).await;
    let (code, said) = audited.audit(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.lines().all(|line| line.starts_with("ok ")) && said.contains("no Redis is set"),
        "{said}"
    );
    audited
        .change("UPDATE offers SET cost_cents = cost_cents + 100 WHERE number = 7")
        .await;
    audited
        .change("UPDATE shop_marks SET name = 'lost' WHERE name = 'touches forgotten'")
        .await;
    let (code, said) = audited.json().await;
    assert_eq!((code, &said["caches"]["redis"]), (Some(1), &Value::from("not set")));
    let broken = said["checks"].as_array().unwrap().iter();
    let broken = broken.filter(|check| check["holds"] == false);
    let slug = audited.rows.db.catalog().listed(7..=7).await.unwrap().remove(0).slug;
    let told: Vec<_> = broken.map(|check| check["findings"].clone()).collect();
    assert_eq!(
        told,
        [
            json!([format!("not so for 1, such as {slug}")]),
            json!(["not so for 1, such as touches forgotten"])
        ],
        "{said}"
    );
    assert_eq!(said["holds"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_and_a_database_without_a_shop_are_told() {
    let mut redis = Redis::start().await;
    let audited = Audited::on(Kind::Sqlite, Some(&redis.url())).await;
    redis.kill();
    let (code, said) = audited.audit(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note   caches: Redis does not answer"), "{said}");
    let nowhere = program::run(&own_folder(), &["audit", "--no-demo"]).await;
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&nowhere.stderr).contains("latchkey migrate"),
        "{nowhere:?}"
    );
}
