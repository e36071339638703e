//! The current stock: price, keys and time of every product, twelve bytes each, and the lists selected from them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

use crate::catalogue::{Catalogue, Facts};
use crate::clock;
use crate::dice::Dice;
use crate::query::Filter;

/// The products on 500 pages, the last that can be requested.
const MOST_SHOWN: usize = 10_000;
/// 40 KB each at most.
const SELECTIONS: usize = 64;

/// Far above any real offer; no drift exceeds it.
pub(crate) const MOST_CENTS: u32 = 10_000_000;

/// The fields that an edit may change besides price and keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    pub(crate) name: Option<String>,
    pub(crate) gone: bool,
    /// Fields that replace the product's own in answers, as raw JSON.
    pub(crate) raw: BTreeMap<String, Box<RawValue>>,
    /// Fields that are left out of answers.
    pub(crate) without: Vec<String>,
}

/// A list of products: its total, and the places of those that pages can show.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) total: usize,
    pub(crate) places: Vec<u32>,
}

/// The whole stock.
#[derive(Debug)]
pub(crate) struct Stock {
    prices: Vec<u32>,
    quantities: Vec<u32>,
    // Seconds since the epoch; 0 where the supplier leaves it empty.
    updated: Vec<u32>,
    edits: HashMap<u32, Arc<Edit>>,
    dice: Dice,
    // The last lists, so that reading page by page does not filter the whole stock for every page. Cleared by any change.
    selections: Mutex<VecDeque<(Filter, Arc<Selection>)>>,
}

impl Stock {
    /// The stock at the start. A million products take a fifth of a second.
    pub(crate) fn new(catalogue: &Catalogue) -> Stock {
        let products = catalogue.products();
        let mut stock = Stock {
            prices: Vec::with_capacity(products as usize),
            quantities: Vec::with_capacity(products as usize),
            updated: Vec::with_capacity(products as usize),
            edits: HashMap::new(),
            dice: Dice::new(catalogue.seed(), 0xD81F),
            selections: Mutex::default(),
        };
        for place in 0..products {
            let facts = catalogue.facts(place);
            stock.prices.push(facts.price);
            stock.quantities.push(facts.qty);
            stock.updated.push(facts.updated.map_or(0, seconds));
        }
        stock
    }

    /// Price, keys and time of a product; `place` is below the number of products.
    pub(crate) fn facts(&self, place: u32) -> Facts {
        let at = place as usize;
        Facts {
            price: self.prices[at],
            qty: self.quantities[at],
            updated: Some(self.updated[at]).filter(|at| *at > 0).map(i64::from),
        }
    }

    pub(crate) fn edit(&self, place: u32) -> Option<&Arc<Edit>> {
        self.edits.get(&place)
    }

    pub(crate) fn is_gone(&self, place: u32) -> bool {
        self.edits.get(&place).is_some_and(|edit| edit.gone)
    }

    /// Whether a product is in a list.
    pub(crate) fn shows(&self, place: u32, filter: &Filter) -> bool {
        let at = place as usize;
        filter.keeps(self.prices[at], self.quantities[at], self.updated[at]) && !self.is_gone(place)
    }

    /// All products that a filter admits, in the order of the list.
    pub(crate) fn select(&self, filter: &Filter) -> Arc<Selection> {
        if let Some((_, found)) = self.kept().iter().find(|(asked, _)| asked == filter) {
            return Arc::clone(found);
        }
        let mut found = Selection {
            total: 0,
            places: Vec::new(),
        };
        let edited = !self.edits.is_empty();
        for (place, ((price, qty), updated)) in (0..).zip(self.prices.iter().zip(&self.quantities).zip(&self.updated)) {
            if filter.keeps(*price, *qty, *updated) && !(edited && self.is_gone(place)) {
                found.total += 1;
                if found.places.len() < MOST_SHOWN {
                    found.places.push(place);
                }
            }
        }
        let found = Arc::new(found);
        let mut kept = self.kept();
        // Several readers of one list may all have selected it.
        if !kept.iter().any(|(asked, _)| asked == filter) {
            kept.truncate(SELECTIONS - 1);
            kept.push_front((filter.clone(), Arc::clone(&found)));
        }
        found
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<(Filter, Arc<Selection>)>> {
        self.selections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&mut self, place: u32) {
        self.updated[place as usize] = seconds(clock::now());
        self.forget();
    }

    fn forget(&mut self) {
        self.selections
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Changes one product and moves its `updated_at`.
    pub(crate) fn change(&mut self, place: u32, price: Option<u32>, qty: Option<u32>, edit: impl FnOnce(&mut Edit)) {
        let at = place as usize;
        self.prices[at] = price.unwrap_or(self.prices[at]);
        self.quantities[at] = qty.unwrap_or(self.quantities[at]);
        edit(Arc::make_mut(self.edits.entry(place).or_default()));
        self.changed(place);
    }

    /// Takes one key away or puts one back. A sale does not change `updated_at`.
    pub(crate) fn move_one(&mut self, place: u32, back: bool) {
        let qty = &mut self.quantities[place as usize];
        *qty = if back {
            qty.saturating_add(1)
        } else {
            qty.saturating_sub(1)
        };
        self.forget();
    }

    /// Changes price and stock of so many different products; returns their places.
    pub(crate) fn drift(&mut self, changes: u32) -> Vec<u32> {
        let products = u32::try_from(self.prices.len()).unwrap_or(u32::MAX);
        let now = seconds(clock::now());
        // Steps coprime to the size of the catalogue reach every product once.
        let stride = (0..)
            .map(|step| products / 2 + 1 + step)
            .find(|stride| coprime(*stride, products))
            .unwrap_or(1);
        let mut place = self.dice.below(products);
        let mut chosen = Vec::new();
        while chosen.len() < changes.min(products) as usize {
            let at = place as usize;
            let (old, qty) = (self.prices[at], self.quantities[at]);
            let moved = u64::from(old) * u64::from(self.dice.between(80, 125)) / 100;
            let price = u32::try_from(moved).unwrap_or(u32::MAX).min(MOST_CENTS);
            // Ensures that a drift always changes the price.
            self.prices[at] = match price {
                _ if price != old => price.max(1),
                MOST_CENTS => MOST_CENTS - 1,
                _ => price + 1,
            };
            self.quantities[at] = if self.dice.percent(8) {
                0
            } else {
                self.dice.between(1, qty.max(10) * 2).min(4000)
            };
            self.updated[at] = now;
            chosen.push(place);
            place = u32::try_from((u64::from(place) + u64::from(stride)) % u64::from(products.max(1))).unwrap_or(0);
        }
        self.forget();
        chosen
    }
}

/// Valid until the year 2106.
fn seconds(time: i64) -> u32 {
    u32::try_from(time).unwrap_or(0)
}

fn coprime(mut a: u32, mut b: u32) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
