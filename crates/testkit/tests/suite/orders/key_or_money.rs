//! A key is asked for while staff give its money back: the customer gets one of the two, and never both or neither.

use std::time::Duration;

use domain::id::GameId;
use domain::order::OrderUnit;
use domain::refusal::Refusal;
use domain::unit::UnitState;
use futures::future::join_all;
use services::Error;
use services::orders::PlacedOrder;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::raced::keys_of;
use super::{Buyer, all_is_well, balance, games, request};

const CUSTOMERS: usize = 5;
const ORDERS: usize = 10;
/// Copies of an order: as many as one may have.
const UNITS: usize = 20;
/// Keys whose price is 1 cent.
const FILLED: i64 = 1_000;

/// An order of twenty keys of a game.
async fn ordered(shop: &TestShop, buyer: &Buyer, game: GameId, round: usize) -> (PlacedOrder, Vec<OrderUnit>) {
    let mut asked = request(&[game], Some(&format!("round {round}")));
    asked.lines[0].1 = i64::try_from(UNITS).unwrap();
    let placed = shop.shop.orders().place(&buyer.caller, asked).await.unwrap();
    let units = shop.shop.orders().of(buyer.id, placed.id).await.unwrap().units;
    (placed, units)
}

/// Asks for each key and, at once, for its money; returns how many keys were shown.
async fn race(shop: &TestShop, buyer: &Buyer, game: GameId, round: usize) -> usize {
    let (placed, units) = ordered(shop, buyer, game, round).await;
    let orders = shop.shop.orders();
    let races = units.iter().enumerate().map(async |(at, unit)| {
        let show = orders.reveal(&buyer.caller, placed.id, unit.key.unwrap());
        let refund = orders.refund(placed.id, unit.id, operator());
        let (shown, refunded) = if (at + round).is_multiple_of(2) {
            futures::join!(show, refund)
        } else {
            let (refunded, shown) = futures::join!(refund, show);
            (shown, refunded)
        };
        match (&shown, &refunded) {
            // Nobody said why money should be given back for a key that was seen.
            (Ok(_), Err(Error::Refused(Refusal::Invalid(_)))) => true,
            // On a busy machine one of the two may wait too long for the wallet's lock: it did nothing.
            (Ok(_), Err(Error::Unavailable(_))) => true,
            (Err(Error::Refused(Refusal::KeyNotFound) | Error::Unavailable(_)), Ok(back)) if back.get() == 1 => false,
            _ => panic!("both, or neither: {}, {refunded:?}", shown.is_ok()),
        }
    });
    let seen = join_all(races).await;
    let units = orders.of(buyer.id, placed.id).await.unwrap().units;
    for (unit, seen) in units.iter().zip(&seen) {
        let state = if *seen {
            UnitState::Delivered
        } else {
            UnitState::Refunded
        };
        assert_eq!((unit.state, unit.revealed_at.is_some()), (state, *seen));
    }
    seen.into_iter().filter(|seen| *seen).count()
}

#[on_both_databases]
async fn key_or_money_never_both_never_neither(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let all = CUSTOMERS * ORDERS * UNITS;
    keys_of(&shop, game, all, 1).await;
    let mut buyers = Vec::new();
    for number in 0..CUSTOMERS {
        buyers.push(Buyer::with(&shop, &format!("buyer{number}@example.org"), FILLED).await);
    }
    let mut seen = [0; CUSTOMERS];
    for round in 0..ORDERS {
        // So that nobody asks for too many keys in too short a time.
        shop.clock.pass(Duration::from_secs(20 * 60));
        let races = buyers.iter().map(|buyer| race(&shop, buyer, game, round));
        for (seen, more) in seen.iter_mut().zip(join_all(races).await) {
            *seen += more;
        }
    }
    for (buyer, seen) in buyers.iter().zip(seen) {
        let kept = FILLED - i64::try_from(seen).unwrap();
        assert_eq!(balance(&shop, buyer.id).await, kept, "{seen} of them seen");
    }
    let seen: usize = seen.into_iter().sum();
    assert!(seen > 0 && seen < all, "each won some of the races: {seen} of {all}");
    let offers = shop.db.offers().of_games(&[game]).await.unwrap();
    let free = offers
        .iter()
        .find(|offer| offer.supplier.is_own())
        .unwrap()
        .supplier_qty;
    assert_eq!(
        usize::try_from(free).unwrap(),
        all - seen,
        "a key that nobody saw is for sale again"
    );
    all_is_well(&shop).await;
}
