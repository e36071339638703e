//! The search index alone, with 100,000 games: times to fill, update, list, count and suggest; its memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::catalog::{GameFilter, Sort};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::indexed_game::IndexedGame;
use domain::money::Cents;
use search::{IndexQuery, SearchIndex};
use uuid::Uuid;

use crate::stage::load::mix;

const GAMES: u64 = 100_000;
/// Different words in titles, about as many as in a real catalogue of this size.
const WORDS: u64 = 20_000;
const QUESTIONS: u64 = 2_000;

/// A word of four to eleven letters.
fn word(number: u64) -> String {
    let mut rest = mix(number % WORDS);
    let letters = 4 + rest % 8;
    let mut word = String::new();
    for _ in 0..letters {
        rest = mix(rest);
        word.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or_default()));
    }
    word
}

fn game(number: u64) -> IndexedGame {
    let dice = |salt: u64, sides: u64| mix(number * 31 + salt) % sides;
    let signed = |value: u64| i64::try_from(value).unwrap_or_default();
    let title: Vec<String> = (0..3)
        .map(|at| word(dice(at, WORDS * WORDS) % (1 + dice(at + 9, WORDS))))
        .collect();
    let genres = (0..dice(20, 4)).map(|at| format!("Genre {}", dice(30 + at, 20)));
    IndexedGame {
        id: GameId(Uuid::from_u128(u128::from(mix(number)) << 64 | u128::from(number))),
        number: signed(number),
        hidden: dice(1, 50) == 0,
        search_text: format!("{} steam key global", title.join(" ")),
        price: Cents::new(signed(99 + dice(2, 7_000))),
        copies: signed(dice(3, 200)),
        release_date: Some(format!(
            "{}-{:02}-{:02}",
            1995 + dice(4, 32),
            1 + dice(5, 12),
            1 + dice(6, 28)
        )),
        region: Some(format!("Region {}", dice(7, 12))),
        activation_service: Some(format!("Service {}", dice(8, 12))),
        publisher: Some(format!("Publisher {}", dice(9, 2_000))),
        multiplayer: dice(10, 2) == 0,
        platforms: vec![format!("Platform {}", dice(11, 12))],
        genres: genres.collect(),
        created_at: Timestamp::from_micros(signed(number)),
    }
}

/// Measures and prints.
pub(crate) fn run() {
    let games: Vec<IndexedGame> = (1..=GAMES).map(game).collect();
    let before = resident_kilobytes();
    let begun = Instant::now();
    let mut index = SearchIndex::default();
    games.chunks(5_000).for_each(|some| index.put(some));
    let filled = begun.elapsed();
    let kilobytes = resident_kilobytes().saturating_sub(before);
    println!("{GAMES} games: filled in {:.0} ms", millis(filled));
    println!("about {} bytes a game", kilobytes * 1_024 / GAMES);
    let changed: Vec<IndexedGame> = games.iter().step_by(100).cloned().collect();
    measure("1,000 games follow", 50, |_| index.put(&changed));
    measure("random filters, one page", QUESTIONS, |number| {
        black_box(index.page(&IndexQuery::by(&question(number))));
    });
    measure("the same, with all counts", QUESTIONS, |number| {
        black_box(index.options(&question(number)));
    });
    let all = GameFilter::default();
    measure("no filter, with all counts", QUESTIONS, |_| {
        black_box((index.page(&IndexQuery::by(&all)), index.options(&all)));
    });
    measure("a word with a typing error", QUESTIONS, |number| {
        let mut search = word(number);
        search.replace_range(1..2, "9");
        black_box(index.page(&IndexQuery::by(&GameFilter {
            search,
            ..GameFilter::default()
        })));
    });
    for letters in [1, 3, 5] {
        measure(&format!("suggestions after {letters} letters"), QUESTIONS, |number| {
            let typed: String = word(number).chars().take(letters).collect();
            black_box(index.suggest(&typed, false, 8));
        });
    }
    measure("games like one", QUESTIONS, |number| {
        black_box(index.similar(games[usize::try_from(number).unwrap_or_default()].id, 6));
    });
}

fn question(number: u64) -> GameFilter {
    let dice = |salt: u64, sides: u64| mix(number * 57 + salt) % sides;
    let names = |kind: &str, salt: u64, of: u64| match dice(salt, 3) {
        0 => vec![
            format!("{kind} {}", dice(salt + 1, of)),
            format!("{kind} {}", dice(salt + 2, of)),
        ],
        _ => Vec::new(),
    };
    GameFilter {
        search: if dice(1, 3) == 0 {
            word(dice(2, WORDS))
        } else {
            String::new()
        },
        max_price: (dice(3, 3) == 0).then(|| Cents::new(2_500)),
        platforms: names("Platform", 10, 12),
        genres: names("Genre", 20, 20),
        regions: names("Region", 30, 12),
        publishers: names("Publisher", 40, 2_000),
        sort: [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc]
            [usize::try_from(dice(5, 4)).unwrap_or_default()],
        ..GameFilter::default()
    }
}

fn measure(what: &str, times: u64, mut work: impl FnMut(u64)) {
    let mut took: Vec<Duration> = (0..times)
        .map(|number| {
            let begun = Instant::now();
            work(number);
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |percent: usize| millis(took[(took.len() - 1) * percent / 100]);
    println!("{what}: p50 {:.3} ms, p99 {:.3} ms", at(50), at(99));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The memory of this process.
fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.unwrap_or_default()
}
