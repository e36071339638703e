//! A caller that hangs up at any moment leaves a whole order, or none.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use domain::order::OrderStatus;
use testkit::{Kind, TestShop, on_both_databases};

use super::{Buyer, all_is_well, balance, games, place, stock};

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
