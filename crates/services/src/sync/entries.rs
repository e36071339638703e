//! Products as a supplier lists them: their fingerprints first, their values once somebody needs them.

use domain::clock::Timestamp;
use domain::id::ProductId;
use domain::money::BasisPoints;
use domain::supplier::ProductFacts;
use futures::future::try_join_all;
use gateways::supplier::ListedProduct;
use gateways::suppliers::CrawledProduct;

use crate::{Error, Shop};

/// Products parsed in one task: a few milliseconds of work.
pub(super) const PARSED_AT_ONCE: usize = 64;

/// A listed product.
#[derive(Clone, Debug)]
pub(super) struct ListedEntry {
    pub(super) product: ProductId,
    /// The moment before it was requested.
    pub(super) observed_at: Timestamp,
    /// The fingerprint of the supplier's text.
    pub(super) fingerprint: i64,
    /// Whether an earlier batch of the same crawl has shown it.
    pub(super) again: bool,
    /// The game that it belongs to, as the supplier says.
    pub(super) match_value: Option<String>,
    content: Content,
}

/// The content of a listed product.
#[derive(Clone, Debug)]
enum Content {
    /// In the supplier's text.
    Unread(ListedProduct),
    /// Its values, or why it cannot be read or sold.
    Read(Box<Facts>),
}

/// The values of a product, or why it cannot be read or sold.
type Facts = Result<ProductFacts, String>;

impl ListedEntry {
    pub(super) fn of(crawled: CrawledProduct, markup: BasisPoints) -> Self {
        Self {
            product: crawled.id,
            observed_at: crawled.observed_at,
            fingerprint: crawled.listed.fingerprint(markup),
            again: crawled.again,
            match_value: crawled.match_value,
            content: Content::Unread(crawled.listed),
        }
    }

    /// Parses the supplier's text, unless that was done.
    fn read(self, markup: BasisPoints) -> Self {
        let content = Content::Read(Box::new(self.content.facts(markup, self.observed_at)));
        Self { content, ..self }
    }

    /// Its values, or why it cannot be read or sold.
    pub(super) fn facts(self, markup: BasisPoints) -> Facts {
        self.content.facts(markup, self.observed_at)
    }
}

impl Content {
    fn facts(self, markup: BasisPoints, observed_at: Timestamp) -> Facts {
        match self {
            Self::Read(facts) => *facts,
            Self::Unread(listed) => {
                let product = listed.read()?;
                product
                    .into_game(markup, observed_at)
                    .map_err(|reason| reason.to_string())
            }
        }
    }
}

impl Shop {
    /// Parses `entries` on all processors.
    pub(super) async fn parse_ahead(
        &self,
        entries: Vec<ListedEntry>,
        markup: BasisPoints,
    ) -> Result<Vec<ListedEntry>, Error> {
        let mut tasks = Vec::new();
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let some: Vec<ListedEntry> = entries.by_ref().take(PARSED_AT_ONCE).collect();
            let parse = move || some.into_iter().map(|entry| entry.read(markup)).collect::<Vec<_>>();
            tasks.push(self.reader.run(parse));
        }
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }
}
