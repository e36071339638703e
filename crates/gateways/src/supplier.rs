//! The supplier: G2A's protocol below, the shop's types above. Foreign text is made safe here, before anybody keeps it.

use std::sync::{Arc, LazyLock};

use domain::catalog::{Requirements, SystemRequirements};
use domain::id::ProductId;
use domain::money::Cents;
use domain::slice::{self, Slice};
use domain::supplier::SupplierProduct;
use g2a::pace::Pace;
use g2a::{Client, Error, Lane, ProductQuery};
use thiserror::Error as ThisError;

/// The most products that one query can show: 500 pages of 20.
pub const PRODUCTS_PER_QUERY_MAX: u64 = 10_000;
/// Products on a page, fixed by the supplier.
pub const PRODUCTS_PER_PAGE: u64 = 20;
/// The longest description kept, in bytes before sanitising.
const DESCRIPTION_BYTES_MAX: usize = 100_000;
/// The most pictures kept of one product.
const IMAGES_MAX: usize = 20;

/// A supplier that can be asked.
#[derive(Clone, Debug)]
pub struct Supplier {
    client: Client,
}

/// One page of the supplier's list.
#[derive(Clone, Debug)]
pub struct SupplierPage {
    /// How many products the whole list has now.
    pub total: u64,
    /// The products, each read or with the reason why not.
    pub products: Vec<Result<SupplierProduct, UnreadableProduct>>,
}

/// A product that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableProduct {
    /// Its id, where at least that could be read.
    pub id: Option<String>,
    /// Why, for an operator.
    pub reason: String,
}

/// Why the supplier did not answer as asked. Its text is for operators and logs.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum SupplierError {
    /// Not reached, or no whole answer in time.
    #[error("the supplier cannot be reached: {0}")]
    Unreachable(String),
    /// It does not accept the credentials.
    #[error("the supplier does not accept the credentials: {0}")]
    Credentials(String),
    /// Too many requests, also after waiting.
    #[error("the supplier asks for fewer requests: {0}")]
    Rate(String),
    /// The pace that all processes share cannot be kept: nothing was asked.
    #[error("the supplier was not asked: {0}")]
    NoPermit(String),
    /// Anything else that is not the answer asked for.
    #[error("the supplier's answer is of no use: {0}")]
    Answer(String),
}

impl Supplier {
    /// A supplier that is asked as often as `pace` lets everybody together.
    ///
    /// # Errors
    /// When the settings cannot work; nothing was asked yet.
    pub fn new(settings: g2a::Settings, pace: Arc<dyn Pace>) -> Result<Self, SupplierError> {
        Ok(Self {
            client: Client::new(settings, pace)?,
        })
    }

    /// Page `page` (from 1) of a slice of the list, sold-out products too.
    ///
    /// # Errors
    /// When there is no answer of use, after the repeats that are safe.
    pub async fn page(&self, slice: &Slice, page: u32, lane: Lane) -> Result<SupplierPage, SupplierError> {
        let cents = |price: Cents| g2a::Cents(price.get());
        let query = ProductQuery {
            page,
            include_out_of_stock: true,
            min_price_from: slice.min_price().map(cents),
            min_price_to: slice.max_price().map(cents),
            updated_at_from: slice.updated_from.map(slice::written),
            updated_at_to: slice.updated_to.map(slice::written),
            ..ProductQuery::default()
        };
        let answer = self.client.products(&query, lane).await?;
        let products = answer.products.into_iter().map(|product| match product {
            Ok(product) => translated(product),
            Err(bad) => Err(UnreadableProduct {
                id: bad.id,
                reason: bad.reason,
            }),
        });
        Ok(SupplierPage {
            total: answer.total,
            products: products.collect(),
        })
    }

    /// One product, or nothing when the supplier does not have it.
    ///
    /// # Errors
    /// When there is no answer of use, also when the product cannot be read: that is not "nothing".
    pub async fn product(&self, id: &ProductId, lane: Lane) -> Result<Option<SupplierProduct>, SupplierError> {
        let answer = self.client.product(id.as_str(), lane).await?;
        answer
            .map(translated)
            .transpose()
            .map_err(|bad| SupplierError::Answer(bad.reason))
    }

