//! `/checkout`, `/account/orders` and `/account/wallet`: bought and seen without scripts.

use domain::id::GameId;
use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::touch::Touch;
use domain::wallet::{WalletChange, WalletOrder};
use services::orders::OrderRules;
use services::own_keys::KeyImportOrder;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Page, Visitor};

/// A shop with one key of its own at 2.50 EUR; its game.
pub(super) async fn stocked(kind: Kind) -> (TestShop, GameId) {
    let shop = TestShop::filled(kind).await;
    let game = stock(&shop).await;
    (shop, game)
}

async fn stock(shop: &TestShop) -> GameId {
    let game = GameId(shop.games_for_sale(1).await.remove(0).parse().unwrap());
    let keys = shop.shop.own_keys();
    let file = format!("game,key,cost\n{game},CANARY-11111,1\n");
    let rows = keys.rows(file.as_bytes(), KeyFormat::Csv, None).unwrap();
    let order = KeyImportOrder {
        name: "keys.csv".to_owned(),
        game: None,
        price: Some(Cents::new(250)),
    };
    keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await.unwrap();
    game
}

pub(super) async fn fill(shop: &TestShop, email: &str, cents: i64) {
    let change = WalletChange {
        order: WalletOrder::Adjust,
        amount: Cents::new(cents),
        reference: None,
    };
    shop.shop.wallets().change_of(email, &change, operator()).await.unwrap();
}

/// Sends the form of the checkout as it stands there.
pub(super) async fn buy(person: &mut Visitor, page: &Page, consent: &str) -> Page {
    let (key, items, total) = (page.value("key"), page.value("items"), page.value("total"));
    let fields = [
        ("key", key.as_str()),
        ("items", &items),
        ("total", &total),
        ("consent", consent),
    ];
    person.post("/checkout", &fields).await
}

#[on_both_databases]
async fn a_key_is_bought_and_seen_without_scripts(kind: Kind) {
    let (shop, game) = stocked(kind).await;
    let game = game.to_string();
    let mut person = Visitor::registered(&shop, "ada@example.org").await;
    let empty = person.get("/checkout").await;
    assert!(empty.status == 200 && empty.has("There is nothing to buy") && empty.is_private());
    let cart = person.done("/cart/add", &[("gameId", &game)]).await;
    assert!(cart.has("href=\"/checkout\""), "{}", cart.html);
    // What is short is said, and how to get it.
    let short = person.get("/checkout").await;
    assert!(
        short.has("€2.50 are missing in your wallet") && !short.has("Buy now"),
        "{}",
        short.html
    );
    fill(&shop, "ada@example.org", 1_000).await;
    let unproven = person.get("/checkout").await;
    assert!(unproven.has("verify your e-mail address") && !unproven.has("Buy now"));
    shop.prove_address("ada@example.org").await;
    let ready = person.get("/checkout").await;
    assert!(
        ready.has("Buy now and pay €2.50") && ready.has("€7.50"),
        "{}",
        ready.html
    );
    let consent = ready.value("consent");
    let refused = buy(&mut person, &ready, "").await;
    assert!(refused.status == 400 && refused.has("has to be ticked") && refused.has("href=\"#consent\""));

    // Twice by accident is one order.
    let bought = buy(&mut person, &refused, &consent).await;
    assert_eq!(bought.status, 303, "{}", bought.html);
    let again = buy(&mut person, &refused, &consent).await;
    assert_eq!((again.status, again.location()), (303, bought.location()));
    let order = person.get(bought.location()).await;
    assert!(order.has("Thank you for your order.") && order.is_private());
    assert!(order.has("Your key is here") && !order.has("CANARY"), "{}", order.html);
    let path = bought.location().split('?').next().unwrap().to_owned();
    let shown = person
        .post(&format!("{path}/reveal"), &[("key", &order.value("key"))])
        .await;
    assert!(shown.status == 200 && shown.is_private());
    assert!(shown.has("value=\"CANARY-11111\""), "{}", shown.html);
    let later = person.get(&path).await;
    assert!(later.has("You have seen this key") && later.has("Show the key again") && !later.has("CANARY"));
    for event in ["You ordered and paid", "Key delivered: ", "Key shown: "] {
        assert!(later.has(event), "{event}: {}", later.html);
    }
    let list = person.get("/account/orders").await;
    assert!(list.has(&format!("href=\"{path}\"")) && list.has("€2<span class=\"cents\">.50"));
    let wallet = person.get("/account/wallet").await;
    assert!(wallet.has("€7.50") && wallet.has("−€2<span class=\"cents\">.50") && wallet.has("+€10"));
    assert!(person.get("/cart").await.has("Nothing is in it yet"));
    let back = person.get(&format!("{path}/reveal")).await;
    assert_eq!((back.status, back.location()), (303, path.as_str()));
}

