//! The shared rate limit by itself: two users that do not know of each other never exceed one limit together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gateways::pace::{Pace, Priority, Taken};
use services::SharedPace;
use testkit::{Kind, TestDatabase, on_both_databases};

/// Takes what there is for `span` and counts it.
async fn taken_in(pace: &dyn Pace, priority: Priority, span: Duration) -> u32 {
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < span {
        match pace.take(priority, pace.block()).await.unwrap() {
            Taken::Slots { slots, .. } => count += slots.count,
            Taken::Wait(wait) => tokio::time::sleep(wait).await,
        }
    }
    count
}

#[on_both_databases]
async fn two_who_share_it_get_one_limit(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    let pace = |db| Arc::new(SharedPace::new(db, 3_000));
    let (one, two) = (pace(database.open().await), pace(database.open().await));
    let span = Duration::from_secs(3);
    let (first, second) = tokio::join!(
        taken_in(&*one, Priority::Crawl, span),
        taken_in(&*two, Priority::Crawl, span),
    );
    // 50 a second, the burst on top.
    let both = first + second;
    assert!((120..=190).contains(&both), "{first} + {second}");
    assert!(first > 0 && second > 0, "{first} + {second}");
}

#[on_both_databases]
async fn a_hold_of_one_holds_the_other_and_orders_pass_a_crawl(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    let (one, two) = (
        SharedPace::new(database.open().await, 60),
        SharedPace::new(database.open().await, 60),
    );
    // At 60 a minute there is no burst: one slot now, the next in a second.
    assert!(matches!(one.take(Priority::Crawl, 5).await.unwrap(), Taken::Slots { slots, .. } if slots.count == 1));
    assert!(matches!(two.take(Priority::Crawl, 1).await.unwrap(), Taken::Wait(_)));
    assert!(
        matches!(two.take(Priority::Orders, 1).await.unwrap(), Taken::Slots { slots, .. } if slots.first_in <= 1_100_000)
    );
    one.hold(Duration::from_secs(30)).await.unwrap();
    for priority in [Priority::Orders, Priority::Stock, Priority::Crawl] {
        let Taken::Wait(wait) = two.take(priority, 1).await.unwrap() else {
            panic!("{priority:?} passes a hold")
        };
        assert!(wait > Duration::from_secs(15), "{priority:?} waits {wait:?}");
    }
}

#[on_both_databases]
async fn without_a_database_there_is_no_permit(kind: Kind) {
    let database = TestDatabase::empty(kind).await;
    let pace = SharedPace::new(database.open().await, 600);
    let none = pace.take(Priority::Orders, 1).await.unwrap_err();
    assert!(none.0.contains("database"), "{none}");
}
