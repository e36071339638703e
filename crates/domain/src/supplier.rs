//! A supplier's product, and how it becomes a game.

use std::fmt;

use crate::catalog::{GameFacts, Requirements};
use crate::clock::Timestamp;
use crate::id::ProductId;
use crate::money::{BasisPoints, Cents};
use crate::name;
use crate::search::fold;

/// The longest title, in characters: a limit for pages, slugs and indexes.
pub(crate) const TITLE_CHARS_MAX: usize = 300;
/// The highest plausible price, in cents: one million euros. A higher one is taken for an error.
pub(crate) const PRICE_CENTS_MAX: i64 = 100_000_000;
/// The largest plausible stock.
const QTY_MAX: i64 = 1_000_000_000;

/// The supplier's categories that are genres of games. All others are only categories.
const GENRES: &[&str] = &[
    "Action",
    "Adventure",
    "Arcade",
    "Casual",
    "Fighting",
    "Horror",
    "Indie",
    "MMO",
    "Open World",
    "Platformer",
    "Puzzle",
    "RPG",
    "Racing",
    "Sandbox",
    "Shooter",
    "Simulation",
    "Sports",
    "Stealth",
    "Strategy",
    "Survival",
    "Visual Novel",
];

/// A product as a supplier describes it, already parsed and typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierProduct {
    /// The supplier's id.
    pub id: ProductId,
    /// Its name, with service and region: `Fallout 4 Steam Key GLOBAL`.
    pub name: String,
    /// What a copy costs the shop; [`SupplierProduct::into_game`] decides whether it is plausible. `Err` if it cannot be read.
    pub price: Result<Cents, Unreadable>,
    /// Copies that the supplier can sell, likewise. Price and stock are read independently of each other.
    pub qty: Result<i64, Unreadable>,
    /// A safe subset of HTML, already sanitised; empty when there is none.
    pub description_html: String,
    /// The portrait picture's address, empty when there is none.
    pub image: String,
    /// All pictures' addresses.
    pub images: Vec<String>,
    /// `yyyy-mm-dd`.
    pub release_date: Option<String>,
    /// The platform field, empty when only the name contains it.
    pub platform: String,
    /// The region field, empty when only the name contains it.
    pub region: String,
    /// The developer's name, empty when unknown.
    pub developer: String,
    /// The publisher's name, empty when unknown.
    pub publisher: String,
    /// Names of the supplier's categories.
    pub categories: Vec<String>,
    /// Whether the supplier lists an online mode.
    pub online: bool,
    /// The system requirements.
    pub requirements: Requirements,
    /// The supplier's time of change, in the supplier's format; empty when it gives none.
    pub updated_at: String,
}

/// A product as this shop sells it, at the time of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    /// The supplier's product.
    pub product: ProductId,
    /// Its fields: the price is the customer's, the copies are the supplier's.
    pub facts: GameFacts,
    /// The supplier's price.
    pub cost: Cents,
    /// The supplier's time of change, in the supplier's format; may be empty.
    pub supplier_updated_at: String,
    /// When the page with these values was requested.
    pub observed_at: Timestamp,
}

/// The reason why a price or a stock cannot be read, for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    /// With this reason, which names the field.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// One reason why a product cannot be sold as the supplier describes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProduct {
    /// It has no name to show.
    #[error("the name is empty")]
    NoName,
    /// A price must be above zero.
    #[error("the price is {0}, which is not above zero")]
    PriceTooLow(Cents),
    /// Most likely an error of the supplier.
    #[error("the price {0} is above 1000000.00")]
    PriceTooHigh(Cents),
    /// Most likely an error of the supplier.
    #[error("the stock {0} is not between 0 and 1000000000")]
    BadQty(i64),
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// All reasons why a product cannot be sold. A known game of this product stays in the shop, sold out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct NotForSale(pub Vec<BadProduct>);

