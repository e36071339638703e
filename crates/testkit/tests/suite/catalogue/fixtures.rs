//! Games generated from a seed, written to a database with their terms, as a sync would.

use domain::catalog::{Game, GameFacts, Requirements};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::money::Cents;
use domain::search::fold;
use domain::term::Term;
use domain::touch::Touch;
use storage::Db;
use uuid::Uuid;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_406_400_000_000);

pub(crate) const WORDS: [&str; 40] = [
    "Shadow",
    "Kingdom",
    "Eternal",
    "Fallout",
    "Witcher",
    "Cyberpunk",
    "Racing",
    "Assassin's",
    "Pokémon",
    "Ведьмак",
    "Dragon",
    "Star",
    "Light",
    "Night",
    "Craft",
    "Minecraft",
    "World",
    "War",
    "Warhammer",
    "Space",
    "Marine",
    "of",
    "the",
    "Souls",
    "Dark",
    "Portal",
    "Half",
    "Life",
    "Simulator",
    "Farming",
    "2",
    "3",
    "4",
    "2077",
    "III",
    "Deluxe",
    "Edition",
    "Remastered",
    "Online",
    "Zero",
];
pub(crate) const PLATFORMS: [&str; 6] = ["Steam", "GOG", "Xbox", "PSN", "Windows", "Nintendo"];
pub(crate) const GENRES: [&str; 8] = [
    "Action",
    "RPG",
    "Racing",
    "Puzzle",
    "Strategy",
    "Horror",
    "Indie",
    "Open World",
];
pub(crate) const REGIONS: [&str; 4] = ["Global", "Europe", "United States", "Europe, Middle East, Africa"];
pub(crate) const PUBLISHERS: [&str; 7] = ["Bethesda", "CD PROJEKT", "Valve", "A&B", "a,b", "Ünïcode", "Ubisoft"];

/// Numbers that follow from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % sides as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    pub(crate) fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }

    pub(crate) fn some(&mut self, from: &[&str], most: usize) -> Vec<String> {
        let mut some: Vec<String> = (0..self.roll(most + 1)).map(|_| self.pick(from).to_owned()).collect();
        some.sort();
        some.dedup();
        some
    }
}

/// A game that only the dice know; prices, stocks and dates are often equal, so that ties are.
pub(crate) fn game(number: u128, dice: &mut Dice) -> Game {
    let words = 1 + dice.roll(5);
    let title = (0..words).map(|_| dice.pick(&WORDS)).collect::<Vec<_>>().join(" ");
    let or_none = |dice: &mut Dice, from: &[&str]| (!dice.one_in(6)).then(|| dice.pick(from).to_owned());
    let year = 1995 + dice.roll(35);
    let (month, day) = (1 + dice.roll(12), 1 + dice.roll(28));
    let release_date = (!dice.one_in(8)).then(|| format!("{year:04}-{month:02}-{day:02}"));
    Game {
        // Ids in no order of their numbers.
        id: GameId(Uuid::from_u128(
            number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
        )),
        slug: format!("made-up-{number}"),
        facts: GameFacts {
            search_text: fold(&title),
            title,
            description_html: "<p>Made up.</p>".to_owned(),
            price: Cents::new(99 + 500 * i64::try_from(dice.roll(24)).unwrap()),
            copies: i64::try_from(dice.roll(7).saturating_sub(dice.roll(3))).unwrap(),
            image: String::new(),
            images: Vec::new(),
            release_date,
            region: or_none(dice, &REGIONS),
            activation_service: or_none(dice, &PLATFORMS[..4]),
            platforms: dice.some(&PLATFORMS, 3),
            developer: None,
            publisher: or_none(dice, &PUBLISHERS),
            multiplayer: dice.one_in(2),
            requirements: Requirements::default(),
            genres: dice.some(&GENRES, 4),
            categories: Vec::new(),
        },
        tags: Vec::new(),
        hidden: dice.one_in(20),
        created_at: NOW,
    }
}

/// Writes `games` in one transaction that touches what it changes.
pub(crate) async fn write(db: &Db, games: &[Game]) {
    let mut tx = db.begin().await.unwrap();
    tx.catalog().put(&games.iter().collect::<Vec<_>>(), NOW).await.unwrap();
    let ids: Vec<GameId> = games.iter().map(|game| game.id).collect();
    for (term, all, names) in [
        (
            Term::Platform,
            &PLATFORMS[..],
            (|game| &game.facts.platforms) as fn(&Game) -> &Vec<String>,
        ),
        (Term::Genre, &GENRES[..], |game| &game.facts.genres),
    ] {
        let new = (1..)
            .zip(all)
            .map(|(number, name)| ((*name).to_owned(), Uuid::from_u128(number)));
        let (terms, _) = tx.catalog().ensure_terms(term, &new.collect(), NOW).await.unwrap();
        let links = games
            .iter()
            .flat_map(|game| names(game).iter().map(|name| (game.id, terms[name])));
        let links: Vec<_> = links.collect();
        tx.catalog().link(term, &ids, &links).await.unwrap();
    }
    for id in ids {
        tx.touch(Touch::Game(id));
    }
    tx.touch(Touch::Catalog);
    tx.touch(Touch::Home);
    tx.commit().await.unwrap();
}
