//! The product at a place: a game, an edition of it, an add-on, a bundle, a subscription or a gift card, and its name.

use super::titles::Title;
use crate::dice::{Dice, mix};

/// As they appear at the end of names.
const REGIONS: [&str; 9] = [
    "GLOBAL",
    "EUROPE",
    "NORTH AMERICA",
    "RU/CIS",
    "LATAM",
    "ASIA",
    "GERMANY",
    "UNITED KINGDOM",
    "TURKEY",
];

const PLATFORMS: [(&str, u32); 11] = [
    ("Steam", 46),
    ("GOG.COM", 10),
    ("Epic Games", 9),
    ("Ubisoft Connect", 6),
    ("EA App", 6),
    ("Battle.net", 4),
    ("Rockstar", 3),
    ("Xbox Live", 7),
    ("PSN", 3),
    ("Nintendo eShop", 4),
    ("Microsoft", 2),
];

const EDITIONS: [&str; 6] = [
    "Deluxe Edition",
    "Gold Edition",
    "Complete Edition",
    "Definitive Edition",
    "Collector's Edition",
    "Game of the Year Edition",
];
const ADDONS: [&str; 6] = [
    "Season Pass",
    "Soundtrack",
    "The Far Shore DLC",
    "Founder's Pack DLC",
    "Uniforms and Banners DLC",
    "Expansion Pass",
];

/// Places are divided into blocks: eight titles of their own, two more offers of them, an add-on and something else.
const BLOCK: u32 = 12;
const TITLES_PER_BLOCK: u32 = 8;

#[derive(Clone, Debug)]
enum Sort {
    Game { number: u32, edition: Option<&'static str> },
    Addon { number: u32, what: &'static str },
    Random { keys: u32, premium: bool },
    Subscription { what: &'static str },
    Gift { euros: u32 },
}

/// One offer, without its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Goods {
    sort: Sort,
    platform: &'static str,
    region: &'static str,
}

impl Goods {
    /// The product at a place of a seed's catalogue.
    pub(crate) fn at(seed: u64, place: u32) -> Goods {
        let block = place / BLOCK;
        let turn = u32::try_from(mix(seed ^ 0xB10C, u64::from(block)) % u64::from(BLOCK)).unwrap_or(0);
        let slot = (place + turn) % BLOCK;
        let mut dice = Dice::new(seed ^ 0x600D5, u64::from(place));
        let first = block * TITLES_PER_BLOCK;
        let platform = platform(&mut dice);
        let region = region(&mut dice);
        let sibling = first + dice.below(TITLES_PER_BLOCK);
        let sort = match slot {
            0..TITLES_PER_BLOCK => {
                let edition = dice.percent(16).then(|| *dice.pick(&EDITIONS));
                Sort::Game {
                    number: first + slot,
                    edition,
                }
            }
            8 => Sort::Game {
                number: sibling,
                edition: Some(*dice.pick(&EDITIONS)),
            },
            9 => {
                // Mostly another region of a title that exists elsewhere as GLOBAL: a shop must distinguish them.
                let region = REGIONS[1 + dice.below(8) as usize];
                return Goods {
                    sort: Sort::Game {
                        number: sibling,
                        edition: None,
                    },
                    platform,
                    region,
                };
            }
            10 => Sort::Addon {
                number: sibling,
                what: dice.pick::<&str>(&ADDONS),
            },
            _ => return Goods::without_title(&mut dice, block, region),
        };
        Goods { sort, platform, region }
    }

    /// The three kinds alternate, so that a small catalogue has each of them.
    fn without_title(dice: &mut Dice, block: u32, region: &'static str) -> Goods {
        match block % 3 {
            0 => Goods {
                sort: Sort::Random {
                    keys: *dice.pick(&[1, 3, 5, 10, 20]),
                    premium: dice.percent(40),
                },
                platform: "Steam",
                region: "GLOBAL",
            },
            1 => {
                let (platform, what) = *dice.pick(&[
                    ("Xbox Live", "Xbox Live Gold Subscription Card 3 Months"),
                    ("Xbox Live", "Xbox Game Pass Ultimate 1 Month"),
                    ("PSN", "PlayStation Plus Essential 12 Months"),
                    ("EA App", "EA Play Subscription 1 Month"),
                    ("Nintendo eShop", "Nintendo Switch Online 12 Months"),
                ]);
                Goods {
                    sort: Sort::Subscription { what },
                    platform,
                    region,
                }
            }
            _ => Goods {
                sort: Sort::Gift {
                    euros: *dice.pick(&[5, 10, 20, 25, 50]),
                },
                platform: dice.pick::<&str>(&["Steam", "PSN", "Nintendo eShop", "Xbox Live", "Battle.net"]),
                region: dice.pick::<&str>(&["EUROPE", "GERMANY", "GLOBAL"]),
            },
        }
    }

    pub(crate) fn title_number(&self) -> Option<u32> {
        match self.sort {
            Sort::Game { number, .. } | Sort::Addon { number, .. } => Some(number),
            Sort::Random { .. } | Sort::Subscription { .. } | Sort::Gift { .. } => None,
        }
    }

    pub(crate) fn platform(&self) -> &'static str {
        self.platform
    }

    pub(crate) fn region(&self) -> &'static str {
        self.region
    }