impl fmt::Display for NotForSale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, reason) in self.0.iter().enumerate() {
            write!(f, "{}{reason}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl SupplierProduct {
    /// Converts this product to a game.
    ///
    /// # Errors
    /// [`NotForSale`] when the name is empty, or the price or the stock cannot be read or is not plausible.
    pub fn into_game(self, markup: BasisPoints, observed_at: Timestamp) -> Result<ProductFacts, NotForSale> {
        let title = self.title();
        let (title, (cost, price), copies) = match (title, self.prices(markup), self.stock()) {
            (Ok(title), Ok(prices), Ok(qty)) => (title, prices, qty),
            (title, prices, qty) => {
                let reasons = [title.err(), prices.err(), qty.err()];
                return Err(NotForSale(reasons.into_iter().flatten().collect()));
            }
        };
        let named = name::parse(&title);
        let service = name::service(&self.platform)
            .map(str::to_owned)
            .or_else(|| non_empty(&self.platform));
        let service = service.or_else(|| named.service.map(str::to_owned));
        let region = name::region(&self.region)
            .map(str::to_owned)
            .or_else(|| non_empty(&self.region));
        let (genres, categories) = self.genres_and_categories();
        let facts = GameFacts {
            region: region.or_else(|| named.region.map(str::to_owned)),
            search_text: fold(&title),
            title,
            description_html: self.description_html,
            price,
            copies,
            image: self.image,
            images: self.images,
            release_date: self.release_date.filter(|day| is_day(day)),
            platforms: service.iter().cloned().collect(),
            activation_service: service,
            developer: non_empty(&self.developer),
            publisher: non_empty(&self.publisher),
            multiplayer: self.online,
            requirements: self.requirements,
            genres,
            categories,
        };
        Ok(ProductFacts {
            product: self.id,
            facts,
            cost,
            supplier_updated_at: self.updated_at,
            observed_at,
        })
    }

    fn title(&self) -> Result<String, BadProduct> {
        let words: Vec<&str> = self.name.split_whitespace().collect();
        let title: String = words.join(" ").chars().take(TITLE_CHARS_MAX).collect();
        (!title.is_empty()).then_some(title).ok_or(BadProduct::NoName)
    }

    /// The supplier's price and the customer's price.
    fn prices(&self, markup: BasisPoints) -> Result<(Cents, Cents), BadProduct> {
        let cost = self.price.clone()?;
        if cost <= Cents::ZERO {
            return Err(BadProduct::PriceTooLow(cost));
        }
        let price = cost.marked_up(markup).filter(|price| price.get() <= PRICE_CENTS_MAX);
        Ok((cost, price.ok_or(BadProduct::PriceTooHigh(cost))?))
    }

    fn stock(&self) -> Result<i64, BadProduct> {
        let qty = self.qty.clone()?;
        let can_be_true = (0..=QTY_MAX).contains(&qty);
        can_be_true.then_some(qty).ok_or(BadProduct::BadQty(qty))
    }

    /// Its genres and its categories, each sorted and without duplicates.
    fn genres_and_categories(&self) -> (Vec<String>, Vec<String>) {
        let mut categories: Vec<String> = self.categories.iter().filter_map(|name| non_empty(name)).collect();
        categories.sort_unstable();
        categories.dedup();
        let is_genre = |name: &&String| GENRES.iter().any(|genre| genre.eq_ignore_ascii_case(name));
        (categories.iter().filter(is_genre).cloned().collect(), categories)
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(120).collect())
}

/// Whether `text` is a day as `yyyy-mm-dd`.
pub(crate) fn is_day(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|part| part.parse::<u32>().ok())
    };
    let dashes = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    dashes
        && digits(0..4).is_some()
        && digits(5..7).is_some_and(|m| (1..=12).contains(&m))
        && digits(8..10).is_some_and(|d| (1..=31).contains(&d))
}

#[cfg(test)]
#[path = "supplier_tests.rs"]
mod tests;
