//! What a product says, read: the supplier's fields into the shop's, foreign text made safe.

use std::sync::{Arc, LazyLock};

use domain::catalog::{Requirements, SystemRequirements};
use domain::fingerprint;
use domain::id::ProductId;
use domain::money::{BasisPoints, Cents};
use domain::supplier::{SupplierProduct, Unreadable};

use super::bounded::bounded;

/// The longest description, in bytes before sanitising.
const DESCRIPTION_BYTES_MAX: usize = 100_000;
/// The most pictures of one product.
const IMAGES_MAX: usize = 20;
/// The most categories kept of one product.
const CATEGORIES_MAX: usize = 100;
/// The longest text about a part of a computer that is kept, in characters.
const REQUIREMENT_CHARS_MAX: usize = 1_000;
/// The longest time of change that is kept, in characters; a whole one has 19.
const TIME_CHARS_MAX: usize = 40;

/// Which of the supplier's prices is the shop's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceField {
    /// `minPrice`: the current lowest price.
    #[default]
    MinPrice,
    /// `retail_min_price`: what the supplier's own customers pay, with fees.
    RetailMinPrice,
}

impl PriceField {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::MinPrice, Self::RetailMinPrice];

    /// The field's name in the supplier's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinPrice => "minPrice",
            Self::RetailMinPrice => "retail_min_price",
        }
    }

    /// Its part of the fingerprint: empty for the default, so that fingerprints from before this setting stay valid.
    const fn reading(self) -> &'static str {
        match self {
            Self::MinPrice => "",
            Self::RetailMinPrice => self.as_str(),
        }
    }

    fn price_of(self, product: &g2a::Product) -> Result<Cents, Unreadable> {
        let price = match self {
            Self::MinPrice => product.min_price,
            Self::RetailMinPrice => product.retail_min_price,
        };
        price
            .map(|price| Cents::new(price.0))
            .map_err(|reason| Unreadable::new(format!("{}: {reason}", self.as_str())))
    }
}

/// A product as a supplier lists it, not parsed yet.
#[derive(Clone, Debug)]
pub struct ListedProduct(Listed);

#[derive(Clone, Debug)]
enum Listed {
    /// In G2A's JSON.
    Json(g2a::ListedProduct, PriceField),
    /// Parsed when it was read, with the text that it was read from.
    Parsed(String, Arc<Result<SupplierProduct, String>>),
}

impl ListedProduct {
    pub(super) const fn new(product: g2a::ListedProduct, price_field: PriceField) -> Self {
        Self(Listed::Json(product, price_field))
    }

    /// A product that its supplier has parsed already, or why it is none. `text` is what it was read from, with the settings
    /// that decide how: as long as it stays the same, the product counts as unchanged.
    #[must_use]
    pub fn parsed(text: String, product: Result<SupplierProduct, String>) -> Self {
        Self(Listed::Parsed(text, Arc::new(product)))
    }

    /// Its id in G2A's JSON, if at least that can be read: 1 to 32 digits.
    pub(crate) fn id(&self) -> Option<ProductId> {
        match &self.0 {
            Listed::Json(product, _) => product.id().and_then(g2a_id),
            Listed::Parsed(_, product) => product.as_ref().as_ref().ok().map(|product| product.id.clone()),
        }
    }

    /// The fingerprint of its text, for a shop with this markup ([`fingerprint::of`]).
    #[must_use]
    pub fn fingerprint(&self, markup: BasisPoints) -> i64 {
        match &self.0 {
            Listed::Json(product, price_field) => fingerprint::of(product.text(), markup, price_field.reading()),
            Listed::Parsed(text, _) => fingerprint::of(text, markup, ""),
        }
    }

    /// Parses the text and makes it safe.
    ///
    /// # Errors
    /// The reason why it is no product, for an operator. A price or a stock that cannot be read is part of the result.
    pub fn read(&self) -> Result<SupplierProduct, String> {
        match &self.0 {
            Listed::Json(product, price_field) => {
                let product = product.read().map_err(|bad| bad.reason)?;
                let id = g2a_id(&product.id).ok_or("the id is not 1 to 32 digits")?;
                Ok(translated(id, product, *price_field))
            }
            Listed::Parsed(_, product) => product.as_ref().clone(),
        }
    }
}

