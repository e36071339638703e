//! A process that is killed at each step of a checkout, and of what follows one: whatever it did is there as a whole, or not
//! at all, and asking again comes to the same end.

use std::collections::BTreeSet;

use domain::id::GameId;
use domain::order::Order;
use domain::unit::UnitState;
use futures::join;
use testkit::program::programs;
use testkit::{Kind, Program, on_both_databases, soon};
use tokio::process::Command;

use super::processes::{Processes, order, post, run_and_kill_at};
use super::{Buyer, all_is_well, balance, copies, games, place, stock};

/// What each customer's wallet holds at first.
const FILLED: i64 = 100_000;
/// The price of the shop's own key.
const OWN: i64 = 250;

/// The steps of a checkout in their order, and whether its order is made by then.
const CHECKOUT: [(&str, bool); 11] = [
    ("checkout:wallet_locked", false),
    ("checkout:keys_claimed", false),
    ("checkout:paid", false),
    ("checkout:stock_taken", false),
    ("checkout:written", false),
    ("checkout:placed", true),
    ("delivery:reckoned", true),
    ("delivery:keys_given", true),
    ("delivery:written", true),
    ("checkout:delivered", true),
    // The first commit from then on: that of the checkout, or of a job beside it.
    ("write:committed", true),
];

/// The steps in which units end without a key, in their order.
const ENDING: [&str; 4] = ["ending:paid_back", "ending:ended", "ending:freed", "write:committed"];

/// A shop with so many keys of its own of one game, and another game of which the supplier has enough copies.
async fn stocked(kind: Kind, keys: usize) -> (Processes, [GameId; 2]) {
    let processes = Processes::on(kind).await;
    let shop = &processes.shop;
    let all = games(shop, 20).await;
    let keys: Vec<String> = (0..keys).map(|n| format!("KEY-{n:03}")).collect();
    stock(shop, all[0], &keys.iter().map(String::as_str).collect::<Vec<_>>(), OWN).await;
    for other in &all[1..] {
        if copies(shop, *other).await >= 20 {
            return (processes, [all[0], *other]);
        }
    }
    panic!("the supplier has enough copies of one game");
}

impl Processes {
    async fn orders_of(&self, buyer: &Buyer) -> Vec<Order> {
        let orders = self.shop.shop.orders();
        orders.list(buyer.id, None, 1, 100).await.unwrap()
    }

    async fn only_order_of(&self, buyer: &Buyer) -> Order {
        let mut orders = self.orders_of(buyer).await;
        assert_eq!(orders.len(), 1);
        orders.remove(0)
    }
}

fn states(order: &Order) -> Vec<UnitState> {
    order.units.iter().map(|unit| unit.state).collect()
}

/// What follows after a kill: the rest is done by a job, and asking again is answered with the one order.
async fn made_once(processes: &Processes, program: &Program, buyer: &Buyer, games: &[GameId], step: &str) -> String {
    if !processes.orders_of(buyer).await.is_empty() {
        soon("a job delivers what the shop holds", async || {
            states(&processes.only_order_of(buyer).await) == [UnitState::Delivered, UnitState::Planned]
        })
        .await;
    }
    let first = order(&program.url, buyer, games, step).await.unwrap();
    let again = order(&program.url, buyer, games, step).await.unwrap();
    assert_eq!(first.status, 201, "{step}: {}", first.text);
    assert_eq!(first, again, "{step}");
    let made = processes.only_order_of(buyer).await;
    assert_eq!(made.id.to_string(), first.order(), "{step}");
    assert_eq!(states(&made), [UnitState::Delivered, UnitState::Planned], "{step}");
    assert_eq!(
        balance(&processes.shop, buyer.id).await,
        FILLED - made.total.get(),
        "{step}"
    );
    let reveal = format!("/api/orders/{}/keys/{}/reveal", made.id, made.units[0].key.unwrap());
    let (status, shown) = post(&program.url, buyer, &reveal).await.unwrap();
    assert_eq!(status, 200, "{step}: {shown}");
    shown["data"]["key"].as_str().unwrap().to_owned()
}

