//! A caller that hangs up at any moment leaves a whole order, or none; and so with what follows an order.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use domain::id::{GameId, OrderId};
use domain::order::{OrderStatus, OrderUnit};
use domain::refusal::Refusal;
use domain::unit::UnitState;
use domain::wallet::WalletOrder;
use services::Error;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::raced::{keys_of, sell_nothing_but_own_keys};
use super::{Buyer, all_is_well, balance, copies, games, place, stock};
use crate::wallets::change;

/// Polls a future so often at most, and drops it then.
pub(super) async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[on_both_databases]
async fn whoever_hangs_up_leaves_a_whole_order_or_none(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let keys: Vec<String> = (0..60).map(|n| format!("KEY-{n}")).collect();
    stock(&shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    let mut ended = false;
    for times in 0..40 {
        shop.clock.pass(Duration::from_secs(200));
        let outcome = polled(place(&shop, &ada.caller, &[game], Some(&format!("{times}"))), times).await;
        ended |= outcome.is_some();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(ended, "one at least was not dropped");
    let made = shop.shop.orders().list(ada.id, None, 1, 100).await.unwrap();
    let waiting = made.iter().filter(|order| order.status == OrderStatus::Processing);
    assert!(
        waiting.count() > 0,
        "one at least was dropped between payment and delivery"
    );
    // What runs on after its caller left comes to an end.
    let orders = shop.shop.orders();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        orders.advance_due().await.unwrap();
        let made = orders.list(ada.id, None, 1, 100).await.unwrap();
        let all_delivered = made.iter().all(|order| order.status == OrderStatus::Completed);
        let paid = i64::try_from(made.len()).unwrap() * 100;
        if all_delivered && balance(&shop, ada.id).await == 10_000 - paid {
            break;
        }
    }
    let made = orders.list(ada.id, None, 1, 100).await.unwrap();
    assert!(made.iter().all(|order| order.status == OrderStatus::Completed));
    assert_eq!(
        balance(&shop, ada.id).await,
        10_000 - 100 * i64::try_from(made.len()).unwrap()
    );
    all_is_well(&shop).await;
}

/// What each customer's wallet holds at first.
const FILLED: i64 = 1_000_000;
/// How long what runs on after its caller left may take.
const RUNS_ON: Duration = Duration::from_millis(50);

/// Hangs up after no poll, after one, after two, until what was begun has come to its end three times before that.
async fn hanging_up(deed: impl AsyncFn(usize) -> bool) {
    let mut ended = 0;
    for times in 0..200 {
        ended += usize::from(deed(times).await);
        if ended == 3 {
            return;
        }
    }
    panic!("it does not come to its end");
}

/// A shop with enough keys of one game, and a customer.
async fn stocked(kind: Kind) -> (TestShop, GameId, Buyer) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let ada = Buyer::with(&shop, "ada@example.org", FILLED).await;
    (shop, game, ada)
}

/// A new order of one copy, and its unit.
async fn bought(shop: &TestShop, buyer: &Buyer, game: GameId, times: usize) -> (OrderId, OrderUnit) {
    let placed = place(shop, &buyer.caller, &[game], Some(&format!("{times}")))
        .await
        .unwrap();
    let mut order = shop.shop.orders().of(buyer.id, placed.id).await.unwrap();
    (placed.id, order.units.remove(0))
}

#[on_both_databases]
async fn whoever_hangs_up_while_they_cancel_has_order_or_money(kind: Kind) {
    let (shop, game, ada) = stocked(kind).await;
    let before = copies(&shop, game).await;
    let orders = shop.shop.orders();
    hanging_up(async |times| {
        let (id, unit) = bought(&shop, &ada, game, times).await;
        assert_eq!(unit.state, UnitState::Planned);
        let outcome = polled(orders.cancel(&ada.caller, id), times).await;
        assert!(outcome.as_ref().is_none_or(Result::is_ok), "{outcome:?}");
        tokio::time::sleep(RUNS_ON).await;
        let again = orders.cancel(&ada.caller, id).await;
        let is_fine = matches!(again, Ok(()) | Err(Error::Refused(Refusal::OrderNotCancellable)));
        assert!(is_fine && (outcome.is_none() || again.is_err()), "{times}: {again:?}");
        assert_eq!(
            (balance(&shop, ada.id).await, copies(&shop, game).await),
            (FILLED, before),
            "{times}"
        );
        outcome.is_some()
    })
    .await;
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_refund_whose_caller_hangs_up_is_made_once(kind: Kind) {
    let (shop, game, ada) = stocked(kind).await;
    keys_of(&shop, game, 1, 100).await;
    sell_nothing_but_own_keys(&shop, game).await;
    let orders = shop.shop.orders();
    hanging_up(async |times| {
        let (id, unit) = bought(&shop, &ada, game, times).await;
        assert_eq!(unit.state, UnitState::Delivered);
        let outcome = polled(orders.refund(id, unit.id, operator()), times).await;
        tokio::time::sleep(RUNS_ON).await;
        let so_far = balance(&shop, ada.id).await;
        let again = orders.refund(id, unit.id, operator()).await.unwrap();
        assert_eq!(so_far + again.get(), FILLED, "{times}");
        assert_eq!(
            (balance(&shop, ada.id).await, copies(&shop, game).await),
            (FILLED, 1),
            "{times}"
        );
        outcome.is_some_and(|outcome| outcome.unwrap().get() == 100)
    })
    .await;
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_key_that_whoever_hung_up_may_have_seen_is_recorded_as_seen(kind: Kind) {
    let (shop, game, ada) = stocked(kind).await;
    keys_of(&shop, game, 200, 100).await;
    let orders = shop.shop.orders();
    hanging_up(async |times| {
        let (id, unit) = bought(&shop, &ada, game, times).await;
        let key = unit.key.unwrap();
        let outcome = polled(orders.reveal(&ada.caller, id, key), times).await;
        let is_seen = outcome.is_some_and(|outcome| outcome.is_ok());
        tokio::time::sleep(RUNS_ON).await;
        let recorded = orders.of(ada.id, id).await.unwrap().units[0].revealed_at;
        assert!(recorded.is_some() || !is_seen, "{times}");
        shop.clock.pass(Duration::from_secs(5));
        drop(orders.reveal(&ada.caller, id, key).await.unwrap());
        let later = orders.of(ada.id, id).await.unwrap().units[0].revealed_at;
        assert!(later.is_some() && (recorded.is_none() || recorded == later), "{times}");
        is_seen
    })
    .await;
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_top_up_whose_caller_hangs_up_is_booked_once(kind: Kind) {
    let (shop, _, ada) = stocked(kind).await;
    hanging_up(async |times| {
        let before = balance(&shop, ada.id).await;
        let reference = format!("receipt {times}");
        let top_up = || change(&shop, ada.id, WalletOrder::TopUp, 500, &reference);
        let outcome = polled(top_up(), times).await;
        tokio::time::sleep(RUNS_ON).await;
        let booked = balance(&shop, ada.id).await - before;
        assert!(booked == 500 || (booked == 0 && outcome.is_none()), "{times}: {booked}");
        assert_eq!(top_up().await.unwrap().was_made, booked == 500, "{times}");
        assert_eq!(balance(&shop, ada.id).await, before + 500, "{times}");
        outcome.is_some()
    })
    .await;
    all_is_well(&shop).await;
}
