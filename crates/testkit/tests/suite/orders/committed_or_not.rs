//! Group commit on SQLite, of a program that is killed at the commit, or whose disk is full: an order that was answered is there,
//! and every one that is there is whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::id::GameId;
use testkit::database::own_folder;
use testkit::{Client, Kind, PASSWORD, Program, TestShop, soon};
use tokio::process::Command;

use super::{Buyer, all_is_well, balance, games, items, stock};

const CUSTOMERS: usize = 16;
/// So few that an address may ask for all of them within a minute.
const GAMES: usize = 6;
const PRICE: i64 = 100;
const MONEY: i64 = 10_000;

/// A shop with keys of some games and customers with money, whose database programs use.
struct Scene {
    shop: TestShop,
    games: Vec<GameId>,
    buyers: Vec<Buyer>,
    folder: PathBuf,
}

impl Scene {
    async fn set() -> Self {
        let shop = TestShop::filled(Kind::Sqlite).await;
        let games = games(&shop, GAMES).await;
        for (at, game) in games.iter().enumerate() {
            let keys: Vec<String> = (0..CUSTOMERS).map(|n| format!("KEY-{at}-{n}")).collect();
            stock(
                &shop,
                *game,
                &keys.iter().map(String::as_str).collect::<Vec<_>>(),
                PRICE,
            )
            .await;
        }
        let mut buyers = Vec::new();
        for n in 0..CUSTOMERS {
            buyers.push(Buyer::with(&shop, &email(n), MONEY).await);
        }
        let folder = own_folder();
        Self {
            shop,
            games,
            buyers,
            folder,
        }
    }

    async fn signed_in(&self, program: &Program) -> Vec<Client> {
        let mut clients = Vec::new();
        for n in 0..CUSTOMERS {
            let mut client = Client::at(&program.url);
            let answer = client.sign_in(&email(n), PASSWORD).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            clients.push(client);
        }
        clients
    }

    /// How many orders there are; all of them are whole.
    async fn orders(&self) -> usize {
        let (mut orders, mut paid) = (0, 0);
        for buyer in &self.buyers {
            orders += self
                .shop
                .shop
                .orders()
                .list(buyer.id, None, 1, 100)
                .await
                .unwrap()
                .len();
            paid += MONEY - balance(&self.shop, buyer.id).await;
        }
        assert_eq!(
            paid,
            PRICE * i64::try_from(orders).unwrap(),
            "what was paid for {orders} orders"
        );
        all_is_well(&self.shop).await;
        orders
    }

    /// Everybody orders this game at once; the program is killed where it stops. Returns how many orders came of it.
    async fn killed_at(&self, step: &str, game: GameId) -> usize {
        let before = self.orders().await;
        let now = self.folder.join(format!("now {game}"));
        let mut program = Program::serve_with(
            &self.folder,
            &["--no-demo"],
            &[
                ("DATABASE_URL", &self.shop.database.url),
                ("LATCHKEY_STOP_AT", step),
                ("LATCHKEY_STOP_FROM", now.to_str().unwrap()),
            ],
        )
        .await;
        let clients = self.signed_in(&program).await;
        std::fs::write(&now, "").unwrap();
        let orders = clients.into_iter().map(|mut client| {
            let items = items(&[game]);
            tokio::spawn(async move {
                let asked = client.try_ask(reqwest::Method::POST, "/api/orders", Some(&items));
                asked.await.is_ok()
            })
        });
        let orders: Vec<_> = orders.collect();
        program.said(&format!("stopped at {step}")).await;
        program.signal("KILL").await;
        program.ended().await;
        for order in orders {
            assert!(
                !order.await.unwrap(),
                "{step}: an order was answered before its commit was over"
            );
        }
        std::fs::remove_file(now).unwrap();
        self.orders().await - before
    }
}

fn email(n: usize) -> String {
    format!("buyer{n}@example.org")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_before_the_commit() {
    let scene = Scene::set().await;
    assert_eq!(scene.killed_at("write:committing", scene.games[0]).await, 0);
    // A job of the program may be the one that is stopped there, before the orders.
    for game in &scene.games[1..] {
        if scene.killed_at("write:committed", *game).await > 0 {
            return;
        }
    }
    panic!("no order was committed");
}

/// Sets the largest size of a file that a program may write, beyond which writing is an error.
async fn limit_files(program: &Program, bytes: &str) {
    let (id, limit) = (program.id().to_string(), format!("--fsize={bytes}:"));
    let set = Command::new("prlimit").args(["--pid", &id, &limit]).status().await;
    assert!(set.unwrap().success());
}

/// Orders a copy of each game, one after the other, each until it is placed; counts what was placed, and what failed.
async fn order_all(mut client: Client, games: Vec<GameId>, placed: Arc<AtomicU32>, failed: Arc<AtomicU32>) {
    for game in games {
        loop {
            let answer = client.post("/api/orders", &items(&[game])).await;
            match answer.status {
                // 200: it had been placed although the answer was an error.
                200 | 201 => break,
                status => assert!(status >= 500, "{status}: {}", answer.body),
            }
            failed.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        placed.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_orders_are_whole_or_absent_and_later_go_on() {
    let scene = Scene::set().await;
    let environment = [("DATABASE_URL", scene.shop.database.url.as_str())];
    let program = Program::serve_without_the_signal_of_full_disks(&scene.folder, &["--no-demo"], &environment).await;
    let (placed, failed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let mut tasks = Vec::new();
    for client in scene.signed_in(&program).await {
        let counts = (Arc::clone(&placed), Arc::clone(&failed));
        tasks.push(tokio::spawn(order_all(client, scene.games.clone(), counts.0, counts.1)));
    }
    let so_many = async |count: &AtomicU32, least: u32| {
        soon("orders are answered", async || count.load(Ordering::SeqCst) >= least).await;
    };
    so_many(&placed, 20).await;
    // The log cannot grow any more.
    limit_files(&program, "4096").await;
    so_many(&failed, 30).await;
    let (at, failures) = (placed.load(Ordering::SeqCst), failed.load(Ordering::SeqCst));
    limit_files(&program, "unlimited").await;
    for task in tasks {
        task.await.unwrap();
    }
    program.signal("TERM").await;
    program.ended().await;
    let all = CUSTOMERS * scene.games.len();
    assert!(
        (20..all).contains(&(at as usize)),
        "{at} orders before {failures} failures"
    );
    assert_eq!(scene.orders().await, all);
}
