//! What an order touches and locks: one record for each of its transactions, and no game's row before the order's own turn.

use std::time::Duration;

use domain::cart::Owner;
use domain::id::UserId;
use domain::touch::Touch;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use testkit::{Kind, TestShop, on_both_databases};

use super::one_request::stuck_sessions;
use super::{Buyer, all_is_well, games, place, stock};

/// What everything touches that shows an order of `user`.
fn of_order(order: domain::id::OrderId, user: UserId) -> [Touch; 3] {
    [Touch::Order(order), Touch::Orders(user), Touch::Profile(user)]
}

#[on_both_databases]
async fn an_order_touches_the_lists_only_when_a_game_is_sold_out_or_gets_another_price(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    for sells_the_last_key in [false, true] {
        let before = shop.db.pulse(0).await.unwrap().seen;
        let order = place(&shop, &ada.caller, &[game], Some(&sells_the_last_key.to_string()))
            .await
            .unwrap()
            .id;
        let mut rows = shop.db.pulse(before).await.unwrap().rows;
        rows.sort_by_key(|row| row.number);
        rows.retain(|row| row.touches.contains(&Touch::Order(order)));
        let [placed, delivered] = &rows[..] else {
            panic!("{rows:?}");
        };
        let mut expected = of_order(order, ada.id).to_vec();
        expected.sort_unstable();
        assert_eq!(delivered.touches, expected);
        expected.extend([
            Touch::Transactions(ada.id),
            Touch::Cart(Owner::User(ada.id)),
            Touch::Game(game),
        ]);
        expected.extend(sells_the_last_key.then_some(Touch::Offers));
        let mut touches = placed.touches.clone();
        for touches in [&mut touches, &mut expected] {
            touches.sort_unstable();
        }
        assert_eq!(touches, expected);
    }
    all_is_well(&shop).await;
}

/// On PostgreSQL a reference that is checked locks the row that it leads to. An order that waits for a game must not hold such a lock, or
/// PostgreSQL keeps a list of all who wait with each version of the row.
#[tokio::test]
async fn an_order_that_waits_for_a_game_has_not_locked_it() {
    let shop = TestShop::filled(Kind::Postgres).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let other = shop.db.raw().begin().await.unwrap();
    let locked = format!("SELECT id FROM games WHERE id = '{game}' FOR NO KEY UPDATE");
    other.execute_unprepared(&locked).await.unwrap();
    let games = [game];
    let waiting = place(&shop, &ada.caller, &games, Some("a key"));
    let looks = async {
        while stuck_sessions(&shop.db).await < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let alone = format!("SELECT xmax = CAST(pg_current_xact_id() AS xid) FROM games WHERE id = '{game}'");
        let row = other.query_one_raw(Statement::from_string(other.get_database_backend(), alone));
        let is_alone: bool = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
        other.rollback().await.unwrap();
        is_alone
    };
    let (placed, is_alone) = tokio::join!(waiting, looks);
    placed.unwrap();
    assert!(is_alone, "the waiting order is among those who lock the game");
    all_is_well(&shop).await;
}
