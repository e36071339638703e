//! How a game's data is formatted for people.

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::money::Cents;
use domain::name;

/// A price in two parts, which are set in two sizes.
pub struct Price {
    /// Whole euros, with thousands separators.
    pub euros: String,
    /// Two digits.
    pub cents: String,
}

impl Price {
    /// The price of `amount`.
    pub fn of(amount: Cents) -> Self {
        let text = amount.to_string();
        let (euros, cents) = text.split_once('.').unwrap_or((&text, "00"));
        Self {
            // A text that is not a number is shown as it is.
            euros: euros.parse().map_or_else(|_| euros.to_owned(), count),
            cents: cents.to_owned(),
        }
    }
}

/// Whether a game can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// No copy.
    SoldOut,
    /// Released on this day in the future.
    Preorder(String),
    /// Only so many copies, which is worth saying.
    Few(i64),
    /// More than a few.
    Plenty,
}

impl Availability {
    /// The availability of `game`.
    pub fn of(game: &Game, now: Timestamp) -> Self {
        let released = game.facts.release_date.as_deref().unwrap_or_default();
        match game.qty() {
            _ if !game.in_stock() => Self::SoldOut,
            _ if game.is_preorder(&now.iso_day()) => Self::Preorder(date(released)),
            few @ 1..=5 => Self::Few(few),
            _ => Self::Plenty,
        }
    }

    /// The name of its style.
    pub const fn look(&self) -> &'static str {
        match self {
            Self::SoldOut => "gone",
            Self::Preorder(_) => "soon",
            Self::Few(_) => "few",
            Self::Plenty => "here",
        }
    }

    /// As a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::SoldOut => "Sold out".to_owned(),
            Self::Preorder(day) => format!("Pre-order — released {day}"),
            Self::Few(1) => "In stock — the last copy".to_owned(),
            Self::Few(few) => format!("In stock — only {few} left"),
            Self::Plenty => "In stock".to_owned(),
        }
    }

    /// As a short label, where one is useful.
    pub fn word(&self) -> Option<String> {
        match self {
            Self::SoldOut => Some("Sold out".to_owned()),
            Self::Preorder(_) => Some("Pre-order".to_owned()),
            Self::Few(few) => Some(format!("{few} left")),
            Self::Plenty => None,
        }
    }

    /// Whether there is no copy.
    pub fn is_sold_out(&self) -> bool {
        *self == Self::SoldOut
    }
}

/// A game's name without service and region, and these two; the supplier's fields take precedence over the name.
pub struct DisplayName {
    /// The title alone.
    pub title: String,
    /// Where the key is activated.
    pub service: Option<String>,
    /// The region where the key works.
    pub region: Option<String>,
}

impl DisplayName {
    /// The display name of `game`.
    pub fn of(game: &Game) -> Self {
        let named = Self::named(&game.facts.title);
        Self {
            service: game.facts.activation_service.clone().or(named.service),
            region: game.facts.region.clone().or(named.region),
            ..named
        }
    }

    /// The display name from a product's name alone.
    pub fn named(title: &str) -> Self {
        let parts = name::parse(title);
        Self {
            title: parts.title,
            service: parts.service.map(str::to_owned),
            region: parts.region.map(str::to_owned),
        }
    }

    /// Whether the key works only in some regions, as far as is known.
    pub fn is_limited(&self) -> bool {
        self.region.as_deref().is_some_and(|region| region != "Global")
    }
}

/// Where a key of this region works.
pub fn works(region: &str) -> String {
    match region {
        "Global" => "Works worldwide".to_owned(),
        "United States" | "United Kingdom" | "Middle East" => format!("Works in the {region} only"),
        _ => format!("Works in {region} only"),
    }
}

/// `2022-02-25` as `25 February 2022`; anything else unchanged.
pub fn date(iso: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = iso.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let month = month
        .and_then(|month| month.parse::<usize>().ok()?.checked_sub(1))
        .and_then(|index| MONTHS.get(index));
    match (year, month, day.and_then(|day| day.parse::<u8>().ok())) {
        (Some(year), Some(month), Some(day)) => format!("{day} {month} {year}"),
        _ => iso.to_owned(),
    }
}

/// A time for people: `23 November 2026, 04:00 UTC`.
pub fn date_time(at: Timestamp) -> String {
    let written = at.to_string();
    let time = written.get(11..16).unwrap_or_default();
    format!("{}, {time} UTC", date(&at.iso_day()))
}

/// A duration in seconds, rounded up to a common unit.
pub fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=90 => (seconds.max(1), "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    plural(number, unit, &format!("{unit}s"))
}

/// `1 copy`, `2 copies`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number with thousands separators: `12 345`, with no-break spaces.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use fixtures::{game, named, now};

    use super::*;

    #[test]
    fn stock_is_said_plainly() {
        let stock = |qty, released: &str| {
            let mut game = game();
            game.facts.copies = qty;
            game.facts.release_date = Some(released.to_owned());
            Availability::of(&game, now()).sentence()
        };
        assert_eq!(stock(42, "2022-02-25"), "In stock");
        assert_eq!(stock(3, "2022-02-25"), "In stock — only 3 left");
        assert_eq!(stock(1, "2022-02-25"), "In stock — the last copy");
        assert_eq!(stock(0, "2022-02-25"), "Sold out");
        assert_eq!(stock(9, "2027-03-01"), "Pre-order — released 1 March 2027");
    }

    #[test]
    fn a_name_is_told_from_service_and_region() {
        let known = DisplayName::of(&game());
        assert_eq!((known.title.as_str(), known.is_limited()), ("Elden Ring", true));
        let mut bare = named("Fallout 4 Steam Key GLOBAL");
        (bare.facts.region, bare.facts.activation_service) = (None, None);
        let known = DisplayName::of(&bare);
        assert_eq!(
            (known.service.as_deref(), known.region.as_deref()),
            (Some("Steam"), Some("Global"))
        );
        assert_eq!(works("United Kingdom"), "Works in the United Kingdom only");
    }

    #[test]
    fn times_and_spans() {
        assert_eq!(date_time(now()), "23 November 2026, 04:00 UTC");
        for (seconds, text) in [
            (0, "1 second"),
            (45, "45 seconds"),
            (91, "2 minutes"),
            (3_600, "60 minutes"),
            (7_000, "2 hours"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn days_and_numbers() {
        assert_eq!(date("2022-02-05"), "5 February 2022");
        assert_eq!(date("soon"), "soon");
        assert_eq!(date("2022-13-05"), "2022-13-05");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(count(999), "999");
    }
}
