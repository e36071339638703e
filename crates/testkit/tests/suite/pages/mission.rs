//! The three flows that the shop exists for, from end to end, at once: somebody registers, signs in, has their cart moved and
//! buys; the supplier changes a price, and the page shows it; Redis goes away meanwhile, and is used again when it comes back.

use std::time::Duration;

use cache::RedisState;
use domain::id::GameId;
use domain::sync::SyncKind;
use serde_json::json;
use testkit::{Kind, Look, PASSWORD, Person, Redis, TestShop, Window, node, on_both_databases, soon};

use super::is_well;
use crate::orders::{all_is_well, fill, games, stock};
use crate::wallets::balance;

const KEY: &str = "MISSION-7K2M-93QF";

/// The supplier asks another price for a game; a sync brings it into the shop, where it costs 2 % more.
async fn reprice(shop: &TestShop, game: GameId, price: u32) {
    shop.clock.pass(Duration::from_secs(60));
    let product = shop.product_of(game).await;
    shop.change_product(&product, &json!({ "minPrice": price })).await;
    let report = shop.shop.sync().run(&SyncKind::Full.into(), "a test", &|_| true).await;
    report.unwrap();
}

async fn sign_in(window: &Window<'_>) {
    assert_eq!(window.go("/sign-in?next=%2Fcart").await, 200);
    window.fill("#email", "ada@example.org").await;
    window.fill("#password", PASSWORD).await;
    assert_eq!(window.follow(".form button").await, 200);
}

async fn slug(shop: &TestShop, game: GameId) -> String {
    shop.shop.offers().of(game).await.unwrap().game.slug
}

/// What a page shows as the price, to somebody who only looks.
async fn shows(window: &Window<'_>, slug: &str, price: &str) {
    assert_eq!(window.go(&format!("/game/{slug}")).await, 200);
    let text = window.text(".tag-price").await;
    assert!(text.contains(price), "{price}: {text}");
    is_well(window, Look::WIDE).await;
}

#[on_both_databases]
async fn the_three_flows_of_the_mission_hold_together(kind: Kind) {
    let mut redis = Redis::start().await;
    let shop = TestShop::before_as(kind, node::in_haste_on(&redis)).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &[KEY], 1_500).await;
    let (bought, watched) = (slug(&shop, games[0]).await, slug(&shop, games[1]).await);
    let (ada, eve) = (Person::visiting(&shop.url).await, Person::visiting(&shop.url).await);
    let (window, watching) = (ada.window(Look::NARROW).await, eve.window(Look::WIDE).await);

    assert_eq!(window.go("/register").await, 200);
    window.fill("#email", "ada@example.org").await;
    window.fill("#password", PASSWORD).await;
    window.fill("#nickname", "Ada").await;
    assert_eq!(window.follow(".form button").await, 200);
    assert_eq!(window.go("/account").await, 200);
    assert_eq!(window.follow("form[action='/sign-out'] button").await, 200);
    reprice(&shop, games[1], 10).await;
    shows(&watching, &watched, "€10.20").await;

    redis.kill();
    assert_eq!(window.go(&format!("/game/{bought}")).await, 200);
    assert_eq!(window.follow(".buy form[action='/cart/add'] button").await, 200);
    reprice(&shop, games[1], 20).await;
    shows(&watching, &watched, "€20.40").await;
    sign_in(&window).await;
    assert_eq!(window.address().await, "/cart?moved=1");
    let id = shop.shop.staff().known_account("ada@example.org").await.unwrap();
    shop.prove_address("ada@example.org").await;
    fill(&shop, id, 2_000, "the mission").await;
    assert_eq!(window.follow("a[href='/checkout']").await, 200);
    is_well(&window, Look::NARROW).await;
    window.click("#consent").await;
    assert_eq!(window.follow(".bill-do button").await, 200);
    assert!(window.text(".said").await.starts_with("Thank you for your order."));
    assert_eq!(balance(&shop, id).await, 500);
    assert_eq!(
        shop.cache.redis(),
        Some(RedisState::Away),
        "all this was done without it"
    );

    redis.come_back(&[]).await;
    soon("Redis is used again", async || {
        shop.page(&format!("/game/{watched}")).await;
        shop.cache.redis() == Some(RedisState::InUse)
    })
    .await;
    assert_eq!(window.follow("form[action$='/reveal'] button").await, 200);
    assert_eq!(window.ask_of(".shown-key input", "it.value").await, KEY);
    is_well(&window, Look::NARROW).await;
    reprice(&shop, games[1], 30).await;
    shows(&watching, &watched, "€30.60").await;
    soon("what was read is kept in Redis", async || {
        shop.page(&format!("/game/{watched}")).await;
        let kept = redis.keys("").await;
        kept.iter().any(|name| name.contains(&format!("game:{}", games[1])))
    })
    .await;
    all_is_well(&shop).await;
}
