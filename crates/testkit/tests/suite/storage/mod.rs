//! The guarantees of `storage`, on SQLite and on PostgreSQL alike.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed step fails the test and says where"
)]

mod catalog_lists;
mod catalog_values;
mod catalog_writes;
mod collisions;
mod leases;
mod offers;
mod outbox;
mod records;
mod schema;
mod settings;
mod touches;
mod transactions;

use std::future::Future;
use std::time::Duration;

use domain::catalog::{Game, GameFacts, Requirements};
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::money::Cents;
use domain::search::fold;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use search::SearchIndex;
use storage::{Committed, Db, Error, Tx};
use testkit::{Kind, TestDatabase};
use uuid::Uuid;

/// The time that tests write down; the database's own clock is another matter.
const NOW: Timestamp = Timestamp::from_micros(1_795_406_400_000_000);

/// A database with the schema, and a way in. Both must be kept: the first removes the files at its end.
async fn database(kind: Kind) -> (TestDatabase, Db) {
    let database = TestDatabase::migrated(kind).await;
    let db = database.open().await;
    (database, db)
}

/// An id with a number that a person can read.
fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The product of the game of this number.
fn product(number: u128) -> ProductId {
    ProductId::parse(&number.to_string()).unwrap()
}

/// An ordinary game, changed by `change`.
pub(crate) fn game(number: u128, change: impl FnOnce(&mut GameFacts)) -> Game {
    let mut facts = GameFacts {
        title: format!("Game {number}"),
        search_text: String::new(),
        description_html: "<p>Fun.</p>".to_owned(),
        price: Cents::new(1_999),
        copies: 10,
        image: String::new(),
        images: Vec::new(),
        release_date: None,
        region: None,
        activation_service: None,
        platforms: Vec::new(),
        developer: None,
        publisher: None,
        multiplayer: false,
        requirements: Requirements::default(),
        genres: Vec::new(),
        categories: Vec::new(),
    };
    change(&mut facts);
    facts.search_text = fold(&facts.title);
    let slug = format!("game-{number}");
    Game {
        id: GameId(id(number)),
        slug,
        facts,
        tags: Vec::new(),
        hidden: false,
        created_at: NOW,
    }
}

/// Writes `games` in a transaction of their own; returns how many rows that changed.
async fn put(db: &Db, games: &[&Game]) -> u64 {
    let tx = db.begin().await.unwrap();
    let written = tx.catalog().put(games, NOW).await.unwrap();
    tx.commit().await.unwrap();
    written
}

/// The game of this number, whether it is shown or not.
async fn stored(db: &Db, number: u128) -> Game {
    let tx = db.begin().await.unwrap();
    let mut games = tx.catalog().lock_whole(&[GameId(id(number))]).await.unwrap();
    games.pop().unwrap()
}

/// Takes `games` out of the shop; returns how many were in it.
async fn hide(tx: &Tx, games: &[GameId]) -> Result<u64, Error> {
    let mut shown = tx.catalog().lock_whole(games).await?;
    shown.retain(|game| !game.hidden);
    shown.iter_mut().for_each(|game| game.hidden = true);
    tx.catalog().put_offered(&shown.iter().collect::<Vec<_>>(), NOW).await
}

/// A search index of all games, read in stretches that are too short for them.
async fn filled(db: &Db) -> SearchIndex {
    let (mut index, mut after) = (SearchIndex::default(), None);
    loop {
        let games = db.catalog().indexed_after(after, 4).await.unwrap();
        let Some(last) = games.last() else { return index };
        after = Some(last.id);
        index.put(&games);
    }
}

/// One statement in a transaction of its own.
async fn run(db: &Db, sql: &str) -> Committed {
    let tx = db.begin().await.unwrap();
    tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap()
}

/// The rows of `sql`, asked behind the rooms' back.
async fn rows(db: &Db, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.raw().get_database_backend(), sql);
    db.raw().query_all_raw(statement).await.unwrap()
}

/// The one number that `sql` finds.
async fn number(db: &Db, sql: &str) -> i64 {
    rows(db, sql).await.remove(0).try_get_by_index(0).unwrap()
}

/// The texts that `sql` finds.
async fn texts(db: &Db, sql: &str) -> Vec<String> {
    rows(db, sql)
        .await
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// What `work` returns, or a failed test if it hangs.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("this must not hang")
}

async fn wait(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
