//! What is for sale of own keys beside a supplier's: price, copies, and who sees it.

use domain::id::GameId;
use domain::offer::shown;
use domain::suppliers::Suppliers;
use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases, soon};

use super::{broken, claim, for_sale, games, import, own_offer, stock, undo};

/// The supplier's price of a game, in cents, and its product.
async fn supplied(shop: &TestShop, game: GameId) -> (i64, String) {
    let offers = shop.db.offers().of_games(&[game]).await.unwrap();
    let offer = offers.iter().find(|offer| !offer.supplier.is_own()).unwrap();
    (offer.price.get(), offer.product.to_string())
}

#[on_both_databases]
async fn the_cheaper_offer_is_shown_and_at_equal_price_the_own_one(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let (price, _) = supplied(&shop, game).await;
    let before = for_sale(&shop, game).await.unwrap();
    assert_eq!(before.0, price);
    // Dearer: nothing is shown of it.
    stock(&shop, game, &["A", "B"], "1", Some(price + 1)).await;
    assert_eq!(for_sale(&shop, game).await, Some(before));
    // A price that was said stays until another one is.
    stock(&shop, game, &["C"], "1", None).await;
    assert_eq!(own_offer(&shop, game).await.unwrap().price.get(), price + 1);
    stock(&shop, game, &["D"], "1", Some(price)).await;
    assert_eq!(for_sale(&shop, game).await, Some((price, 4)), "a tie");
    let held = shop.shop.offers().of(game).await.unwrap();
    assert!(shown(&held.offers, &Suppliers::default()).unwrap().supplier.is_own());
    stock(&shop, game, &["E"], "1", Some(price - 1)).await;
    assert_eq!(for_sale(&shop, game).await, Some((price - 1, 5)));
    assert_eq!(broken(&shop).await, [""; 0]);
}

#[on_both_databases]
async fn without_a_price_own_keys_cost_what_the_game_costs(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let (price, product) = supplied(&shop, game).await;
    let (report, _) = import(&shop, &format!("game,key\n{product},A\n"), None).await.unwrap();
    assert_eq!((report.taken, for_sale(&shop, game).await), (1, Some((price, 1))));
    undo(&shop, report.id).await.unwrap();
    assert!(own_offer(&shop, game).await.unwrap().hidden, "no key of it is left");
    assert_eq!(broken(&shop).await, [""; 0]);
}

#[on_both_databases]
async fn the_supplier_does_not_disturb_what_is_sold_of_own_keys(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.sync().await;
    let game = games(&shop, 1).await[0];
    let (price, product) = supplied(&shop, game).await;
    let id = stock(&shop, game, &["A", "B"], "1", Some(price + 500)).await;
    // Its texts are still the supplier's.
    shop.change_product(
        &product,
        &json!({"name": "Another Name Steam Key GLOBAL", "raw": {"developer": "Somebody else"}}),
    )
    .await;
    shop.sync().await;
    let facts = shop.shop.offers().of(game).await.unwrap().game.facts;
    assert_eq!(facts.developer.as_deref(), Some("Somebody else"));
    assert!(facts.title.starts_with("Another Name"), "{}", facts.title);
    let own = own_offer(&shop, game).await.unwrap();
    // Sold out, then gone: the own keys are what is sold.
    for change in [json!({"qty": 0}), json!({"gone": true})] {
        shop.change_product(&product, &change).await;
        shop.sync().await;
        assert_eq!(for_sale(&shop, game).await, Some((price + 500, 2)), "{change}");
        assert_eq!(own_offer(&shop, game).await.unwrap(), own);
    }
    assert_eq!(claim(&shop, game, 2).await.unwrap().len(), 2);
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 0);
    // A sold out own offer keeps the game's page; the supplier's comes back beside it.
    shop.change_product(&product, &json!({"gone": false, "qty": 3})).await;
    shop.sync().await;
    assert_eq!(for_sale(&shop, game).await, Some((price, 3)));
    let undone = undo(&shop, id).await.unwrap();
    assert_eq!((undone.withdrawn, undone.counts.sold()), (0, 2));
    assert!(!own_offer(&shop, game).await.unwrap().hidden, "keys of it are sold");
}

#[on_both_databases]
async fn a_game_that_only_own_keys_sell_is_there_while_they_are(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.sync().await;
    let game = games(&shop, 1).await[0];
    let (price, product) = supplied(&shop, game).await;
    shop.change_product(&product, &json!({"gone": true})).await;
    shop.sync().await;
    assert_eq!(
        for_sale(&shop, game).await,
        None,
        "the supplier does not have it any more"
    );
    let id = stock(&shop, game, &["A"], "1", None).await;
    assert_eq!(for_sale(&shop, game).await, Some((price, 1)));
    undo(&shop, id).await.unwrap();
    assert_eq!(for_sale(&shop, game).await, None);
    stock(&shop, game, &["A"], "1", None).await;
    assert_eq!(for_sale(&shop, game).await, Some((price, 1)));
    assert_eq!(broken(&shop).await, [""; 0]);
}

#[on_both_databases]
async fn another_node_sees_keys_come_and_go(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let node = shop.second_node().await;
    let game = games(&shop, 1).await[0];
    let path = format!("/api/games/{game}");
    let seen = async || node.json(&path).await["data"]["price"].to_string();
    let before = seen().await;
    let (price, _) = supplied(&shop, game).await;
    let id = stock(&shop, game, &["A"], "1", Some(price - 123)).await;
    let cheaper = domain::money::Cents::new(price - 123)
        .to_string()
        .parse::<f64>()
        .unwrap();
    soon("the other node sees the own offer", async || {
        seen().await.parse::<f64>().unwrap() == cheaper
    })
    .await;
    undo(&shop, id).await.unwrap();
    soon("and that it is gone", async || seen().await == before).await;
}
