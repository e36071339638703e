//! What one pass over a query partition received, so that a list that names a product twice can be told from one of which
//! the pages were shifted.

use serde::{Deserialize, Serialize};

use super::pages::Page;

/// The documents that a pass received, each as often as it was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Their number.
    pub(super) documents: u64,
    /// The sum of their hashes: equal for two passes that received the same documents in any order.
    sum: u64,
    /// Pages that began with the last document of the page before.
    by_one: u32,
    /// Pages that began with several of the last documents of the page before.
    by_more: u32,
}

/// The documents of one page.
#[derive(Clone, Debug, Default)]
pub(super) struct PageTally {
    /// The hashes of the products, in the page's order.
    hashes: Vec<u64>,
    documents: u64,
}

impl PageTally {
    pub(super) fn of(page: &Page) -> Self {
        Self {
            hashes: page.hashes.clone(),
            documents: page.documents(),
        }
    }

    /// Whether both pages show a product.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.hashes.iter().any(|hash| other.hashes.contains(hash))
    }

    /// Whether both pages show the same products in the same order.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.hashes == other.hashes
    }

    /// How many documents at the end of this page are, in the same order, the beginning of `next`.
    fn repeated_by(&self, next: &Self) -> usize {
        let most = self.hashes.len().min(next.hashes.len());
        let repeats = |n: &usize| self.hashes.ends_with(&next.hashes[..*n]);
        (1..=most).rev().find(repeats).unwrap_or(0)
    }
}

impl Tally {
    pub(super) fn add(&mut self, page: &PageTally) {
        self.documents += page.documents;
        for hash in &page.hashes {
            self.sum = self.sum.wrapping_add(*hash);
        }
    }

    /// Takes back a page that was requested again.
    pub(super) fn remove(&mut self, page: &PageTally) {
        self.documents -= page.documents;
        for hash in &page.hashes {
            self.sum = self.sum.wrapping_sub(*hash);
        }
    }

    /// Compares neighbouring pages.
    pub(super) fn compare(&mut self, page: &PageTally, next: &PageTally) {
        match page.repeated_by(next) {
            0 => {}
            1 => self.by_one += 1,
            _ => self.by_more += 1,
        }
    }

    /// Whether another pass received the same documents.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        (self.documents, self.sum) == (other.documents, other.sum)
    }

    /// Whether no page overlapped its neighbour. A product that stands in two neighbouring rows may fall on two pages; pages
    /// that are numbered wrongly overlap by more than one, or nearly all of them do.
    pub(super) const fn is_paged_well(&self, pages: u32) -> bool {
        self.by_more == 0 && self.by_one <= pages / 4 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(hashes: impl IntoIterator<Item = u64>) -> PageTally {
        let hashes: Vec<u64> = hashes.into_iter().collect();
        let documents = hashes.len() as u64;
        PageTally { hashes, documents }
    }

    fn tally(pages: &[PageTally]) -> Tally {
        let mut tally = Tally::default();
        pages.iter().for_each(|page| tally.add(page));
        pages.windows(2).for_each(|two| tally.compare(&two[0], &two[1]));
        tally
    }

    #[test]
    fn the_order_of_documents_does_not_count_and_their_number_does() {
        let one = tally(&[page([1, 2]), page([3, 1])]);
        assert!(one.same_as(&tally(&[page([1, 1]), page([2, 3])])));
        assert!(!one.same_as(&tally(&[page([1, 2]), page([3])])));
        assert!(!one.same_as(&tally(&[page([1, 2]), page([3, 2])])));
        let mut shorter = one;
        shorter.remove(&page([3, 1]));
        assert!(shorter.same_as(&tally(&[page([1, 2])])));
    }

    #[test]
    fn doubled_rows_are_no_shifted_pages() {
        let doubled_far_apart = [page(1..=20), page(21..=40), page([41, 1])];
        let all_named_twice = [page(1..=20), page((21..=30).chain(1..=10)), page(11..=30)];
        let in_neighbouring_rows = [page(1..=20), page(20..=39)];
        for pages in [&doubled_far_apart[..], &all_named_twice, &in_neighbouring_rows] {
            assert!(tally(pages).is_paged_well(3), "{pages:?}");
        }
        let page_repeated = [page(1..=20), page(1..=20), page(21..=40)];
        let too_early = [page(1..=20), page(18..=37)];
        let each_by_one: Vec<PageTally> = (0..12).map(|n| page(n * 19..n * 19 + 20)).collect();
        for pages in [&page_repeated[..], &too_early, &each_by_one] {
            assert!(!tally(pages).is_paged_well(12), "{pages:?}");
        }
    }
}
