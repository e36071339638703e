//! The query parameters of a list of games, parsed into a [`GameFilter`]; the API and the catalogue page use the same
//! ones.
//!
//! A parameter with an empty value counts as absent, since forms send those; of a repeated parameter the last one
//! counts; unknown ones are ignored. Lists are sorted and without duplicates, so that equal queries share one cache
//! entry.

use domain::catalog::{GameFilter, PAGE_MAX, PAGE_SIZE_MAX, Sort};
use domain::money::Cents;
use domain::refusal::{FieldError, Refusal};
use domain::search::fold;

const SEARCH_MAX: usize = 200;
const LIST_MAX: usize = 50;
const NAME_MAX: usize = 200;

/// A parsed query.
#[derive(Debug)]
pub struct ParsedQuery {
    /// The filter of the valid parameters.
    pub filter: GameFilter,
    /// Whether it filters by ratings or languages. The shop has neither yet, so no game matches.
    pub matches_nothing: bool,
    /// The errors of the invalid parameters.
    pub wrong: Vec<FieldError>,
}

/// Parses a query string.
pub fn read(query: &str) -> ParsedQuery {
    let mut given = Given {
        pairs: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        wrong: Vec::new(),
    };
    let plain = GameFilter::default();
    let (preset_min, preset_max) = given
        .one(
            "pricePreset",
            "is none of under-10, 10-25, 25-50, 50-100, over-100",
            preset,
        )
        .unwrap_or_default();
    const PRICE: &str = "is not an amount such as 10 or 19.99";
    const YEAR: &str = "is not a year from 1900 to 2199";
    let filter = GameFilter {
        search: given
            .one("search", "is longer than 200 characters", search)
            .unwrap_or_default(),
        min_price: given.one("minPrice", PRICE, Cents::parse).or(preset_min),
        max_price: given.one("maxPrice", PRICE, Cents::parse).or(preset_max),
        in_stock_only: given
            .one("inStockOnly", "is neither true nor false", truth)
            .unwrap_or(plain.in_stock_only),
        platforms: given.list("platforms"),
        activation_services: given.list("activationServices"),
        regions: given.list("regions"),
        multiplayer: given.one("multiplayer", "is neither true nor false", truth),
        publishers: given.list("publishers"),
        genres: given.list("genres"),
        released_from: given.one("releaseDateFrom", YEAR, year),
        released_to: given.one("releaseDateTo", YEAR, year),
        sort: given
            .one("sort", "is none of popular, newest, price-asc, price-desc", sort)
            .unwrap_or_default(),
        page: given
            .one("page", "is not a whole number from 1 to 1000000", |text| {
                whole(text, PAGE_MAX)
            })
            .unwrap_or(plain.page),
        page_size: given
            .one("pageSize", "is not a whole number from 1 to 100", |text| {
                whole(text, PAGE_SIZE_MAX)
            })
            .unwrap_or(plain.page_size),
    };
    let rated = given
        .one("ratingMin", "is not a number from 0 to 100", rating)
        .is_some_and(|rating| rating > Cents::ZERO);
    let spoken = !given.list("languages").is_empty();
    let filter = given.without_contradictions(filter);
    ParsedQuery {
        filter,
        matches_nothing: rated || spoken,
        wrong: given.wrong,
    }
}

/// The parameters of an address without a filtered list; of a repeated one the last counts, and empty ones are absent.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The parameters of a query string.
    pub fn of(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        Self(url::form_urlencoded::parse(query).into_owned().collect())
    }

    /// A text of at most `chars_max` characters.
    pub fn text(&self, name: &str, chars_max: usize) -> Result<Option<String>, Refusal> {
        let found = self
            .0
            .iter()
            .rfind(|(key, value)| key == name && !value.trim().is_empty());
        let Some((_, value)) = found else {
            return Ok(None);
        };
        refuse_longer(name, value, chars_max)?;
        Ok(Some(value.trim().to_owned()))
    }

    /// A number from 1 to the second of `usual_and_max`; the first if absent.
    pub fn count(&self, name: &str, usual_and_max: (u32, u32)) -> Result<u32, Refusal> {
        let (usual, max) = usual_and_max;
        let Some(text) = self.text(name, NAME_MAX)? else {
            return Ok(usual);
        };
        whole(&text, max).ok_or_else(|| {
            let complaint = format!("is not a whole number from 1 to {max}");
            Refusal::Invalid(vec![FieldError::new(name, complaint)])
        })
    }
}

