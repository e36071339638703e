//! What a running sandbox remembers: changes, counts, tokens, faults.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Settings;
use crate::catalogue::{Catalogue, Facts};
use crate::clock;
use crate::dice::Dice;
use crate::faults::{Call, Fate, Faults};
use crate::query::Filter;

/// A recorded token of the supplier lived as long.
pub(crate) const TOKEN_SECONDS: u64 = 300;
const MOST_TOKENS: usize = 1_000;
const MOST_PATHS: usize = 500;
const SELECTIONS: usize = 4;

/// What was changed of one product since the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) price: Option<u32>,
    pub(crate) qty: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) gone: bool,
    pub(crate) updated: i64,
}

/// One supplier.
pub(crate) struct Shop {
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    authorization: String,
    memory: Mutex<Memory>,
}

struct Memory {
    changes: HashMap<u32, Change>,
    requests: BTreeMap<String, u64>,
    recent: VecDeque<Instant>,
    tokens: HashMap<String, Instant>,
    // The last few lists, so that reading a large catalogue page by page does not sift all of it for every page.
    selections: VecDeque<(Filter, Arc<Vec<u32>>)>,
    faults: Faults,
    dice: Dice,
}

impl Memory {
    fn new(seed: u64) -> Memory {
        Memory {
            changes: HashMap::new(),
            requests: BTreeMap::new(),
            recent: VecDeque::new(),
            tokens: HashMap::new(),
            selections: VecDeque::new(),
            faults: Faults::default(),
            dice: Dice::new(seed, 0xD1CE),
        }
    }
}

