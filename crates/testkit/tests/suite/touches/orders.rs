//! The steps in which something is bought, delivered, shown, cancelled and refunded.

use domain::case::{Case, CaseId, CaseKind};
use domain::id::{GameId, UnitId};
use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::wallet::{WalletChange, WalletOrder};
use services::orders::{CheckoutRequest, OrderReader};
use services::own_keys::KeyImportOrder;
use testkit::{TestShop, operator};

use super::walk::{Site, Walk};

const PLACED: Site = ("services/orders/checkout.rs::place_patiently", "orders");
const DELIVERED: Site = ("services/orders/advance.rs::advance", "refunds");
const MOVED_ON: Site = ("services/orders/advance.rs::advance", "units");
const CANCELLED: Site = ("services/orders/endings.rs::cancel", "refunds");
const REFUNDED: Site = ("services/orders/endings.rs::refund", "refunds");
const SETTLED: Site = ("services/cases.rs::settle", "cases");
const SHOWN: Site = ("services/orders/reveal.rs::reveal", "units");
const READ: Site = ("services/orders/reveal.rs::with_keys", "order_events");

/// A key of the shop, the last one, and a copy of the supplier: delivered, shown, cancelled, refunded, too late.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let games = shop.games_for_sale(2).await;
    let games: Vec<GameId> = games.iter().map(|id| GameId(id.parse().unwrap())).collect();
    let person = shop.customer("carol@example.org").await;
    shop.prove_address("carol@example.org").await;
    fill(shop, &person, games[0]).await;
    walk.leave_out().await;
    let carol = shop
        .shop
        .accounts()
        .caller(person.token.as_deref().unwrap())
        .await
        .unwrap();
    let orders = shop.shop.orders();
    let request = CheckoutRequest {
        lines: games.iter().map(|game| (*game, 1)).collect(),
        expected_total: None,
        consent: None,
        key: None,
    };
    let placed = walk.step(&[PLACED, MOVED_ON], orders.place(&carol, request.clone()));
    let placed = placed.await.unwrap().id;
    let units = orders.of(carol.user.id, placed).await.unwrap().units;
    let shown = walk.step(&[SHOWN], orders.reveal(&carol, placed, units[0].key.unwrap()));
    assert_eq!(shown.await.unwrap().expose(), "KEY-OF-THE-WALK");
    shop.clock.pass(std::time::Duration::from_secs(601));
    let read = walk.step(&[READ], orders.with_keys(&carol, placed, OrderReader::Browser));
    assert_eq!(read.await.unwrap().keys.len(), 1);
    walk.step(&[CANCELLED], orders.cancel(&carol, placed)).await.unwrap();
    let knowingly = operator().because(Some("the key does not work"));
    let refunded = walk.step(&[REFUNDED], orders.refund(placed, units[0].id, &knowingly));
    refunded.await.unwrap();

    // What only the supplier has is refunded at its deadline.
    let late = CheckoutRequest {
        lines: vec![(games[1], 1)],
        ..request
    };
    let late = walk.step(&[PLACED], orders.place(&carol, late)).await.unwrap().id;
    shop.clock.pass(std::time::Duration::from_secs(25 * 3_600));
    walk.step(&[DELIVERED], orders.advance_due()).await.unwrap();

    // What needs a person is settled by one.
    let unit = orders.of(carol.user.id, late).await.unwrap().units[0].id;
    let case = a_case(shop, unit).await;
    walk.step(&[SETTLED], shop.shop.cases().settle(case, "seen to", operator()))
        .await
        .unwrap();
}

/// A case, as a key that cannot be unsealed opens one.
async fn a_case(shop: &TestShop, unit: UnitId) -> CaseId {
    let case = Case {
        id: CaseId(uuid::Uuid::from_u128(7)),
        kind: CaseKind::KeyUnreadable,
        unit: Some(unit),
        at_risk: Cents::new(2),
        opened_at: shop.shop.now(),
        settled: None,
    };
    let tx = shop.db.begin().await.unwrap();
    assert!(tx.cases().open(&case).await.unwrap());
    tx.commit().await.unwrap();
    case.id
}

/// A wallet with something in it, and one key of a game.
async fn fill(shop: &TestShop, person: &testkit::Client, game: GameId) {
    let change = WalletChange {
        order: WalletOrder::Adjust,
        amount: Cents::new(100_000),
        reference: Some("for the walk".to_owned()),
    };
    let wallets = shop.shop.wallets();
    wallets.change(person.id.unwrap(), &change, operator()).await.unwrap();
    let keys = shop.shop.own_keys();
    let file = format!("game,key,cost\n{game},KEY-OF-THE-WALK,1\n");
    let rows = keys.rows(file.as_bytes(), KeyFormat::Csv, None).unwrap();
    let order = KeyImportOrder {
        name: "keys.csv".to_owned(),
        game: None,
        price: Some(Cents::new(2)),
    };
    keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await.unwrap();
}
