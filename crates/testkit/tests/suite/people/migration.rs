//! The migration at sign-in, counted in copies: before = moved + merged + kept, whatever happens at the same time.

use std::collections::HashMap;
use std::time::Duration;

use domain::cart::QUANTITY_MAX;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};

const ADA: &str = "ada@example.org";

/// A guest with a cart of so many lines of two copies each.
async fn guest_with(shop: &TestShop, games: &[String]) -> Client {
    let mut guest = shop.guest();
    for game in games {
        assert_eq!(guest.add_to_cart(game, 2).await.status, 201);
    }
    guest
}

fn receipt(answer: &Value) -> (u64, u64, u64) {
    let cart = &answer["data"]["migration"]["cart"];
    let of = |name: &str| cart[name].as_u64().unwrap_or(0);
    (of("moved"), of("merged"), of("keptUnavailable"))
}

#[on_both_databases]
async fn registration_takes_over_cart_and_wishlist(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(3).await;
    let mut guest = guest_with(&shop, &games).await;
    guest.post("/api/wishlist", &json!({"gameId": games[0]})).await;
    shop.set_stock(&games[2], 0).await;
    let old = guest.guest.clone();
    let answer = guest.register(ADA).await;
    assert_eq!(receipt(&answer.body), (4, 0, 2));
    let lines = answer.data()["migration"]["cart"]["lines"].as_array().unwrap();
    let kept: Vec<&Value> = lines.iter().filter(|line| line["kept"] == 2).collect();
    assert_eq!(
        (kept.len(), &kept[0]["gameId"], &kept[0]["reason"]),
        (1, &json!(games[2]), &json!("unavailable"))
    );
    assert_eq!(
        answer.data()["migration"]["wishlist"],
        json!({"moved": 1, "alreadyThere": 0})
    );
    let cart = guest.get("/api/cart").await;
    assert_eq!(
        cart.data()["kept"][0]["gameId"],
        json!(games[2]),
        "it is shown beside the cart"
    );
    assert_eq!(guest.units().await, (4, 2));
    let mut stranger = shop.guest();
    stranger.guest = old;
    assert_eq!(
        stranger.units().await,
        (0, 0),
        "the guest's secret opens nothing any more"
    );
}

#[on_both_databases]
async fn equal_lines_merge_up_to_ninety_nine_and_the_rest_is_kept(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut ada = shop.customer(ADA).await;
    ada.add_to_cart(&games[0], 60).await;
    ada.post("/api/wishlist", &json!({"gameId": games[0]})).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 50).await;
    guest.post("/api/wishlist", &json!({"gameId": games[0]})).await;
    let answer = guest.sign_in(ADA, PASSWORD).await;
    assert_eq!(receipt(&answer.body), (0, 39, 11));
    assert_eq!(
        answer.data()["migration"]["wishlist"],
        json!({"moved": 0, "alreadyThere": 1})
    );
    assert_eq!(answer.data()["migration"]["cart"]["lines"][0]["reason"], "lineFull");
    assert_eq!(guest.units().await, (99, 11));
    // Room is made, and what was kept is asked for again.
    guest
        .put(&format!("/api/cart/{}", games[0]), &json!({"quantity": 90}))
        .await;
    let again = guest.post("/api/cart/migrate", &json!({})).await;
    assert_eq!(
        (again.status, &again.data()["merged"], &again.data()["keptUnavailable"]),
        (200, &json!(9), &json!(2))
    );
    assert_eq!(guest.units().await, (99, 2));
    assert_eq!(guest.delete(&format!("/api/cart/kept/{}", games[0])).await.status, 200);
    assert_eq!(
        guest.delete(&format!("/api/cart/kept/{}", games[0])).await.code(),
        "NOTFOUND005"
    );
    assert_eq!(guest.units().await, (99, 0));
}

#[on_both_databases]
async fn what_is_kept_stays_thirty_days(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut guest = guest_with(&shop, &games).await;
    shop.set_stock(&games[0], 0).await;
    guest.register(ADA).await;
    shop.clock.pass(Duration::from_secs(30 * 86_400 - 1));
    shop.shop.operations().run_maintenance().await.unwrap();
    guest.sign_in(ADA, PASSWORD).await;
    assert_eq!(guest.units().await, (0, 2));
    shop.clock.pass(Duration::from_secs(1));
    guest.sign_in(ADA, PASSWORD).await;
    assert_eq!(guest.units().await, (0, 0));
    shop.shop.operations().run_maintenance().await.unwrap();
}