impl Shop {
    pub(crate) fn new(settings: Settings, address: &str) -> Shop {
        let public = settings.public_url.clone().unwrap_or_else(|| address.to_owned());
        let key = format!("{}{}{}", settings.client_id, settings.email, settings.client_secret);
        Shop {
            catalogue: Catalogue::new(settings.seed, settings.products, public.trim_end_matches('/')),
            authorization: format!("{}, {}", settings.client_id, hex::encode(Sha256::digest(key))),
            memory: Mutex::new(Memory::new(settings.seed)),
            settings,
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to the start.
    pub(crate) fn reset(&self) {
        *self.memory() = Memory::new(self.settings.seed);
    }

    pub(crate) fn count(&self, path: &str) {
        let requests = &mut self.memory().requests;
        let known = requests.contains_key(path) || requests.len() < MOST_PATHS;
        *requests
            .entry(if known { path.to_owned() } else { "(others)".to_owned() })
            .or_default() += 1;
    }

    pub(crate) fn ledger(&self) -> Value {
        json!({"orders": [], "charged": 0, "keysTaken": 0, "requests": self.memory().requests})
    }

    /// Whether one more call fits into the last 60 seconds; refused ones do not count.
    pub(crate) fn within_rate(&self) -> bool {
        let mut memory = self.memory();
        let now = Instant::now();
        while memory
            .recent
            .front()
            .is_some_and(|then| now.duration_since(*then) >= Duration::from_secs(60))
        {
            memory.recent.pop_front();
        }
        let fits = memory.recent.len() < self.settings.rate_per_minute as usize;
        if fits {
            memory.recent.push_back(now);
        }
        fits
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.memory().faults = faults;
    }

    pub(crate) fn fate(&self, call: Call) -> Fate {
        let memory = &mut *self.memory();
        memory.faults.strike(call, &mut memory.dice)
    }

    /// Whether a value of `Authorization` is the hash header or a Bearer token that lives.
    pub(crate) fn admits(&self, value: &str) -> bool {
        match value.strip_prefix("Bearer ") {
            Some(token) => {
                let lifetime = Duration::from_secs(TOKEN_SECONDS);
                self.memory()
                    .tokens
                    .get(token.trim())
                    .is_some_and(|made| made.elapsed() < lifetime)
            }
            None => same(value, &self.authorization),
        }
    }

    /// A new Bearer token, or `None` for wrong credentials.
    pub(crate) fn token(&self, client_id: &str, client_secret: &str) -> Option<String> {
        // Both are compared before either counts, so that time tells nothing about which one is wrong.
        let right = same(client_id, &self.settings.client_id) & same(client_secret, &self.settings.client_secret);
        if !right {
            return None;
        }
        let mut memory = self.memory();
        memory
            .tokens
            .retain(|_, made| made.elapsed() < Duration::from_secs(TOKEN_SECONDS));
        if memory.tokens.len() >= MOST_TOKENS {
            memory.tokens.clear();
        }
        let token = format!("{:016x}{:016x}", memory.dice.roll(), memory.dice.roll());
        memory.tokens.insert(token.clone(), Instant::now());
        Some(token)
    }

    /// The places of all products that a filter lets through, in the order of the list.
    pub(crate) fn select(&self, filter: &Filter) -> Arc<Vec<u32>> {
        let mut memory = self.memory();
        if let Some((_, found)) = memory.selections.iter().find(|(asked, _)| asked == filter) {
            return Arc::clone(found);
        }
        let places = match &filter.id {
            Some(id) => self.catalogue.place_of(id).into_iter().collect::<Vec<_>>(),
            None => (0..self.settings.products).collect(),
        };
        let kept = places.into_iter().filter(|place| match memory.changes.get(place) {
            Some(change) => !change.gone && filter.keeps(&self.catalogue.facts(*place).changed(change)),
            None => filter.keeps(&self.catalogue.facts(*place)),
        });
        let found = Arc::new(kept.collect::<Vec<_>>());
        if filter.id.is_none() {
            memory.selections.truncate(SELECTIONS - 1);
            memory.selections.push_front((filter.clone(), Arc::clone(&found)));
        }
        found
    }

    /// The product at a place, as it is now.
    pub(crate) fn product(&self, place: u32) -> Value {
        let change = self.memory().changes.get(&place).cloned();
        self.catalogue.product(place, change.as_ref())
    }

    pub(crate) fn is_gone(&self, place: u32) -> bool {
        self.memory().changes.get(&place).is_some_and(|change| change.gone)
    }

    /// Changes one product and moves its `updated_at`.
    pub(crate) fn change(&self, place: u32, edit: impl FnOnce(&mut Change)) {
        let memory = &mut *self.memory();
        let change = memory.changes.entry(place).or_default();
        edit(change);
        change.updated = clock::now();
        memory.selections.clear();
    }

    /// Moves price and stock of so many different products; answers their places.
    pub(crate) fn drift(&self, changes: u32) -> Vec<u32> {
        let memory = &mut *self.memory();
        let products = self.settings.products;
        let mut chosen = Vec::new();
        // A walk with a stride coprime to the catalogue meets every product once.
        let stride = (0..)
            .map(|step| products / 2 + 1 + step)
            .find(|stride| coprime(*stride, products))
            .unwrap_or(1);
        let mut place = memory.dice.below(products);
        while chosen.len() < changes.min(products) as usize {
            let now = match memory.changes.get(&place) {
                Some(change) => self.catalogue.facts(place).changed(change),
                None => self.catalogue.facts(place),
            };
            let change = memory.changes.entry(place).or_default();
            let price = now.price * memory.dice.between(80, 125) / 100;
            // Whatever the dice say, a drift is seen.
            change.price = Some(if price == now.price { price + 1 } else { price.max(1) });
            change.qty = Some(if memory.dice.percent(8) {
                0
            } else {
                memory.dice.between(1, now.qty.max(10) * 2).min(4000)
            });
            change.updated = clock::now();
            chosen.push(place);
            place = u32::try_from((u64::from(place) + u64::from(stride)) % u64::from(products.max(1))).unwrap_or(0);
        }
        memory.selections.clear();
        chosen
    }
}

impl Facts {
    /// The same product after a change.
    pub(crate) fn changed(self, change: &Change) -> Facts {
        Facts {
            price: change.price.unwrap_or(self.price),
            qty: change.qty.unwrap_or(self.qty),
            updated: Some(change.updated),
        }
    }
}

fn coprime(mut a: u32, mut b: u32) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// Compares in a time that depends on neither text: the hashes are of one length, and every byte is looked at.
fn same(given: &str, right: &str) -> bool {
    let (given, right) = (Sha256::digest(given), Sha256::digest(right));
    given
        .iter()
        .zip(right.iter())
        .fold(0, |difference, (a, b)| difference | (a ^ b))
        == 0
}
