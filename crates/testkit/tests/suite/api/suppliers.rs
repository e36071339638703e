//! `/api/admin/suppliers`, `/api/admin/sync-runs` and `/api/admin/offers`: what staff see of suppliers, and decide.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Caching, Client, Kind, TestShop, on_both_databases, soon};
use uuid::Uuid;

/// A request of each route, as its method, its address and its body.
fn routes(game: &str, offer: &str) -> [(reqwest::Method, String, Option<Value>); 6] {
    let text = str::to_owned;
    [
        (reqwest::Method::GET, text("/api/admin/suppliers"), None),
        (reqwest::Method::GET, text("/api/admin/sync-runs"), None),
        (reqwest::Method::GET, format!("/api/admin/offers?gameId={game}"), None),
        (
            reqwest::Method::PUT,
            format!("/api/admin/offers/{offer}/game"),
            Some(json!({"gameId": game})),
        ),
        (reqwest::Method::DELETE, format!("/api/admin/offers/{offer}/game"), None),
        (reqwest::Method::POST, text("/api/admin/suppliers/g2a/sync"), None),
    ]
}

async fn offers(staff: &mut Client, game: &str) -> Vec<Value> {
    let answer = staff.get(&format!("/api/admin/offers?gameId={game}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.data()["offers"].as_array().unwrap().clone()
}

#[on_both_databases]
async fn staff_alone_see_suppliers_runs_and_offers(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let mut staff = shop.staff().await;
    let offer = offers(&mut staff, &game).await.remove(0);
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    for (method, path, body) in routes(&game, offer["id"].as_str().unwrap()) {
        for (person, status) in [(&mut guest, 401), (&mut customer, 403)] {
            let answer = person.ask(method.clone(), &path, body.as_ref()).await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
        let answer = staff.ask(method.clone(), &path, body.as_ref()).await;
        assert!(matches!(answer.status, 200 | 202), "{method} {path}: {}", answer.body);
        assert_eq!(answer.headers["cache-control"], "private, no-store", "{path}");
    }
}

/// A request and its refusal: the method, the path, the body, the status and the code.
type Refused = (&'static str, String, Option<Value>, u16, &'static str);

#[on_both_databases]
async fn an_offer_or_a_game_that_is_not_there_is_named(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let mut staff = shop.staff().await;
    let offer = offers(&mut staff, &game).await.remove(0);
    let missing = "00000000-0000-0000-0000-00000000ffff";
    let refused: Vec<Refused> = vec![
        ("GET", "/api/admin/offers".to_owned(), None, 400, "VAL007"),
        ("GET", "/api/admin/offers?gameId=x".to_owned(), None, 400, "VAL008"),
        (
            "GET",
            format!("/api/admin/offers?gameId={missing}"),
            None,
            404,
            "NOTFOUND002",
        ),
        (
            "DELETE",
            format!("/api/admin/offers/{missing}/game"),
            None,
            404,
            "NOTFOUND001",
        ),
        (
            "DELETE",
            "/api/admin/offers/x/game".to_owned(),
            None,
            404,
            "NOTFOUND001",
        ),
        (
            "PUT",
            format!("/api/admin/offers/{missing}/game"),
            Some(json!({"gameId": game})),
            404,
            "NOTFOUND001",
        ),
        (
            "PUT",
            format!("/api/admin/offers/{}/game", offer["id"].as_str().unwrap()),
            Some(json!({"gameId": missing})),
            404,
            "NOTFOUND002",
        ),
        (
            "PUT",
            format!("/api/admin/offers/{missing}/game"),
            Some(json!({})),
            400,
            "VAL007",
        ),
    ];
    for (method, path, body, status, code) in refused {
        let answer = staff.ask(method.parse().unwrap(), &path, body.as_ref()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path}");
    }
}

#[on_both_databases]
async fn a_supplier_that_is_not_there_is_named_and_pages_have_bounds(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    for (method, path, status, code) in [
        ("POST", "/api/admin/suppliers/nobody/sync", 404, "NOTFOUND001"),
        ("POST", "/api/admin/suppliers/No%20body/sync", 404, "NOTFOUND001"),
        ("GET", "/api/admin/sync-runs?page=0", 400, "VAL001"),
        ("GET", "/api/admin/sync-runs?pageSize=101", 400, "VAL001"),
    ] {
        let answer = staff.ask(method.parse().unwrap(), path, None).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path}");
    }
}

#[on_both_databases]
async fn staff_ask_for_a_sync_and_see_how_it_went(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut staff = shop.staff().await;
    let none = staff.get("/api/admin/sync-runs").await;
    assert_eq!(
        none.data(),
        &json!({"runs": [], "total": 0, "page": 1, "pageSize": 20, "totalPages": 1})
    );
    let suppliers = staff.get("/api/admin/suppliers").await;
    let g2a = json!({"name": "g2a", "rank": 1, "fulfilment": "automatic", "markupBasisPoints": 200, "hasSource": true});
    assert_eq!(suppliers.data()["suppliers"], json!([g2a]));
    // While another process syncs, no second sync is asked for.
    let token = Uuid::from_u128(7);
    let tx = shop.db.begin().await.unwrap();
    let span = Duration::from_secs(60);
    assert!(
        tx.leases()
            .take("catalogue sync", token, "another", span)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let refused = staff.post("/api/admin/suppliers/g2a/sync", &json!({})).await;
    assert_eq!((refused.status, refused.code()), (409, "G2A005"), "{}", refused.body);
    let tx = shop.db.begin().await.unwrap();
    assert!(tx.leases().give_back("catalogue sync", token).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(shop.db.outbox().counts().await.unwrap().open, 1, "the welcome to staff");

    let asked = staff.post("/api/admin/suppliers/g2a/sync", &json!({})).await;
    assert_eq!((asked.status, asked.data()), (202, &json!({"supplier": "g2a"})));
    let _at_work = shop.at_work();
    let mut runs = Value::Null;
    soon("it is complete", async || {
        runs = staff.get("/api/admin/sync-runs?supplier=g2a").await.data().clone();
        runs["runs"][0]["status"] == "complete"
    })
    .await;
    assert_eq!((&runs["total"], &runs["totalPages"]), (&json!(1), &json!(1)));
    let run = &runs["runs"][0];
    for (field, value) in [
        ("supplier", json!("g2a")),
        ("kind", json!("full")),
        ("holder", json!("a test, requested by staff")),
        ("startedAt", json!("2026-11-23T04:00:00.000Z")),
        ("read", json!(93)),
        ("total", json!(93)),
        ("added", json!(93)),
        ("removed", json!(0)),
        ("errorCount", json!(0)),
        ("errors", json!([])),
    ] {
        assert_eq!(run[field], value, "{field}: {run}");
    }
    let suppliers = staff.get("/api/admin/suppliers").await;
    assert_eq!(suppliers.data()["suppliers"][0]["lastRun"], *run);
    let others = staff.get("/api/admin/sync-runs?supplier=another").await;
    assert_eq!(others.data()["total"], 0);
    soon("its message is done", async || {
        shop.db.outbox().counts().await.unwrap().open == 0
    })
    .await;
}

#[on_both_databases]
async fn staff_accept_what_a_run_had_parked(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    shop.set_faults(&json!({"emptyList": {}})).await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    let run = staff.get("/api/admin/sync-runs").await.data()["runs"][0].clone();
    assert_eq!((&run["status"], &run["removed"]), (&json!("parked"), &json!(0)));
    let accept = format!("/api/admin/sync-runs/{}/accept", run["id"].as_str().unwrap());
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    for (person, status) in [(&mut guest, 401), (&mut customer, 403)] {
        assert_eq!(person.post(&accept, &json!({})).await.status, status);
    }
    let accepted = staff.post(&accept, &json!({})).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    assert_eq!(
        (&accepted.data()["status"], &accepted.data()["removed"]),
        (&json!("accepted"), &json!(93))
    );
    let again = staff.post(&accept, &json!({})).await;
    assert_eq!((again.status, again.code()), (409, "G2A005"), "{}", again.body);
    let missing = "/api/admin/sync-runs/00000000-0000-0000-0000-00000000ffff/accept";
    for path in [missing, "/api/admin/sync-runs/x/accept"] {
        let refused = staff.post(path, &json!({})).await;
        assert_eq!((refused.status, refused.code()), (404, "NOTFOUND001"), "{path}");
    }
}

#[on_both_databases]
async fn the_runs_are_paged_newest_first(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut staff = shop.staff().await;
    for _ in 0..3 {
        shop.sync().await;
        shop.clock.pass(Duration::from_secs(60));
    }
    let mut seen = Vec::new();
    for (page, on_it) in [(1, 2), (2, 1), (3, 0)] {
        let runs = staff.get(&format!("/api/admin/sync-runs?page={page}&pageSize=2")).await;
        assert_eq!(
            (
                &runs.data()["total"],
                &runs.data()["totalPages"],
                &runs.data()["pageSize"]
            ),
            (&json!(3), &json!(2), &json!(2))
        );
        let runs = runs.data()["runs"].as_array().unwrap().clone();
        assert_eq!(runs.len(), on_it, "page {page}");
        seen.extend(runs.iter().map(|run| run["startedAt"].as_str().unwrap().to_owned()));
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|one, other| other.cmp(one));
    sorted.dedup();
    assert_eq!(seen, sorted);
}

#[on_both_databases]
async fn staff_link_an_offer_and_every_cache_shows_it(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let mut staff = shop.staff().await;
        let games = shop.games_for_sale(40).await;
        let (dear, cheap) = (&games[0], &games[39]);
        let (dear_path, cheap_path) = (format!("/api/games/{dear}"), format!("/api/games/{cheap}"));
        shop.caught_up().await;
        let price = async |path: &str| shop.json(path).await["data"]["price"].clone();
        let (high, low) = (price(&dear_path).await, price(&cheap_path).await);
        assert!(high.as_f64() > low.as_f64());
        let offer = offers(&mut staff, cheap).await.remove(0);
        let offer_game = format!("/api/admin/offers/{}/game", offer["id"].as_str().unwrap());
        // The cheap product becomes an offer of the dear game: that shows its price, and its own game is gone.
        let linked = staff.put(&offer_game, &json!({"gameId": dear})).await;
        assert_eq!(linked.status, 200, "{}", linked.body);
        let linked = linked.data()["offers"].as_array().unwrap().clone();
        assert_eq!(linked.len(), 2);
        let of_cheap = linked.iter().find(|one| one["id"] == offer["id"]).unwrap();
        assert_eq!(
            (&of_cheap["gameId"], &of_cheap["isShown"], &of_cheap["price"]),
            (&json!(dear), &json!(true), &low)
        );
        assert_eq!(linked.iter().filter(|one| one["isShown"] == true).count(), 1);
        assert_eq!(linked.iter().filter(|one| one["isLeading"] == true).count(), 1);
        assert_eq!(price(&dear_path).await, low, "{caching:?}");
        assert_eq!(shop.get(&cheap_path).await.status(), 404, "{caching:?}");
        assert!(offers(&mut staff, cheap).await.is_empty());
        // Unlinked, it is a game of its own, at another address; the dear one costs what it did.
        let alone = staff.delete(&offer_game).await;
        assert_eq!(alone.status, 200, "{}", alone.body);
        let own = alone.data()["offers"][0]["gameId"].as_str().unwrap().to_owned();
        assert!(own != *dear && own != *cheap);
        assert_eq!(price(&format!("/api/games/{own}")).await, low);
        assert_eq!(price(&dear_path).await, high, "{caching:?}");
        // Who is alone stays.
        assert_eq!(
            staff.delete(&offer_game).await.data()["offers"][0]["gameId"],
            json!(own)
        );
    }
}