    /// `Hollow Meridian - Deluxe Edition Steam Key GLOBAL`.
    pub(crate) fn name(&self, title: Option<&Title>) -> String {
        let (platform, region) = (self.platform, self.region);
        let title = title.map_or("", |title| title.name.as_str());
        match &self.sort {
            Sort::Game { edition: None, .. } => format!("{title} {platform} Key {region}"),
            Sort::Game {
                edition: Some(edition), ..
            } => format!("{title} - {edition} {platform} Key {region}"),
            Sort::Addon { what, .. } => format!("{title} - {what} {platform} Key {region}"),
            Sort::Random { keys, premium } => {
                let premium = if *premium { "PREMIUM " } else { "" };
                let plural = if *keys == 1 { "" } else { "s" };
                format!("Random {premium}{keys} Key{plural} {platform} Key {region}")
            }
            Sort::Subscription { what } => format!("{what} {platform} Key {region}"),
            Sort::Gift { euros } => format!("{platform} Gift Card {euros} EUR {platform} Key {region}"),
        }
    }

    /// The categories of products without a game.
    pub(crate) fn categories(&self) -> &'static [(u32, &'static str)] {
        match self.sort {
            Sort::Subscription { .. } => &[(1459, "Gaming Subscriptions"), (939, "Gaming")],
            Sort::Gift { .. } => &[(1460, "Gift Cards"), (939, "Gaming")],
            _ => &[(189, "Games")],
        }
    }

    /// Cents, 0.79 to 69.99.
    pub(crate) fn price(&self, dice: &mut Dice) -> u32 {
        match self.sort {
            Sort::Random { keys, premium } => 79 + keys * if premium { 89 } else { 31 },
            Sort::Subscription { .. } => dice.between(3, 39) * 100 + 49,
            Sort::Gift { euros } => euros * 100 + dice.between(0, 40) * 5,
            Sort::Addon { .. } => ending(dice.between(1, 14), dice),
            Sort::Game { edition, .. } => {
                let euros = match dice.below(100) {
                    0..=34 => dice.between(1, 6),
                    35..=69 => dice.between(5, 19),
                    70..=91 => dice.between(18, 39),
                    _ => dice.between(40, 69),
                };
                let more = if edition.is_some() { euros / 4 } else { 0 };
                ending((euros + more).min(69), dice)
            }
        }
    }
}

/// Gives a price a typical ending; one in eight is an integer.
fn ending(euros: u32, dice: &mut Dice) -> u32 {
    let cents = match dice.below(8) {
        0 => 0,
        1..=3 => 99,
        4 => 49,
        5 => 89,
        6 => 50,
        _ => dice.between(1, 98),
    };
    (euros * 100 + cents).clamp(79, 6999)
}

fn platform(dice: &mut Dice) -> &'static str {
    let mut left = dice.below(100);
    for (name, share) in PLATFORMS {
        if left < share {
            return name;
        }
        left -= share;
    }
    "Steam"
}

fn region(dice: &mut Dice) -> &'static str {
    if dice.percent(58) {
        REGIONS[0]
    } else {
        dice.pick::<&str>(&REGIONS)
    }
}
