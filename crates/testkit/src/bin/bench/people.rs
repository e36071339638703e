//! Sign-ins per second beside the bare password hash, and cart adds per second beside the bare statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use domain::cart::Owner;
use domain::id::{GameId, UserId};
use domain::touch::Touch;
use futures::future::try_join_all;
use storage::Db;
use storage::carts::Line;
use testkit::{Client, Kind, PASSWORD, TestShop};
use uuid::Uuid;

/// How long each row is measured.
const SPAN: Duration = Duration::from_secs(5);
/// Concurrent callers.
const CALLERS: usize = 16;

/// Measures and prints.
pub(crate) async fn run() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for kind in [Kind::Sqlite, Kind::Postgres] {
        println!("\n{kind:?}");
        let shop = TestShop::with_costly_passwords(kind).await;
        let bare = bare_hashes().await?;
        row("sign-ins", sign_ins(&shop).await?, "bare argon2id", bare);
        row(
            "cart adds",
            cart_adds(&shop).await?,
            "the same statements",
            bare_adds(&shop.db, &shop).await?,
        );
    }
    Ok(())
}

fn row(name: &str, ours: f64, against: &str, bare: f64) {
    println!(
        "  {name:<10} {ours:>8.1}/s; {against} {bare:>8.1}/s; ratio {:.2}",
        ours / bare
    );
}

/// Verifications of one password per second, on all cores, without a shop.
async fn bare_hashes() -> Result<f64> {
    let known: PasswordHash = Argon2::default()
        .hash_password_with_salt(PASSWORD.as_bytes(), b"a salt of sixteen")
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let known = Arc::new(known);
    let cores = std::thread::available_parallelism()?.get();
    let done = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let threads = (0..cores).map(|_| {
        let (known, done) = (Arc::clone(&known), Arc::clone(&done));
        tokio::task::spawn_blocking(move || {
            while start.elapsed() < SPAN {
                let right = Argon2::default().verify_password(PASSWORD.as_bytes(), &*known).is_ok();
                done.fetch_add(u64::from(right), Ordering::Relaxed);
            }
        })
    });
    try_join_all(threads).await?;
    Ok(rate(done.load(Ordering::Relaxed), start))
}

async fn sign_ins(shop: &TestShop) -> Result<f64> {
    shop.customer("ada@example.org").await;
    let start = Instant::now();
    let callers = (0..CALLERS).map(|_| {
        let mut client = shop.guest();
        async move {
            let mut done = 0;
            while start.elapsed() < SPAN {
                client.token = None;
                let answer = client.sign_in("ada@example.org", PASSWORD).await;
                ensure!(answer.status == 200, "{}", answer.body);
                done += 1;
            }
            Ok(done)
        }
    });
    let done: u64 = try_join_all(callers).await?.into_iter().sum();
    Ok(rate(done, start))
}

/// One account for each caller, so that the measurement is not limited by one row's lock.
async fn customers(shop: &TestShop, prefix: &str) -> Vec<Client> {
    let mut customers = Vec::new();
    for at in 0..CALLERS {
        customers.push(shop.customer(&format!("{prefix}{at}@example.org")).await);
    }
    customers
}

async fn cart_adds(shop: &TestShop) -> Result<f64> {
    let games = shop.games_for_sale(40).await;
    let customers = customers(shop, "shop").await;
    let start = Instant::now();
    let callers = customers.into_iter().map(|mut client| {
        let games = games.clone();
        async move {
            let mut done = 0;
            for game in games.iter().cycle() {
                if start.elapsed() > SPAN {
                    break;
                }
                let answer = client.add_to_cart(game, 1).await;
                ensure!(answer.status == 201 || answer.code() == "VAL001", "{}", answer.body);
                done += u64::from(answer.status == 201);
                if answer.status != 201 {
                    client.delete("/api/cart").await;
                }
            }
            Ok(done)
        }
    });
    let done: u64 = try_join_all(callers).await?.into_iter().sum();
    Ok(rate(done, start))
}

/// The statements of a cart add, in the same transactions: the caller, the owner's lock, the line, the cart, the touch.
async fn bare_adds(db: &Db, shop: &TestShop) -> Result<f64> {
    let games: Vec<GameId> = shop
        .games_for_sale(40)
        .await
        .iter()
        .map(|id| Ok(GameId(Uuid::parse_str(id)?)))
        .collect::<Result<_>>()?;
    let mut users = Vec::new();
    for client in customers(shop, "bare").await {
        users.push(client.id.context("an account")?);
    }
    let numbers = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let callers = users.into_iter().map(|user| {
        let (db, games, numbers) = (db.clone(), games.clone(), Arc::clone(&numbers));
        let now = shop.shop.now();
        async move {
            let mut done = 0;
            for (at, game) in games.iter().cycle().enumerate() {
                if start.elapsed() > SPAN {
                    break;
                }
                let id = Uuid::from_u128((0xbe_u128 << 120) | u128::from(numbers.fetch_add(1, Ordering::Relaxed)));
                let line = Line {
                    game: *game,
                    quantity: 1,
                    added_at: now,
                };
                done += u64::from(bare_add(&db, user, id, line).await?);
                if at % 3_900 == 3_899 {
                    let tx = db.begin().await?;
                    tx.carts().clear(Owner::User(user)).await?;
                    tx.commit().await?;
                }
            }
            anyhow::Ok(done)
        }
    });
    let done: u64 = try_join_all(callers).await?.into_iter().sum();
    Ok(rate(done, start))
}

async fn bare_add(db: &Db, user: UserId, id: Uuid, line: Line) -> Result<bool> {
    // As expensive as the look-up of the sign-in.
    db.accounts().by_id(user).await?;
    let mut tx = db.begin().await?;
    let owner = Owner::User(user);
    tx.accounts().share(user).await?;
    let added = tx.carts().add(owner, id, line).await?;
    tx.carts().read(owner, line.added_at).await?;
    tx.touch(Touch::Cart(owner));
    tx.commit().await?;
    Ok(added)
}

fn rate(done: u64, start: Instant) -> f64 {
    f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64()
}
