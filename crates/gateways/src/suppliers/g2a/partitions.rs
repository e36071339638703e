//! Partitions of G2A's list: opened, and split where one query cannot show them.

use domain::query_partition::{QueryPartition, SplitBy};

use super::crawl::Crawl;
use super::position::{Reading, tolerance};
use crate::supplier::{PRODUCTS_PER_QUERY_MAX, SupplierError};

/// How often the totals of a partition and its halves are compared before they count as different.
const COMPARED_MAX: u32 = 3;

/// What became of a partition that one query cannot show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// Its halves are to be read.
    Halves,
    /// It cannot be split.
    Impossible,
    /// Its halves count more than it does: it is to be opened again, without counts.
    Distrusted,
}

impl Crawl {
    /// Requests the length of a partition, and splits it if it is too long; `false` if there is nothing to read of it now.
    pub(super) async fn open(&mut self, partition: QueryPartition) -> Result<bool, SupplierError> {
        let first = match self.ask(&partition, 1).await {
            Ok(first) => first,
            Err(error) if !self.position.answered => return Err(error),
            Err(error) => {
                self.failed(&error)?;
                self.incomplete(format!("{partition}: {error}"));
                self.position.close_partition();
                return Ok(false);
            }
        };
        if !self.position.answered {
            self.position.answered = true;
            self.position.total = first.total;
        }
        if self.position.is_uncounted {
            return Ok(self.open_uncounted(partition, first).await);
        }
        let mut reading = Reading::of(first.total);
        if first.total > PRODUCTS_PER_QUERY_MAX {
            if self.split(partition, first.total).await != Split::Impossible {
                return Ok(false);
            }
            reading.given_up = true;
        }
        self.position.reading = Some(reading);
        self.opened_with = Some(first);
        Ok(true)
    }

    /// Replaces a partition that one query cannot show with its halves, if their totals add up to its own.
    pub(super) async fn split(&mut self, partition: QueryPartition, total: u64) -> Split {
        let Some((by, halves)) = partition.halves(self.asker.request.clock.now()) else {
            self.incomplete(format!(
                "{partition}: one price and one second hold {total} products, of which the supplier shows {PRODUCTS_PER_QUERY_MAX}"
            ));
            return Split::Impossible;
        };
        let mut whole = total;
        for compared in 1..=COMPARED_MAX {
            let (low, high) = tokio::join!(self.ask(&halves[0], 1), self.ask(&halves[1], 1));
            let [low, high] = [low, high].map(|half| half.map_or(0, |page| page.total));
            let sum = low.saturating_add(high);
            let is_too_much = sum > whole.saturating_add(tolerance(whole));
            if sum >= whole && !is_too_much {
                break;
            }
            if compared == COMPARED_MAX && is_too_much {
                let why = format!("the supplier counts {whole} products in it, but {low} and {high} in its halves");
                self.distrust(partition, &why);
                return Split::Distrusted;
            }
            if compared == COMPARED_MAX {
                let why = match by {
                    SplitBy::Price => "",
                    SplitBy::Time => ": they have no time of change",
                };
                let lost = whole - sum;
                self.incomplete(format!(
                    "{partition}: {lost} of {whole} products stand in neither half{why}"
                ));
            } else if let Ok(page) = self.ask(&partition, 1).await {
                // The list may have changed between the requests.
                whole = page.total;
            }
        }
        self.position.split_partition(halves);
        Split::Halves
    }
}
