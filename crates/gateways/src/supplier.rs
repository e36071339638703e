//! The supplier: G2A's protocol below, the shop's types above. Foreign text is made safe here, before anybody keeps it.

mod bounded;
mod reading;

use std::sync::Arc;

use domain::id::ProductId;
use domain::money::Cents;
use domain::query_partition::{self, QueryPartition};
use g2a::pace::Pace;
use g2a::{Client, Error, Priority, ProductQuery};
use thiserror::Error as ThisError;

pub use reading::{ListedProduct, PriceField, is_picture, safe_html};

/// The most products that one query can show: 500 pages of 20.
pub(crate) const PRODUCTS_PER_QUERY_MAX: u64 = 10_000;
/// Products on a page, fixed by the supplier.
pub(crate) const PRODUCTS_PER_PAGE: u64 = 20;

/// A client of the list of products.
#[derive(Clone, Debug)]
pub(crate) struct ListClient {
    client: Client,
    price_field: PriceField,
}

/// One page of the supplier's list.
#[derive(Clone, Debug)]
pub(crate) struct SupplierPage {
    /// How many products the whole list has now.
    pub total: u64,
    /// The products, not read yet.
    pub products: Vec<ListedProduct>,
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

impl ListClient {
    /// A supplier that is asked as often as `pace` lets everybody together.
    ///
    /// # Errors
    /// When the settings cannot work; nothing was asked yet.
    pub(crate) fn new(settings: g2a::Settings, pace: Arc<dyn Pace>) -> Result<Self, SupplierError> {
        Ok(Self {
            client: Client::new(settings, pace)?,
            price_field: PriceField::default(),
        })
    }

    /// The same supplier, with another of its prices as the shop's cost.
    #[must_use]
    pub(crate) fn with_price_field(self, price_field: PriceField) -> Self {
        Self { price_field, ..self }
    }

    /// The supplier's protocol.
    pub(crate) const fn protocol(&self) -> &Client {
        &self.client
    }

    fn listed(&self, product: g2a::ListedProduct) -> ListedProduct {
        ListedProduct::new(product, self.price_field)
    }

    /// Page `page` (from 1) of a partition of the list, sold-out products too.
    ///
    /// # Errors
    /// When there is no answer of use, after the repeats that are safe.
    pub(crate) async fn page(
        &self,
        partition: &QueryPartition,
        page: u32,
        priority: Priority,
    ) -> Result<SupplierPage, SupplierError> {
        let cents = |price: Cents| g2a::Cents(price.get());
        let query = ProductQuery {
            page,
            include_out_of_stock: true,
            min_price_from: partition.min_price().map(cents),
            min_price_to: partition.max_price().map(cents),
            updated_at_from: partition.updated_from.map(query_partition::written),
            updated_at_to: partition.updated_to.map(query_partition::written),
            ..ProductQuery::default()
        };
        let answer = self.client.list(&query, priority).await?;
        Ok(SupplierPage {
            total: answer.total,
            products: answer.products.into_iter().map(|listed| self.listed(listed)).collect(),
        })
    }

    /// One product, or nothing when the supplier does not have it.
    ///
    /// # Errors
    /// When there is no usable answer. A product that cannot be read is returned all the same.
    pub(crate) async fn product(
        &self,
        id: &ProductId,
        priority: Priority,
    ) -> Result<Option<ListedProduct>, SupplierError> {
        let answer = self.client.list_one(id.as_str(), priority).await?;
        Ok(answer.map(|listed| self.listed(listed)))
    }

    /// Asks the smallest question that proves address and credentials.
    ///
    /// # Errors
    /// What is wrong with the supplier or the road to it.
    pub(crate) async fn check(&self) -> Result<u64, SupplierError> {
        Ok(self.page(&QueryPartition::default(), 1, Priority::Crawl).await?.total)
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
