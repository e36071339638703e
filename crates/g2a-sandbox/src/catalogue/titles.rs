//! Invented games: one title for every number, with its developer and release date.

use super::genres::{GENRES, Genre, STUDIOS, SUBTITLES};
use crate::dice::{Dice, mix};

/// A game, from which editions, platforms and regions are derived.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    pub(crate) name: String,
    pub(crate) genre: &'static Genre,
    pub(crate) developer: &'static str,
    pub(crate) publisher: &'static str,
    /// Year, month, day.
    pub(crate) released: (u32, u32, u32),
    /// The same for all products of the title: its description and pictures depend on it.
    pub(crate) seed: u64,
}

const GENRE_COUNT: u32 = 12;

impl Title {
    /// Every number has its own words until all pairs of its genre are used; after that subtitles and numerals
    /// distinguish them.
    pub(crate) fn new(seed: u64, number: u32) -> Title {
        let start = mix(seed, 0x71);
        let genre_place = ((number % GENRE_COUNT) * 5 + low(start) % GENRE_COUNT) % GENRE_COUNT;
        let genre = &GENRES[genre_place as usize];
        let nth = number / GENRE_COUNT;
        let pairs = nth % 143;
        let first = genre.first[((pairs * 5 + low(start >> 8)) % 13) as usize];
        let second = genre.second[((pairs * 4 + low(start >> 16)) % 11) as usize];
        let mut dice = Dice::new(seed ^ 0x7171, u64::from(number));
        let title_seed = dice.roll();
        let mut name = format!("{first} {second}");
        match (nth / 143, dice.below(10)) {
            (0, 0) => name.push_str(" 2"),
            (0, 1) => name.push_str(" III"),
            (0, 2) => name = format!("{name}: {}", dice.pick(&SUBTITLES)),
            (0, _) => {}
            (round, _) => {
                let subtitle = SUBTITLES[(round % 17) as usize];
                let numeral = round / 17 + 2;
                name = format!("{name} {numeral}: {subtitle}");
            }
        }
        let (developer, publisher) = *dice.pick(&STUDIOS);
        let year = if dice.percent(4) {
            2027
        } else {
            dice.between(2009, 2026)
        };
        let released = (year, dice.between(1, 12), dice.between(1, 28));
        Title {
            name,
            genre,
            developer,
            publisher,
            released,
            seed: title_seed,
        }
    }
}

/// A small number out of a large one, so that sums and products do not overflow.
fn low(number: u64) -> u32 {
    u32::try_from(number & 0xFF).unwrap_or(0)
}