#[on_both_databases]
async fn what_is_refused_is_said_on_the_page(kind: Kind) {
    let (shop, game) = stocked(kind).await;
    let game = game.to_string();
    let mut person = Visitor::registered(&shop, "ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    fill(&shop, "ada@example.org", 1_000).await;
    person.done("/cart/add", &[("gameId", &game)]).await;
    let ready = person.get("/checkout").await;
    let consent = ready.value("consent");
    // The price rose after the page was drawn.
    shop.clock.pass(std::time::Duration::from_secs(1));
    let mut tx = shop.db.begin().await.unwrap();
    tx.touch(Touch::Everything);
    for sql in [
        "UPDATE offers SET price_cents = 300 WHERE supplier = 'own'",
        "UPDATE games SET price_cents = 300 WHERE price_cents = 250",
    ] {
        tx.execute_for_test(sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    // The next pulse sees what was written past the shop.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let dearer = buy(&mut person, &ready, &consent).await;
    assert_eq!(dearer.status, 409, "{}", dearer.html);
    assert!(
        dearer.has("the order costs 3.00 EUR now") && dearer.has("Buy now and pay €3.00"),
        "{}",
        dearer.html
    );
    let bought = buy(&mut person, &dearer, &consent).await;
    assert_eq!(bought.status, 303, "{}", bought.html);

    // Others see nothing of it; a stranger's order is not there.
    let mut other = Visitor::registered(&shop, "eve@example.org").await;
    let path = bought.location().split('?').next().unwrap().to_owned();
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.post(&format!("{path}/cancel"), &[]).await.status, 404);
    let delivered = person.post(&format!("{path}/cancel"), &[]).await;
    assert!(
        delivered.status == 409 && delivered.has("cannot be cancelled"),
        "{}",
        delivered.html
    );
    let mut guest = Visitor::of(&shop);
    for path in ["/checkout", "/account/orders", "/account/wallet", &path] {
        let page = guest.get(path).await;
        assert!(
            page.status == 303 && page.location().starts_with("/sign-in"),
            "{path}: {}",
            page.status
        );
    }
}

#[on_both_databases]
async fn a_browser_that_reads_an_order_of_the_api_reveals_nothing(kind: Kind) {
    let rules = OrderRules {
        reveal_on_read: true,
        ..OrderRules::default()
    };
    let shop = TestShop::selling_by(kind, rules).await;
    let game = stock(&shop).await.to_string();
    let mut person = Visitor::registered(&shop, "ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    fill(&shop, "ada@example.org", 1_000).await;
    person.done("/cart/add", &[("gameId", &game)]).await;
    let ready = person.get("/checkout").await;
    let bought = buy(&mut person, &ready, &ready.value("consent")).await;
    let path = bought.location().split('?').next().unwrap().to_owned();
    let read = person.get(&path.replace("/account/", "/api/")).await;
    assert!(read.status == 200 && read.has("\"activated\":false"), "{}", read.html);
    assert!(!read.has("CANARY"), "{}", read.html);
    assert!(person.get(&path).await.has("Your key is here"));
}