#[on_both_databases]
async fn fifty_sign_ins_at_once_bring_every_copy_once_while_another_tab_adds(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(60).await;
    let ada = shop.customer(ADA).await;
    let guest = guest_with(&shop, &games).await;
    let tab = {
        let (mut tab, games) = (guest.clone(), games.clone());
        tokio::spawn(async move {
            let mut added = 0;
            for game in games.iter().cycle().take(120) {
                if tab.add_to_cart(game, 1).await.status == 201 {
                    added += 1;
                }
            }
            (tab, added)
        })
    };
    let sign_ins = (0..50).map(|_| {
        let mut guest = guest.clone();
        async move { guest.sign_in(ADA, PASSWORD).await }
    });
    let answers = futures::future::join_all(sign_ins).await;
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{:?}",
        answers.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    let moved: u64 = answers
        .iter()
        .map(|answer| receipt(&answer.body))
        .map(|(moved, merged, kept)| moved + merged + kept)
        .sum();
    let (mut tab, added) = tab.await.unwrap();
    let mut ada = ada.clone();
    ada.sign_in(ADA, PASSWORD).await;
    let (in_cart, kept) = ada.units().await;
    let (in_tab, _) = tab.units().await;
    assert_eq!(
        in_cart + kept + in_tab,
        120 + added,
        "copies before and after; {moved} were reported"
    );
    assert_eq!(in_cart + kept, moved, "the receipts say what the cart holds");
    // The tab learns of the sign-in: what it added meanwhile comes along.
    tab.token = ada.token.clone();
    assert_eq!(tab.units().await, (120 + added, 0));
}

#[on_both_databases]
async fn a_tab_that_does_not_know_of_the_sign_in_loses_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let mut tab = guest_with(&shop, &games[..1]).await;
    let mut ada = tab.clone();
    ada.register(ADA).await;
    assert_eq!(tab.add_to_cart(&games[1], 3).await.status, 201);
    assert_ne!(tab.guest, ada.guest, "it got a session of its own");
    tab.token = ada.token.clone();
    assert_eq!(tab.units().await, (5, 0), "and the next request as Ada brings it along");
}

#[on_both_databases]
async fn a_take_over_that_fails_never_fails_the_sign_in(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    shop.customer(ADA).await;
    let mut guest = guest_with(&shop, &games).await;
    // Whatever goes wrong inside it: here the table is away.
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(&rename("wishes", "wishes_away")).await.unwrap();
    tx.commit().await.unwrap();
    let answer = guest.sign_in(ADA, PASSWORD).await;
    assert_eq!((answer.status, answer.data().get("migration")), (200, None));
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(&rename("wishes_away", "wishes")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(guest.units().await, (2, 0), "the next request tries again");
}

/// For any two carts, limits and availability: nothing is lost and nothing is made.
async fn no_copy_is_lost(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(6).await;
    let lines = || prop::collection::vec(0..=QUANTITY_MAX, 6);
    let carts = (lines(), lines(), prop::collection::vec(any::<bool>(), 6));
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(11),
        ..Config::default()
    });
    for at in 0..25 {
        let (as_guest, as_user, for_sale) = carts.new_tree(&mut runner).unwrap().current();
        let email = format!("user{at}@example.org");
        let mut user = shop.customer(&email).await;
        let mut guest = shop.guest();
        for (game, (as_guest, as_user)) in games.iter().zip(as_guest.iter().zip(&as_user)) {
            shop.set_stock(game, 5).await;
            for (person, copies) in [(&mut guest, as_guest), (&mut user, as_user)] {
                if *copies > 0 {
                    assert_eq!(person.add_to_cart(game, *copies).await.status, 201);
                }
            }
        }
        for (game, for_sale) in games.iter().zip(&for_sale) {
            shop.set_stock(game, if *for_sale { 5 } else { 0 }).await;
        }
        let answer = guest.sign_in(&email, PASSWORD).await;
        let (moved, merged, kept) = receipt(&answer.body);
        let before: u32 = as_guest.iter().sum();
        assert_eq!(
            moved + merged + kept,
            u64::from(before),
            "{as_guest:?} {as_user:?} {for_sale:?}"
        );
        let cart = guest.get("/api/cart").await;
        let of = |list: &str| -> HashMap<String, u64> {
            let items = cart.data()[list].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .map(|item| {
                    (
                        item["gameId"].as_str().unwrap().to_owned(),
                        item["quantity"].as_u64().unwrap(),
                    )
                })
                .collect()
        };
        let (items, kept) = (of("items"), of("kept"));
        for (at, game) in games.iter().enumerate() {
            let (has, held) = (
                items.get(game).copied().unwrap_or(0),
                kept.get(game).copied().unwrap_or(0),
            );
            assert_eq!(
                has + held,
                u64::from(as_guest[at] + as_user[at]),
                "game {at} of {as_guest:?} {as_user:?} {for_sale:?}"
            );
            assert!(has <= u64::from(QUANTITY_MAX) && (for_sale[at] || has == u64::from(as_user[at])));
        }
    }
}

#[on_both_databases]
async fn no_copy_is_lost_whatever_the_carts(kind: Kind) {
    no_copy_is_lost(kind).await;
}
