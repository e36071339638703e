//! Six games that differ in all that lists are filtered and sorted by.

use domain::catalog::Game;
use domain::id::GameId;
use domain::money::Cents;
use domain::term::Term;
use storage::Db;
use uuid::Uuid;

use super::super::{game, id, put};

struct Row(
    &'static str,
    i64,
    i64,
    Option<&'static str>,
    Option<&'static str>,
    &'static [&'static str],
    &'static [&'static str],
);

/// Title, cents, copies, release date, region (and who activates and publishes), platforms, genres.
const GAMES: [Row; 6] = [
    Row(
        "Pokémon Red",
        5_000,
        5,
        Some("1996-02-27"),
        Some("EUROPE"),
        &["Nintendo"],
        &["RPG"],
    ),
    Row(
        "ВЕДЬМАК 3",
        2_999,
        10,
        Some("2015-05-19"),
        Some("GLOBAL"),
        &["PC", "Xbox"],
        &["Action", "RPG"],
    ),
    Row(
        "ÉCLAIR Rush",
        999,
        0,
        Some("2026-12-31"),
        Some("EUROPE"),
        &["PC"],
        &["Action"],
    ),
    Row("Pokemon Snap", 4_000, 3, None, Some("GLOBAL"), &["Nintendo"], &[]),
    Row("Oxygen", 1_500, 3, Some("2016-01-01"), None, &["PC"], &["Puzzle"]),
    Row(
        "Hidden Gem",
        100,
        100,
        Some("2020-01-01"),
        Some("GLOBAL"),
        &["PC"],
        &["RPG"],
    ),
];

/// Six games: number 3 is sold out, so is number 5, number 6 is hidden.
pub(super) async fn store_games(db: &Db) {
    let games: Vec<Game> = (1..)
        .zip(&GAMES)
        .map(|(number, Row(title, cents, qty, date, region, _, _))| {
            let mut game = game(number, |facts| {
                facts.title = (*title).to_owned();
                facts.price = Cents::new(*cents);
                facts.copies = if number == 5 { 0 } else { *qty };
                facts.release_date = date.map(str::to_owned);
                facts.region = region.map(str::to_owned);
                facts.activation_service = region.map(|region| format!("{region} service"));
                facts.publisher = region.map(|region| format!("{region} publisher"));
                facts.multiplayer = number % 2 == 1;
            });
            game.hidden = number == 6;
            game
        })
        .collect();
    put(db, &games.iter().collect::<Vec<_>>()).await;
    link(db, Term::Platform, &["Nintendo", "PC", "Xbox"], |row| row.5).await;
    link(db, Term::Genre, &["Action", "Puzzle", "RPG"], |row| row.6).await;
}

async fn link(db: &Db, term: Term, names: &[&str], of: fn(&Row) -> &'static [&'static str]) {
    let tx = db.begin().await.unwrap();
    let new: Vec<(String, Uuid)> = (50..)
        .zip(names)
        .map(|(number, name)| ((*name).to_owned(), id(number)))
        .collect();
    let (ids, _) = tx.catalog().ensure_terms(term, &new, super::super::NOW).await.unwrap();
    let links: Vec<_> = (1..)
        .zip(&GAMES)
        .flat_map(|(n, row)| {
            of(row)
                .iter()
                .map(|name| (GameId(id(n)), ids[*name]))
                .collect::<Vec<_>>()
        })
        .collect();
    tx.catalog().link(term, &[], &links).await.unwrap();
    tx.commit().await.unwrap();
}
