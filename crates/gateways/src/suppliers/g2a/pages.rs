//! Pages of G2A's list, several requested at once and delivered in order.

use std::ops::RangeInclusive;

use domain::query_partition::QueryPartition;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::REQUESTS_AT_ONCE;
use crate::supplier::{ListClient, SupplierError};
use crate::suppliers::{CrawlRequest, CrawledProduct};

/// A page of the list.
pub(super) struct Page {
    /// How many products the partition has.
    pub(super) total: u64,
    /// The products that it shows.
    pub(super) shown: Vec<CrawledProduct>,
    /// Why the others, whose ids are not readable, could not be read.
    pub(super) unidentified: Vec<String>,
}

/// The number of a page, and the answer to the request for it.
pub(super) type Answer = (u32, Result<Page, SupplierError>);

/// Requests one page; its products are dated by the moment before the request.
pub(super) async fn ask(
    client: &ListClient,
    request: &CrawlRequest,
    partition: &QueryPartition,
    page: u32,
) -> Result<Page, SupplierError> {
    let observed_at = request.clock.now();
    let answer = client.page(partition, page, request.priority).await?;
    let (mut shown, mut unidentified) = (Vec::with_capacity(answer.products.len()), Vec::new());
    for listed in answer.products {
        match listed.id() {
            Some(id) => shown.push(CrawledProduct {
                id,
                listed,
                observed_at,
                again: false,
            }),
            None => {
                let why = listed.read().err();
                unidentified.push(why.unwrap_or_else(|| "the id cannot be read".to_owned()));
            }
        }
    }
    Ok(Page {
        total: answer.total,
        shown,
        unidentified,
    })
}

/// Pages on their way, in order. Dropping this cancels the requests.
pub(super) struct PageStream {
    answers: mpsc::Receiver<Answer>,
    _fetcher: AbortOnDropHandle<()>,
}

impl PageStream {
    /// Requests `pages`, at most as many ahead as a batch has.
    pub(super) fn fetch(
        client: &ListClient,
        request: &CrawlRequest,
        partition: QueryPartition,
        pages: RangeInclusive<u32>,
    ) -> Self {
        let ahead = usize::try_from(request.batch_pages).unwrap_or(1).max(1);
        let (send, answers) = mpsc::channel(ahead);
        let (client, request) = (client.clone(), request.clone());
        // Each in a task of its own: decoding a page is work, and there may be more than one processor.
        let one = move |page| {
            let (client, request) = (client.clone(), request.clone());
            let asked = tokio::spawn(async move { ask(&client, &request, &partition, page).await });
            let asked = AbortOnDropHandle::new(asked);
            async move {
                let answer = asked
                    .await
                    .unwrap_or_else(|gone| Err(SupplierError::Answer(gone.to_string())));
                (page, answer)
            }
        };
        let fetcher = tokio::spawn(async move {
            let mut pages_ahead = futures::stream::iter(pages).map(one).buffered(REQUESTS_AT_ONCE);
            while let Some(answer) = pages_ahead.next().await {
                if send.send(answer).await.is_err() {
                    return;
                }
            }
        });
        Self {
            answers,
            _fetcher: AbortOnDropHandle::new(fetcher),
        }
    }

    /// The next page, or `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Answer> {
        self.answers.recv().await
    }
}