#[on_both_databases]
async fn a_checkout_that_is_killed_at_any_step_is_made_once(kind: Kind) {
    let (processes, games) = stocked(kind, CHECKOUT.len()).await;
    let shop = &processes.shop;
    let mut program = processes.serve_to_stop_at(CHECKOUT[0].0).await;
    let mut seen = BTreeSet::new();
    for (at, (step, is_made)) in CHECKOUT.into_iter().enumerate() {
        let buyer = Buyer::with(shop, &format!("buyer{at}@example.org"), FILLED).await;
        processes.arm();
        let url = program.url.clone();
        let (asked, ()) = join!(order(&url, &buyer, &games, step), processes.kill_at(program, step));
        assert!(asked.is_err(), "{step}: killed before it could answer");
        let made = processes.orders_of(&buyer).await;
        if step != "write:committed" {
            assert_eq!(made.len(), usize::from(is_made), "{step}");
        }
        let paid: i64 = made.iter().map(|order| order.total.get()).sum();
        assert_eq!(balance(shop, buyer.id).await, FILLED - paid, "{step}");
        all_is_well(shop).await;
        // The process that goes on is the one that the next step kills.
        let next = CHECKOUT.get(at + 1).map_or("", |(next, _)| next);
        program = processes.serve_to_stop_at(next).await;
        let key = made_once(&processes, &program, &buyer, &games, step).await;
        assert!(seen.insert(key), "{step}: a key is sold once");
        all_is_well(shop).await;
    }
    processes.audit().await;
}

#[on_both_databases]
async fn a_cancel_that_is_killed_at_any_step_pays_back_once(kind: Kind) {
    let (processes, games) = stocked(kind, ENDING.len()).await;
    let shop = &processes.shop;
    let before = copies(shop, games[1]).await;
    let mut program = processes.serve_to_stop_at(ENDING[0]).await;
    for (at, step) in ENDING.into_iter().enumerate() {
        let buyer = Buyer::with(shop, &format!("buyer{at}@example.org"), FILLED).await;
        let made = order(&program.url, &buyer, &games, step).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let path = format!("/api/orders/{}/cancel", made.order());
        processes.arm();
        let url = program.url.clone();
        let (asked, ()) = join!(post(&url, &buyer, &path), processes.kill_at(program, step));
        assert!(asked.is_err(), "{step}: killed before it could answer");
        let left = processes.only_order_of(&buyer).await;
        let is_whole = states(&left) == [UnitState::Delivered, UnitState::Planned];
        assert!(is_whole || step == "write:committed", "{step}: {left:?}");
        all_is_well(shop).await;
        program = processes.serve_to_stop_at(ENDING.get(at + 1).unwrap_or(&"")).await;
        let (status, said) = post(&program.url, &buyer, &path).await.unwrap();
        assert_eq!(status, if is_whole { 200 } else { 409 }, "{step}: {said}");
        let ended = processes.only_order_of(&buyer).await;
        assert_eq!(states(&ended), [UnitState::Delivered, UnitState::Refunded], "{step}");
        assert_eq!(balance(shop, buyer.id).await, FILLED - OWN, "{step}");
        assert_eq!(
            copies(shop, games[1]).await,
            before,
            "{step}: the copy is for sale again"
        );
        all_is_well(shop).await;
    }
    processes.audit().await;
}

#[on_both_databases]
async fn a_refund_at_the_deadline_that_is_killed_at_any_step_is_made_once(kind: Kind) {
    let (processes, games) = stocked(kind, 1).await;
    let shop = &processes.shop;
    let mut program = processes.serve_to_stop_at(ENDING[0]).await;
    for (at, step) in ENDING.into_iter().enumerate() {
        let buyer = Buyer::with(shop, &format!("buyer{at}@example.org"), FILLED).await;
        let made = order(&program.url, &buyer, &games[1..], step).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        processes.arm();
        // Only the first unit that is due is looked at until then: the others have ended.
        let tx = shop.db.begin().await.unwrap();
        let late = "UPDATE units SET deadline_at = 1, next_at = 1 WHERE state = 'planned'";
        assert_eq!(tx.execute_for_test(late).await.unwrap(), 1);
        tx.commit().await.unwrap();
        processes.kill_at(program, step).await;
        all_is_well(shop).await;
        program = processes.serve_to_stop_at(ENDING.get(at + 1).unwrap_or(&"")).await;
        soon("a job pays back", async || {
            states(&processes.only_order_of(&buyer).await) == [UnitState::Refunded]
        })
        .await;
        assert_eq!(balance(shop, buyer.id).await, FILLED, "{step}");
        all_is_well(shop).await;
    }
    processes.audit().await;
}

