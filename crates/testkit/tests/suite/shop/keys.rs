//! `/account/keys`, and `/api/user/keys`: the keys of an account over all its orders.

use std::time::Duration;

use domain::id::{GameId, OrderId};
use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::wallet::{WalletChange, WalletOrder};
use serde_json::{Value, json};
use services::own_keys::KeyImportOrder;
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases, operator};

use super::Visitor;

const ADA: &str = "ada@example.org";

/// The shop holds so many keys of a game.
async fn stock(shop: &TestShop, game: &str, count: usize) {
    let keys = shop.shop.own_keys();
    let file: String = (0..count).map(|number| format!("CANARY-{game}-{number}\n")).collect();
    let rows = keys.rows(file.as_bytes(), KeyFormat::Lines, Some(game)).unwrap();
    let order = KeyImportOrder {
        name: "keys.txt".to_owned(),
        game: Some(game.to_owned()),
        price: Some(Cents::new(10)),
    };
    keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await.unwrap();
}

/// A customer with enough in the wallet: as a program, and as a browser.
async fn customer(shop: &TestShop) -> (Client, Visitor) {
    let client = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let change = WalletChange {
        order: WalletOrder::Adjust,
        amount: Cents::new(10_000),
        reference: None,
    };
    shop.shop.wallets().change_of(ADA, &change, operator()).await.unwrap();
    let mut browser = Visitor::of(shop);
    browser
        .done("/sign-in", &[("email", ADA), ("password", PASSWORD)])
        .await;
    (client, browser)
}

async fn buy(client: &mut Client, game: &str, copies: u32) -> Value {
    let order = json!({"items": [{"gameId": game, "quantity": copies}]});
    let answer = client.post("/api/orders", &order).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data().clone()
}

async fn title_of(shop: &TestShop, game: &str) -> String {
    let game = GameId(game.parse().unwrap());
    shop.shop.offers().of(game).await.unwrap().game.facts.title
}

#[on_both_databases]
async fn all_keys_of_an_account_are_in_one_list_and_none_is_in_clear(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let (mut ada, mut browser) = customer(&shop).await;
    let none = browser.get("/account/keys").await;
    assert!(none.status == 200 && none.is_private() && none.has("You have no keys yet"));
    assert!(browser.get("/account").await.has("href=\"/account/keys\""));
    let mut orders = Vec::new();
    for game in &games {
        stock(&shop, game, 2).await;
        shop.clock.pass(Duration::from_secs(1));
        orders.push(buy(&mut ada, game, 1).await);
    }
    let page = browser.get("/account/keys").await;
    let links: Vec<&str> = page
        .html
        .match_indices("href=\"/account/orders/")
        .map(|(at, _)| &page.html[at..])
        .collect();
    assert_eq!(links.len(), 2, "{}", page.html);
    for (link, order) in links.iter().zip(orders.iter().rev()) {
        let id = order["id"].as_str().unwrap();
        assert!(
            link.starts_with(&format!("href=\"/account/orders/{id}\"")),
            "the newest first"
        );
    }
    assert_eq!(page.html.matches("Not seen yet").count(), 2);
    assert!(!page.has("CANARY"));

    // Seen, and paid back.
    let key = orders[0]["keys"][0]["id"].as_str().unwrap();
    let reveal = format!("/api/orders/{}/keys/{key}/reveal", orders[0]["id"].as_str().unwrap());
    assert_eq!(ada.post(&reveal, &json!({})).await.status, 200);
    let page = browser.get("/account/keys").await;
    assert_eq!(
        (
            page.html.matches("Not seen yet").count(),
            page.html.matches("Seen ").count()
        ),
        (1, 1)
    );
    assert!(!page.has("CANARY"));
    let id = OrderId(orders[1]["id"].as_str().unwrap().parse().unwrap());
    let unit = shop.shop.orders().of(ada.id.unwrap(), id).await.unwrap().units[0].id;
    shop.shop.orders().refund(id, unit, operator()).await.unwrap();
    let page = browser.get("/account/keys").await;
    assert!(
        !page.has(&format!("/account/orders/{id}")) && page.has("Seen "),
        "{}",
        page.html
    );
    let listed = ada.get("/api/user/keys").await;
    assert_eq!(listed.data().as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &listed.data()[0]["keyId"],
            &listed.data()[0]["orderId"],
            &listed.data()[0]["revealed"]
        ),
        (&json!(key), &orders[0]["id"], &json!(true))
    );
}

#[on_both_databases]
async fn keys_are_searched_by_title_and_read_by_pages(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let (mut ada, mut browser) = customer(&shop).await;
    for (game, copies) in [(&games[0], 20), (&games[0], 10), (&games[1], 1)] {
        stock(&shop, game, 30).await;
        shop.clock.pass(Duration::from_secs(1));
        buy(&mut ada, game, copies).await;
    }
    let rows = |page: &super::Page| page.html.matches("href=\"/account/orders/").count();
    let first = browser.get("/account/keys").await;
    assert!(rows(&first) == 30 && first.has("href=\"/account/keys?page=2\"") && !first.has("Newer keys"));
    let second = browser.get("/account/keys?page=2").await;
    assert!(rows(&second) == 1 && second.has("Newer keys") && !second.has("Older keys"));
    let beyond = browser.get("/account/keys?page=3").await;
    assert!(rows(&beyond) == 0 && beyond.has("There are no more keys"));
    assert_eq!(
        ada.get("/api/user/keys?limit=20&page=2")
            .await
            .data()
            .as_array()
            .unwrap()
            .len(),
        11
    );

    // In any case, any order of the words, and without their signs.
    let title = title_of(&shop, &games[1]).await;
    let mut words: Vec<&str> = title.split(' ').collect();
    words.reverse();
    let search = url::form_urlencoded::byte_serialize(words.join(" ").to_uppercase().as_bytes()).collect::<String>();
    let found = browser.get(&format!("/account/keys?search={search}")).await;
    assert_eq!(rows(&found), 1, "{}", found.html);
    let missed = browser.get("/account/keys?search=%3Cb%3Ezzzz").await;
    assert!(rows(&missed) == 0 && missed.has("“&#60;b&#62;zzzz”") && missed.has("value=\"&#60;b&#62;zzzz\""));
    // No sign of a pattern means anything.
    for odd in ["%25", "zz_z", "!"] {
        assert_eq!(
            browser.get(&format!("/account/keys?search=x{odd}x{odd}x")).await.status,
            200,
            "{odd}"
        );
    }
    for (odd, status) in [
        ("page=0", 400),
        ("page=x", 400),
        (&*format!("search={}", "a".repeat(201)), 400),
    ] {
        assert_eq!(
            browser.get(&format!("/account/keys?{odd}")).await.status,
            status,
            "{odd}"
        );
    }
    // Nobody else's.
    let mut eve = Visitor::registered(&shop, "eve@example.org").await;
    assert!(eve.get("/account/keys").await.has("You have no keys yet"));
    let guest = Visitor::of(&shop).get("/account/keys").await;
    assert_eq!(
        (guest.status, guest.location()),
        (303, "/sign-in?next=%2Faccount%2Fkeys")
    );
}
