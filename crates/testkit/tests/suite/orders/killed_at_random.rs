//! A thousand checkouts of many customers, in a process that is killed again and again: what was answered is there, and what
//! was asked for is there once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::id::{GameId, UserId};
use domain::unit::UnitState;
use futures::future::join_all;
use testkit::{Kind, on_both_databases, soon};

use super::processes::{OrderAnswer, Processes, kill, order};
use super::{Buyer, all_is_well, balance, games, stock};
use crate::dice::Dice;

const CUSTOMERS: usize = 50;
/// Checkouts of each customer.
const EACH: usize = 20;
const KILLS: usize = 8;
/// The price of a key.
const PRICE: i64 = 100;

/// What the customers share: where the shop is now, and how many checkouts were answered.
struct Progress {
    url: Mutex<String>,
    answered: AtomicUsize,
    /// Requests that a process had accepted and did not live to answer.
    torn: AtomicUsize,
}

impl Progress {
    /// Asks until there is an answer, at whatever process there is.
    async fn placed(&self, buyer: &Buyer, game: GameId, key: &str) -> OrderAnswer {
        loop {
            let url = self.url.lock().unwrap().clone();
            match order(&url, buyer, &[game], key).await {
                Ok(answer) if answer.status == 201 => return answer,
                Ok(answer) => panic!("{key}: {answer:?}"),
                Err(killed) => {
                    self.torn.fetch_add(usize::from(!killed.is_connect()), Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Buys one key after another; returns the orders, each with the key of its request.
    async fn buys(&self, buyer: &Buyer, game: GameId) -> BTreeMap<String, OrderAnswer> {
        let mut made = BTreeMap::new();
        for number in 0..EACH {
            let key = format!("order {number}");
            let answer = self.placed(buyer, game, &key).await;
            self.answered.fetch_add(1, Ordering::SeqCst);
            made.insert(key, answer);
        }
        made
    }
}

/// Kills one process after another, each at a random moment of its work; leaves the last one alive.
async fn kills(processes: &Processes, progress: &Progress) -> testkit::Program {
    let mut dice = Dice::thrown();
    let mut program = processes.serve().await;
    for kill_number in 1..=KILLS {
        progress.url.lock().unwrap().clone_from(&program.url);
        let begins = kill_number * CUSTOMERS * EACH / (KILLS + 1);
        soon("it works", async || progress.answered.load(Ordering::SeqCst) >= begins).await;
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        kill(program).await;
        program = processes.serve().await;
    }
    progress.url.lock().unwrap().clone_from(&program.url);
    program
}

/// The orders of a customer are those that were answered, each once, whole and delivered.
async fn each_is_there_once(processes: &Processes, buyer: UserId, made: &BTreeMap<String, OrderAnswer>) {
    let orders = processes.shop.shop.orders();
    let mut there = Vec::new();
    soon("jobs deliver what is left", async || {
        there = orders.list(buyer, None, 1, 100).await.unwrap();
        there
            .iter()
            .all(|order| order.units.len() == 1 && order.units[0].state == UnitState::Delivered)
    })
    .await;
    let mut there: Vec<String> = there.iter().map(|order| order.id.to_string()).collect();
    let mut answered: Vec<String> = made.values().map(OrderAnswer::order).collect();
    there.sort_unstable();
    answered.sort_unstable();
    assert_eq!(there, answered);
    let paid = i64::try_from(EACH).unwrap() * PRICE;
    assert_eq!(balance(&processes.shop, buyer).await, 10_000 - paid);
}

#[on_both_databases]
async fn a_thousand_checkouts_survive_kills_at_random(kind: Kind) {
    let processes = Processes::on(kind).await;
    let shop = &processes.shop;
    let game = games(shop, 1).await[0];
    let keys: Vec<String> = (0..CUSTOMERS * EACH).map(|n| format!("KEY-{n:04}")).collect();
    stock(shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), PRICE).await;
    let mut buyers = Vec::new();
    for number in 0..CUSTOMERS {
        buyers.push(Buyer::with(shop, &format!("buyer{number}@example.org"), 10_000).await);
    }
    let progress = Arc::new(Progress {
        // Nobody listens there: the customers ask until a process does.
        url: Mutex::new("http://127.0.0.1:1".to_owned()),
        answered: AtomicUsize::new(0),
        torn: AtomicUsize::new(0),
    });
    let buying = join_all(buyers.iter().map(|buyer| progress.buys(buyer, game)));
    let (made, program) = futures::join!(buying, kills(&processes, &progress));
    assert!(
        progress.torn.load(Ordering::SeqCst) > KILLS,
        "each kill came in the middle of something"
    );
    for (buyer, made) in buyers.iter().zip(&made) {
        each_is_there_once(&processes, buyer.id, made).await;
        // Asked again, the last one is answered as it was.
        let (key, answer) = made.last_key_value().unwrap();
        assert_eq!(order(&program.url, buyer, &[game], key).await.unwrap(), *answer);
    }
    all_is_well(shop).await;
    processes.audit().await;
}