    /// Asks the smallest question that proves address and credentials.
    ///
    /// # Errors
    /// What is wrong with the supplier or the road to it.
    pub async fn check(&self) -> Result<u64, SupplierError> {
        Ok(self.page(&Slice::default(), 1, Lane::Crawl).await?.total)
    }
}

impl From<Error> for SupplierError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Timeout | Error::Connect(_) | Error::Connection(_) | Error::Resting { .. } => {
                Self::Unreachable(text)
            }
            Error::NoPermit(_) => Self::NoPermit(text),
            Error::Refused {
                code: g2a::Code::Auth01 | g2a::Code::Auth02 | g2a::Code::Auth03 | g2a::Code::Auth04,
                ..
            } => Self::Credentials(text),
            Error::Refused {
                code: g2a::Code::Br03, ..
            }
            | Error::Status { status: 429, .. } => Self::Rate(text),
            Error::Status { status: 500.., .. } => Self::Unreachable(text),
            _ => Self::Answer(text),
        }
    }
}

fn translated(product: g2a::Product) -> Result<SupplierProduct, UnreadableProduct> {
    let Some(id) = ProductId::parse(&product.id) else {
        return Err(UnreadableProduct {
            reason: "the id is not 1 to 32 digits".to_owned(),
            id: Some(product.id),
        });
    };
    let requirements = Requirements {
        minimal: system(&product.requirements.minimal),
        recommended: system(&product.requirements.recommended),
    };
    let image = [&product.cover_image, &product.small_image, &product.thumbnail]
        .into_iter()
        .find_map(|url| picture(url));
    Ok(SupplierProduct {
        id,
        price: Cents::new(product.min_price.0),
        qty: product.qty,
        description_html: sanitised(&product.description.unwrap_or_default()),
        image: image.unwrap_or_default(),
        images: product
            .images
            .iter()
            .filter_map(|url| picture(url))
            .take(IMAGES_MAX)
            .collect(),
        release_date: product.release_date,
        online: product.restrictions.iter().any(|restriction| restriction == "online"),
        categories: product
            .categories
            .into_iter()
            .map(|category| without_nul(&category.name))
            .collect(),
        name: without_nul(&product.name),
        platform: without_nul(&product.platform),
        region: without_nul(&product.region),
        developer: without_nul(&product.developer),
        publisher: without_nul(&product.publisher),
        requirements,
        updated_at: without_nul(&product.updated_at.unwrap_or_default()),
    })
}

fn system(wire: &g2a::SystemRequirements) -> SystemRequirements {
    SystemRequirements {
        system: without_nul(&wire.system),
        processor: without_nul(&wire.processor),
        graphics: without_nul(&wire.graphics),
        memory: without_nul(&wire.memory),
        disk_space: without_nul(&wire.disk_space),
        other: without_nul(&wire.other),
    }
}

/// A picture's address, if it is one that a page may show.
fn picture(url: &str) -> Option<String> {
    let shown = (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= 2_000;
    (shown && !url.contains(|c: char| c.is_control() || c.is_whitespace() || "\"'<>\\".contains(c)))
        .then(|| url.to_owned())
}

/// PostgreSQL cannot keep U+0000 in a text; nobody can read it either.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// The safe part of a description: text, lists and emphasis. No links, pictures, styles or scripts of strangers.
fn sanitised(html: &str) -> String {
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
    let mut end = html.len().min(DESCRIPTION_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    CLEANER.clean(&without_nul(&html[..end])).to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_its_words_and_loses_its_teeth() {
        let hostile = "<p onclick=\"x()\">Fast &amp; <b>loud</b></p><script>alert(1)</script><a href=\"javascript:x\">go</a><img src=x>";
        assert_eq!(sanitised(hostile), "<p>Fast &amp; <b>loud</b></p>go");
        assert_eq!(sanitised("a < b \0"), "a &lt; b");
    }

    #[test]
    fn only_addresses_of_pictures_are_kept() {
        assert!(picture("https://images.example/1.jpg").is_some());
        assert!(picture("javascript:alert(1)").is_none());
        assert!(picture("https://x/\" onerror=\"y").is_none());
    }
}
