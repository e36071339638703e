//! How many statements a read sends: as many for one game as for a hundred.

use std::sync::atomic::Ordering;

use domain::id::GameId;
use domain::pattern::Pattern;
use services::catalog::GameView;
use services::view::Representation;
use testkit::{Caching, Kind, TestShop, on_both_databases, soon};
use uuid::Uuid;

/// Statements that the shop sends to answer `path`: the fewest of three times, since whoever reads first after a change
/// brings the search index up to date.
async fn sent(shop: &TestShop, path: &str) -> u64 {
    let (first, second, third) = (once(shop, path).await, once(shop, path).await, once(shop, path).await);
    first.min(second).min(third)
}

async fn once(shop: &TestShop, path: &str) -> u64 {
    let before = shop.statements.load(Ordering::SeqCst);
    let answer = shop.get(path).await;
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.text().await.unwrap();
    shop.statements.load(Ordering::SeqCst) - before
}

#[on_both_databases]
async fn a_list_takes_two_statements_whatever_it_shows(kind: Kind) {
    let shop = TestShop::filled_with(kind, Caching::None).await;
    shop.shop.catalog().fill_search_index().await.unwrap();
    for path in [
        "/api/games?pageSize=1",
        "/api/games?pageSize=100&inStockOnly=false",
        "/api/games?pageSize=50&search=a&genres=Action,RPG,Puzzle&platforms=Steam,GOG&sort=newest",
        "/catalogue?pageSize=1",
        "/catalogue?pageSize=100&inStockOnly=false&genres=Action",
        "/api/games/best-sellers",
        "/api/games/new",
        "/api/games/random?count=48",
        "/api/games/search?q=a",
    ] {
        assert_eq!(sent(&shop, path).await, 2, "{path}");
    }
    assert_eq!(sent(&shop, "/api/games/autocomplete?q=a&limit=20").await, 1);
    assert_eq!(sent(&shop, "/api/games/filter-options").await, 0);
    assert_eq!(sent(&shop, "/api/games?search=nosuchwordanywhere").await, 0);
    let game = shop.json("/api/games?pageSize=1").await["data"]["data"][0].clone();
    assert_eq!(
        sent(&shop, &format!("/api/games/{}", game["id"].as_str().unwrap())).await,
        2
    );
    let page = sent(&shop, &format!("/game/{}", game["slug"].as_str().unwrap())).await;
    assert_eq!(page, 5, "its id, the game and those like it");
    for (path, statements) in [
        ("/sitemap.xml", 1),
        ("/sitemap/lists.xml", 0),
        ("/sitemap/games-1.xml", 2),
    ] {
        assert_eq!(sent(&shop, path).await, statements, "{path}");
    }
}

#[on_both_databases]
async fn a_hot_read_takes_none(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.caught_up().await;
    for path in [
        "/api/games",
        "/catalogue",
        "/",
        "/api/games/collections",
        "/api/games/autocomplete?q=a",
    ] {
        // Not the next one, where a pulse is late.
        soon(&format!("{path} takes none"), async || sent(&shop, path).await == 0).await;
    }
    // Whoever bears a cookie is not served from the response cache; the page is kept for them all the same.
    let game = shop.json("/api/games?pageSize=1").await["data"]["data"][0].clone();
    let slug = game["slug"].as_str().unwrap();
    let render = |_: &GameView, _| "a page".to_owned();
    soon("its page takes none", async || {
        let before = shop.statements.load(Ordering::SeqCst);
        shop.shop
            .catalog()
            .game_by_slug(slug, Representation::Page, &render)
            .await
            .unwrap();
        shop.statements.load(Ordering::SeqCst) == before
    })
    .await;
}

#[on_both_databases]
async fn an_address_that_means_nothing_any_more_is_asked_for_again(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.json("/api/games?pageSize=1").await["data"]["data"][0].clone();
    let path = format!("/api/games/slug/{}", game["slug"].as_str().unwrap());
    assert_eq!(shop.json(&path).await["data"]["id"], game["id"]);
    // As after a restore, when the game that had the address is no longer there.
    shop.cache
        .note_address(game["slug"].as_str().unwrap(), GameId(Uuid::max()));
    shop.shop
        .caches()
        .invalidate(&Pattern::everything(), testkit::operator())
        .await
        .unwrap();
    assert_eq!(shop.json(&path).await["data"]["id"], game["id"]);
}