fn g2a_id(text: &str) -> Option<ProductId> {
    let is_number = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit());
    ProductId::parse(text).filter(|_| is_number)
}

fn translated(id: ProductId, product: g2a::Product, price_field: PriceField) -> SupplierProduct {
    let price = price_field.price_of(&product);
    let qty = product.qty.map_err(|reason| Unreadable::new(format!("qty: {reason}")));
    let image = [product.cover_image, product.small_image, product.thumbnail]
        .into_iter()
        .find(|url| is_picture(url));
    SupplierProduct {
        id,
        price,
        qty,
        description_html: product.description.map(safe_html).unwrap_or_default(),
        image: image.unwrap_or_default(),
        images: product
            .images
            .into_iter()
            .filter(|url| is_picture(url))
            .take(IMAGES_MAX)
            .collect(),
        release_date: product.release_date,
        online: product.restrictions.iter().any(|restriction| restriction == "online"),
        categories: product
            .categories
            .into_iter()
            .map(|category| without_nul(category.name))
            .take(CATEGORIES_MAX)
            .collect(),
        name: without_nul(product.name),
        platform: without_nul(product.platform),
        region: without_nul(product.region),
        developer: without_nul(product.developer),
        publisher: without_nul(product.publisher),
        requirements: Requirements {
            minimal: system(product.requirements.minimal),
            recommended: system(product.requirements.recommended),
        },
        updated_at: limited(product.updated_at.unwrap_or_default(), TIME_CHARS_MAX),
    }
}

fn system(wire: g2a::SystemRequirements) -> SystemRequirements {
    SystemRequirements {
        system: limited(wire.system, REQUIREMENT_CHARS_MAX),
        processor: limited(wire.processor, REQUIREMENT_CHARS_MAX),
        graphics: limited(wire.graphics, REQUIREMENT_CHARS_MAX),
        memory: limited(wire.memory, REQUIREMENT_CHARS_MAX),
        disk_space: limited(wire.disk_space, REQUIREMENT_CHARS_MAX),
        other: limited(wire.other, REQUIREMENT_CHARS_MAX),
    }
}

/// Whether a page may show a picture from this address.
/// Whether a text is an address from which a picture can be downloaded: http or https, without anything that a page could take
/// for the end of it.
#[must_use]
pub fn is_picture(url: &str) -> bool {
    let shown = (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= 2_000;
    shown && !url.contains(|c: char| c.is_control() || c.is_whitespace() || "\"'<>\\".contains(c))
}

/// PostgreSQL cannot keep U+0000 in a text; nobody can read it either.
fn without_nul(mut text: String) -> String {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    text
}

/// The first `chars_max` characters that can be kept.
fn limited(text: String, chars_max: usize) -> String {
    let mut text = without_nul(text);
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
    }
    text
}

/// The safe part of a description, at most [`OUTPUT_MAX`](super::bounded::OUTPUT_MAX) bytes of it.
#[must_use]
pub fn safe_html(mut html: String) -> String {
    let mut end = html.len().min(DESCRIPTION_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    html.truncate(end);
    cleaned(&bounded(&without_nul(html)))
}

/// Text, lists and emphasis. No links, pictures, styles or scripts of strangers. Builds a tree: a stranger's HTML has to
/// be [`bounded`] before.
pub(super) fn cleaned(html: &str) -> String {
    static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
        let tags = [
            "p",
            "br",
            "b",
            "strong",
            "i",
            "em",
            "u",
            "ul",
            "ol",
            "li",
            "h2",
            "h3",
            "h4",
            "blockquote",
        ];
        let mut cleaner = ammonia::Builder::empty();
        cleaner.tags(tags.into()).clean_content_tags(["script", "style"].into());
        cleaner
    });
    CLEANER.clean(html).to_string().trim().to_owned()
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
