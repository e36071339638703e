//! Checkouts beside syncs that change the very product that is bought.

use std::time::Duration;

use domain::id::GameId;
use domain::refusal::Refusal;
use domain::sync::SyncKind;
use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{Kind, TestShop, on_both_databases};

use super::raced::{keys_of, placed};
use super::{Buyer, all_is_well, balance, copies, games, place};

/// What each customer's wallet holds at first.
const FILLED: i64 = 1_000_000;

/// Changes a product at the supplier, and takes the change over by a sync of this kind.
async fn taken_over(shop: &TestShop, product: &str, change: Value, kind: SyncKind) {
    shop.change_product(product, &change).await;
    shop.shop.sync().run(&kind.into(), "a test", &|_| true).await.unwrap();
}

async fn buyers(shop: &TestShop, count: usize) -> Vec<Buyer> {
    let mut buyers = Vec::new();
    for n in 0..count {
        buyers.push(Buyer::with(shop, &format!("buyer{n}@example.org"), FILLED).await);
    }
    buyers
}

async fn paid(shop: &TestShop, buyers: &[Buyer]) -> i64 {
    let mut paid = 0;
    for buyer in buyers {
        paid += FILLED - balance(shop, buyer.id).await;
    }
    paid
}

#[on_both_databases]
async fn the_last_copy_of_the_supplier_goes_to_one_or_to_none_while_a_stock_check_writes_none(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let product = shop.product_of(game).await;
    taken_over(&shop, &product, json!({"qty": 1}), SyncKind::Stock).await;
    assert_eq!(copies(&shop, game).await, 1);
    let price = shop.shop.offers().of(game).await.unwrap().game.facts.price.get();
    let buyers = buyers(&shop, 100).await;
    shop.clock.pass(Duration::from_secs(1));
    let orders = join_all(
        buyers
            .iter()
            .map(|buyer| place(&shop, &buyer.caller, std::slice::from_ref(&game), None)),
    );
    let check = taken_over(&shop, &product, json!({"qty": 0}), SyncKind::Stock);
    let (outcomes, ()) = futures::join!(orders, check);
    let sold = placed(&outcomes, |refusal| matches!(refusal, Refusal::TooFewCopies { .. }));
    assert!(sold <= 1, "{sold}");
    assert_eq!(paid(&shop, &buyers).await, if sold == 1 { price } else { 0 });
    assert_eq!(copies(&shop, game).await, 0);
    all_is_well(&shop).await;
}

/// Buys a game again and again; returns how often it was had. Whatever else is answered is a plain refusal.
async fn buys(buyer: &mut Buyer, game: GameId) -> usize {
    let mut had = 0;
    for _ in 0..3 {
        // Sooner the same purchase would be the same order.
        let body = json!({"items": [{"gameId": game.to_string(), "quantity": had + 1}]});
        let answer = buyer.client.post("/api/orders", &body).await;
        match answer.status {
            201 => had += 1,
            status => assert!(matches!(status, 400 | 409), "{status}: {}", answer.text),
        }
    }
    had
}

#[on_both_databases]
async fn one_hot_game_is_bought_while_syncs_change_its_price_and_its_stock(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let product = shop.product_of(game).await;
    taken_over(&shop, &product, json!({"qty": 60}), SyncKind::Full).await;
    let listed = shop.supplier(&format!("/_sandbox/products/{product}")).await;
    let cost = listed["minPrice"].as_f64().unwrap();
    // The shop's own keys are sold first, then the supplier's copies.
    keys_of(&shop, game, 20, 100).await;
    let mut buyers = buyers(&shop, 20).await;
    let buying = join_all(buyers.iter_mut().map(|buyer| buys(buyer, game)));
    let syncing = async {
        for round in 1..=4 {
            // A lower price would wait for somebody's decision.
            let dearer = format!("{:.2}", cost + 0.1 * f64::from(round));
            let changed = json!({"qty": 50 + round, "minPrice": dearer.parse::<f64>().unwrap()});
            taken_over(&shop, &product, changed, SyncKind::Full).await;
            taken_over(&shop, &product, json!({"qty": 50 - round}), SyncKind::Stock).await;
        }
    };
    let (had, ()) = futures::join!(buying, syncing);
    assert!(had.iter().sum::<usize>() >= 20, "{had:?}");
    let mut made = 0;
    for buyer in &buyers {
        made += shop.shop.orders().list(buyer.id, None, 1, 10).await.unwrap().len();
    }
    assert_eq!(made, had.iter().sum::<usize>());
    assert!(paid(&shop, &buyers).await > 0);
    all_is_well(&shop).await;
}
