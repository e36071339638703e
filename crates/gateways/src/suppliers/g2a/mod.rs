//! G2A behind the trait: its list is read in query partitions, page by page, several pages at once.

mod crawl;
mod pages;
mod partitions;
mod pass;
mod position;
mod purchase;
mod tally;
mod uncounted;

use std::sync::Arc;

use domain::id::{ProductId, SupplierName};
use domain::query_partition::{self, QueryPartition};
use futures::StreamExt;
use futures::future::BoxFuture;

use self::crawl::Crawl;
use self::position::Position;
use super::calls;
use super::{Capabilities, CrawlRequest, CrawlStream, Cursor, IdAnswer, PreparedPurchase, PurchaseCall, Supplier};
use crate::pace::Pace;
use crate::supplier::{ListClient, PriceField, SupplierError};

/// Concurrent requests: enough to keep ten a second at almost a second each.
const REQUESTS_AT_ONCE: usize = 8;
/// How far a crawl of changes reaches back behind what was read already, in seconds: changes may become visible out of
/// order.
const OVERLAP: i64 = 2 * 60 * 60;

/// G2A as a supplier.
#[derive(Clone, Debug)]
pub struct G2aSupplier {
    client: ListClient,
}

impl G2aSupplier {
    /// A supplier that is asked as often as `pace` lets all processes together.
    ///
    /// # Errors
    /// When the settings cannot work; nothing was asked yet.
    pub fn new(mut settings: ::g2a::Settings, pace: Arc<dyn Pace>) -> Result<Self, SupplierError> {
        calls::describe();
        let name = SupplierName::g2a();
        settings.observer = Some(::g2a::Observer::new(move |call, took, error| {
            calls::count(name.as_str(), call, outcome(error), took);
        }));
        Ok(Self {
            client: ListClient::new(settings, pace)?,
        })
    }

    /// The same supplier, with another of its prices as the shop's cost.
    #[must_use]
    pub fn with_price_field(self, price_field: PriceField) -> Self {
        Self {
            client: self.client.with_price_field(price_field),
        }
    }
}

/// How a request ended, as a metric's label.
fn outcome(error: Option<&::g2a::Error>) -> &'static str {
    match error {
        None => "answered",
        Some(error) if error.is_rate_limit() => "rate_limited",
        Some(::g2a::Error::Refused { .. }) => "refused",
        Some(::g2a::Error::Timeout) => "timeout",
        Some(::g2a::Error::Connect(_) | ::g2a::Error::Connection(_)) => "unreachable",
        Some(_) => "failed",
    }
}

impl Supplier for G2aSupplier {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            by_ids: true,
            sells_to_programs: true,
        }
    }

    fn crawl(&self, cursor: Option<Cursor>, request: &CrawlRequest) -> CrawlStream {
        let position = cursor.as_ref().and_then(Position::from_cursor);
        let position = position.unwrap_or_else(|| Position::at(QueryPartition::default()));
        let (client, request) = (self.client.clone(), request.clone());
        CrawlStream::of(|sender| Crawl::new(client, request, position, sender).run())
    }

    fn by_ids<'a>(&'a self, ids: &'a [ProductId], request: &'a CrawlRequest) -> BoxFuture<'a, Vec<IdAnswer>> {
        let client = &self.client;
        let ask = move |id: ProductId| async move {
            let observed_at = request.clock.now();
            let answer = client.product(&id, request.priority).await;
            IdAnswer {
                id,
                observed_at,
                answer,
            }
        };
        let answers = futures::stream::iter(ids.iter().cloned().map(ask)).buffered(REQUESTS_AT_ONCE);
        Box::pin(answers.collect())
    }

    fn check(&self) -> BoxFuture<'_, Result<u64, SupplierError>> {
        Box::pin(self.client.check())
    }

    fn changes_since(&self, newest: &str) -> Option<Cursor> {
        let newest = query_partition::read(newest)?;
        let window = QueryPartition {
            updated_from: Some(newest - OVERLAP),
            ..QueryPartition::default()
        };
        Some(Position::at(window).cursor())
    }

    fn prepare(&self, call: PurchaseCall) -> BoxFuture<'_, Result<PreparedPurchase, SupplierError>> {
        Box::pin(purchase::prepare(self.client.protocol(), call))
    }
}
