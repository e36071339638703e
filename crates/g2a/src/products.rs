//! Products as the shop uses them: validated, and with defaults for absent fields.

use crate::{BadMoney, Cents, wire};

/// The supplier's page size; it cannot be chosen.
pub const PAGE_SIZE: u32 = 20;
/// The last page: one query returns at most 10,000 products.
pub const MAX_PAGE: u32 = 500;

/// A query for the list; everything but the page is optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// 1 to [`MAX_PAGE`].
    pub page: u32,
    /// One product only.
    pub id: Option<String>,
    /// At least so many keys.
    pub min_qty: Option<u32>,
    /// Lowest price, inclusive.
    pub min_price_from: Option<Cents>,
    /// Highest price, inclusive.
    pub min_price_to: Option<Cents>,
    /// Also products that are out of stock.
    pub include_out_of_stock: bool,
    /// `yyyy-mm-dd hh:mm:ss`; the supplier's time zone is unknown, so overlap the window.
    pub updated_at_from: Option<String>,
    /// `yyyy-mm-dd hh:mm:ss`, as above.
    pub updated_at_to: Option<String>,
}

impl Default for ProductQuery {
    fn default() -> ProductQuery {
        ProductQuery {
            page: 1,
            id: None,
            min_qty: None,
            min_price_from: None,
            min_price_to: None,
            include_out_of_stock: false,
            updated_at_from: None,
            updated_at_to: None,
        }
    }
}

impl ProductQuery {
    /// The query parameters, unescaped, in a fixed order.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("page", self.page.to_string())];
        let optional = [
            ("id", self.id.clone()),
            ("minQty", self.min_qty.map(|qty| qty.to_string())),
            ("minPriceFrom", self.min_price_from.map(|price| price.to_string())),
            ("minPriceTo", self.min_price_to.map(|price| price.to_string())),
            (
                "includeOutOfStock",
                self.include_out_of_stock.then(|| "true".to_owned()),
            ),
            ("updatedAtFrom", self.updated_at_from.clone()),
            ("updatedAtTo", self.updated_at_to.clone()),
        ];
        pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        pairs
    }
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductsPage {
    /// The total of the query, as the supplier counts it.
    pub total: u64,
    /// The page number, from 1.
    pub page: u32,
    /// At most [`PAGE_SIZE`]; a malformed product does not affect the others.
    pub products: Vec<Result<Product, BadProduct>>,
}

/// One page of the list, with its products unparsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The total of the query, as the supplier counts it.
    pub total: u64,
    /// The page number, from 1.
    pub page: u32,
    /// At most [`PAGE_SIZE`].
    pub products: Vec<ListedProduct>,
}

/// An unparsed product of a page: compared by its text, and parsed only where that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedProduct {
    pub(crate) id: Option<String>,
    pub(crate) text: Box<str>,
}

impl ListedProduct {
    /// A product with this JSON.
    #[must_use]
    pub fn written(text: Box<str>) -> Self {
        Self {
            id: wire::id_of(&text),
            text,
        }
    }

    /// Its id, if it can be read: 1 to 32 ASCII digits.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its JSON, unchanged.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Parses the whole product.
    ///
    /// # Errors
    ///
    /// [`BadProduct`] when it cannot be used.
    pub fn read(&self) -> Result<Product, BadProduct> {
        wire::read_product(self)
    }
}

impl Listing {
    /// Parses every product of the page.
    #[must_use]
    pub fn read(&self) -> ProductsPage {
        ProductsPage {
            total: self.total,
            page: self.page,
            products: self.products.iter().map(ListedProduct::read).collect(),
        }
    }
}

/// A product that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadProduct {
    /// Its id, if it could be read.
    pub id: Option<String>,
    /// What is wrong, at most 200 characters, safe for logs.
    pub reason: String,
}

/// Why a stock cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadQuantity {
    /// The field is absent or `null`.
    #[error("missing")]
    Missing,
    /// No integer, or one beyond 64 bits.
    #[error("not a whole number")]
    NotWhole,
    /// Below zero.
    #[error("negative")]
    Negative,
}

/// A product of the supplier. Stock and prices are read independently: one that cannot be read affects no other field.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// 1 to 32 ASCII digits (the supplier's have 14).
    pub id: String,
    /// For example `Fallout 4 Steam Key GLOBAL`; never blank.
    pub name: String,
    /// The JSON field `type`: `key`, `egoods` or empty.
    pub kind: String,
    /// Starts with `/` and ends with `-i<id>`; may be empty.
    pub slug: String,
    /// Available keys, never negative.
    pub qty: Result<i64, BadQuantity>,
    /// The current lowest price.
    pub min_price: Result<Cents, BadMoney>,
    /// What the supplier's own customers pay, with fees.
    pub retail_min_price: Result<Cents, BadMoney>,
    /// The supplier's flag; false for everything in its sandbox.
    pub available_to_buy: bool,
    /// URL of the smallest picture, or empty.
    pub thumbnail: String,
    /// URL, or empty.
    pub small_image: String,
    /// URL, or empty.
    pub cover_image: String,
    /// URLs.
    pub images: Vec<String>,
    /// HTML from the supplier: sanitise it before it is shown.
    pub description: Option<String>,
    /// `yyyy-mm-dd hh:mm:ss`, unchanged.
    pub updated_at: Option<String>,
    /// `yyyy-mm-dd`, unchanged.
    pub release_date: Option<String>,
    /// Often empty: then only the name contains it.
    pub region: String,
    /// Often empty: then only the name contains it.
    pub platform: String,
    /// Often empty.
    pub developer: String,
    /// Often empty.
    pub publisher: String,
    /// Each id once, in the supplier's order.
    pub categories: Vec<Category>,
    /// The names of the `pegi_*` flags that are true, without the prefix, sorted.
    pub restrictions: Vec<String>,
    /// The system requirements.
    pub requirements: Requirements,
    /// Trailers, mostly on other sites.
    pub videos: Vec<Video>,
}

/// A category of the supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The supplier's number.
    pub id: i64,
    /// The supplier's name.
    pub name: String,
}

/// The minimal and the recommended system requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// To run at all.
    pub minimal: SystemRequirements,
    /// To run well.
    pub recommended: SystemRequirements,
}

/// Free texts, empty where the supplier gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemRequirements {
    /// Processor.
    pub processor: String,
    /// Graphics card.
    pub graphics: String,
    /// Memory.
    pub memory: String,
    /// Space on the disk.
    pub disk_space: String,
    /// Operating system.
    pub system: String,
    /// Anything else.
    pub other: String,
}

/// A video about a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// Only `YOUTUBE` was observed so far.
    pub kind: String,
    /// Its address.
    pub url: String,
}

/// Whether a text can be a product id.
pub(crate) fn is_product_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_sends_only_what_it_was_given() {
        assert_eq!(ProductQuery::default().pairs(), vec![("page", "1".to_owned())]);
        let query = ProductQuery {
            page: 7,
            min_price_to: Some(Cents(1989)),
            include_out_of_stock: true,
            updated_at_from: Some("2026-01-02 03:04:05".into()),
            ..ProductQuery::default()
        };
        let names: Vec<_> = query
            .pairs()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            names,
            [
                "page=7",
                "minPriceTo=19.89",
                "includeOutOfStock=true",
                "updatedAtFrom=2026-01-02 03:04:05"
            ]
        );
    }
}