#[on_both_databases]
async fn a_refund_by_staff_that_is_killed_at_any_step_is_made_once(kind: Kind) {
    // One key: that nobody saw it makes it the next one's.
    let (processes, games) = stocked(kind, 1).await;
    let shop = &processes.shop;
    for (at, step) in ENDING.into_iter().enumerate() {
        let buyer = Buyer::with(shop, &format!("buyer{at}@example.org"), FILLED).await;
        place(shop, &buyer.caller, &games[..1], None).await.unwrap();
        let made = processes.only_order_of(&buyer).await;
        assert_eq!(states(&made), [UnitState::Delivered], "{step}");
        let refund = || {
            let mut command = Command::new(programs().join("refunder"));
            let now = shop.shop.now().as_micros().to_string();
            let unit = made.units[0].id.to_string();
            command.args([&shop.database.url, &now, &made.id.to_string(), &unit]);
            command.env_clear().kill_on_drop(true);
            command
        };
        run_and_kill_at(refund(), step).await;
        let is_made = step == "write:committed";
        let left = states(&processes.only_order_of(&buyer).await);
        assert_eq!(left == [UnitState::Refunded], is_made, "{step}: {left:?}");
        all_is_well(shop).await;
        let again = refund().output().await.unwrap();
        let back = String::from_utf8_lossy(&again.stdout).into_owned();
        assert_eq!(
            back,
            format!("{}\n", if is_made { 0 } else { OWN }),
            "{step}: {again:?}"
        );
        let left = states(&processes.only_order_of(&buyer).await);
        assert_eq!(left, [UnitState::Refunded], "{step}");
        assert_eq!(balance(shop, buyer.id).await, FILLED, "{step}");
        all_is_well(shop).await;
    }
}

#[on_both_databases]
async fn a_key_that_was_not_shown_before_a_kill_is_shown_after_it(kind: Kind) {
    let (processes, games) = stocked(kind, 2).await;
    let shop = &processes.shop;
    for (step, is_recorded) in [("reveal:recorded", false), ("reveal:before_shown", true)] {
        let buyer = Buyer::with(shop, &format!("{is_recorded}@example.org"), FILLED).await;
        let program = processes.serve_to_stop_at(step).await;
        let made = order(&program.url, &buyer, &games[..1], step).await.unwrap();
        let unit = processes.only_order_of(&buyer).await.units[0].clone();
        let path = format!("/api/orders/{}/keys/{}/reveal", made.order(), unit.key.unwrap());
        processes.arm();
        let url = program.url.clone();
        let (asked, ()) = join!(post(&url, &buyer, &path), processes.kill_at(program, step));
        assert!(asked.is_err(), "{step}: killed before it was shown");
        let seen = processes.only_order_of(&buyer).await.units[0].revealed_at;
        assert_eq!(seen.is_some(), is_recorded, "{step}: recorded before it is shown");
        let calm = processes.serve().await;
        let (status, shown) = post(&calm.url, &buyer, &path).await.unwrap();
        assert_eq!(status, 200, "{step}: {shown}");
        let later = processes.only_order_of(&buyer).await.units[0].revealed_at;
        assert!(later.is_some() && (seen.is_none() || seen == later), "{step}");
        all_is_well(shop).await;
    }
    processes.audit().await;
}

#[on_both_databases]
async fn a_top_up_that_is_killed_is_booked_once(kind: Kind) {
    let processes = Processes::on(kind).await;
    let shop = &processes.shop;
    let buyer = Buyer::with(shop, "ada@example.org", 0).await;
    for (times, (step, is_booked)) in [("wallet:posted", false), ("write:committed", true)]
        .into_iter()
        .enumerate()
    {
        let before = i64::try_from(times).unwrap() * 2_000;
        let words = ["top-up", "ada@example.org", "20", "--reference", step];
        run_and_kill_at(processes.command(&words), step).await;
        let booked = balance(shop, buyer.id).await - before;
        assert_eq!(booked, if is_booked { 2_000 } else { 0 }, "{step}");
        let (code, said) = processes.run(&words).await;
        assert_eq!(code, Some(0), "{step}: {said}");
        assert_eq!(
            said.contains("before: nothing was booked now"),
            is_booked,
            "{step}: {said}"
        );
        assert_eq!(balance(shop, buyer.id).await, before + 2_000, "{step}");
        all_is_well(shop).await;
    }
    processes.audit().await;
}