/// Refuses a text of more than `chars_max` characters; it would also be part of a cache key.
pub fn refuse_longer(name: &str, text: &str, chars_max: usize) -> Result<(), Refusal> {
    if text.chars().count() <= chars_max {
        return Ok(());
    }
    let complaint = format!("is longer than {chars_max} characters");
    Err(Refusal::Invalid(vec![FieldError::new(name, complaint)]))
}

/// The name of a sort order in addresses.
pub const fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Popular => "popular",
        Sort::Newest => "newest",
        Sort::PriceAsc => "price-asc",
        Sort::PriceDesc => "price-desc",
    }
}

struct Given {
    pairs: Vec<(String, String)>,
    wrong: Vec<FieldError>,
}

impl Given {
    fn one<T>(&mut self, name: &str, complaint: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (_, value) = self
            .pairs
            .iter()
            .rfind(|(key, value)| key == name && !value.trim().is_empty())?;
        let found = read(value.trim());
        if found.is_none() {
            self.complain(name, complaint);
        }
        found
    }

    /// All values of `name`, split at commas, and all of `name[]`, not split.
    ///
    /// A comma followed by a space belongs to a name (`Europe, Middle East, Africa`): clients that join lists write no
    /// space.
    fn list(&mut self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (key, value) in &self.pairs {
            if key == name {
                found.extend(split_list(value));
            } else if key.strip_suffix("[]") == Some(name) {
                found.push(value.as_str());
            }
        }
        let mut found: Vec<String> = found
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        found.sort();
        found.dedup();
        let count = found.len();
        if count > LIST_MAX {
            self.complain(name, "has more than 50 values");
            found.truncate(LIST_MAX);
        }
        let count = found.len();
        // A database may refuse a text with a NUL; no name has any control character.
        found.retain(|part| part.chars().count() <= NAME_MAX && !part.chars().any(char::is_control));
        if found.len() < count {
            self.complain(name, "holds a value that is no name, or longer than 200 characters");
        }
        found
    }

    /// Removes a range that ends before it begins, and reports an error.
    fn without_contradictions(&mut self, mut filter: GameFilter) -> GameFilter {
        if filter
            .min_price
            .zip(filter.max_price)
            .is_some_and(|(min, max)| min > max)
        {
            self.complain("minPrice", "is more than maxPrice");
            (filter.min_price, filter.max_price) = (None, None);
        }
        if filter
            .released_from
            .zip(filter.released_to)
            .is_some_and(|(from, to)| from > to)
        {
            self.complain("releaseDateFrom", "is later than releaseDateTo");
            (filter.released_from, filter.released_to) = (None, None);
        }
        filter
    }

    fn complain(&mut self, field: &str, message: &str) {
        self.wrong.push(FieldError::new(field, message));
    }
}

/// The `page` of a list without other parameters, 1 if absent; `None` when it is not a page number.
pub(crate) fn page_number(query: &str) -> Option<u32> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let given = pairs.filter(|(name, value)| name == "page" && !value.is_empty()).last();
    given.map_or(Some(1), |(_, value)| whole(&value, PAGE_MAX))
}

fn split_list(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices(',') {
        if !text[at + 1..].starts_with(' ') {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The inclusive bounds of a preset; an explicit bound takes precedence.
fn preset(text: &str) -> Option<(Option<Cents>, Option<Cents>)> {
    let euros = |amount: i64| Some(Cents::new(amount * 100));
    Some(match text {
        "under-10" => (None, Some(Cents::new(999))),
        "10-25" => (euros(10), euros(25)),
        "25-50" => (euros(25), euros(50)),
        "50-100" => (euros(50), euros(100)),
        "over-100" => (Some(Cents::new(10_001)), None),
        _ => return None,
    })
}

fn search(text: &str) -> Option<String> {
    (text.chars().count() <= SEARCH_MAX).then(|| fold(text))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn year(text: &str) -> Option<u16> {
    digits(text)?.parse().ok().filter(|year| (1900..2200).contains(year))
}

fn whole(text: &str, max: u32) -> Option<u32> {
    digits(text)?.parse().ok().filter(|number| (1..=max).contains(number))
}

/// A number without a sign: Rust would also parse `+1`.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_digit()).then_some(text)
}

/// Ratings have at most two decimals like money; nothing is compared with them yet.
fn rating(text: &str) -> Option<Cents> {
    Cents::parse(text).filter(|rating| *rating <= Cents::new(10_000))
}

fn sort(text: &str) -> Option<Sort> {
    [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc]
        .into_iter()
        .find(|sort| sort_name(*sort) == text)
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
