//! The state of one supplier, and its locks.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio_util::sync::CancellationToken;

use crate::access::{self, Tokens};
use crate::catalogue::Catalogue;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::ledger::Requests;
use crate::notify::Notifications;
use crate::orders::Orders;
use crate::rate::Rate;
use crate::settings::Settings;
use crate::stock::Stock;

/// One supplier. Code that needs both locks takes the memory's first, and does nothing slow under it. Lists are
/// selected under the stock's lock, which has many readers at once.
pub(crate) struct Shop {
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    /// The only correct value of `Authorization`.
    pub(crate) header: String,
    /// Cancelled when the sandbox stops.
    pub(crate) stop: CancellationToken,
    memory: Mutex<Memory>,
    stock: RwLock<Stock>,
}

/// The state of a supplier besides its stock.
pub(crate) struct Memory {
    pub(crate) requests: Requests,
    pub(crate) rate: Rate,
    pub(crate) tokens: Tokens,
    pub(crate) orders: Orders,
    pub(crate) notifications: Notifications,
    pub(crate) faults: Faults,
    pub(crate) dice: Dice,
}

impl Memory {
    fn new(settings: &Settings) -> Memory {
        Memory {
            requests: Requests::default(),
            rate: Rate::new(),
            tokens: Tokens::default(),
            orders: Orders::new(settings),
            notifications: Notifications::default(),
            faults: Faults::default(),
            dice: Dice::new(settings.seed, 0xD1CE),
        }
    }
}

impl Shop {
    pub(crate) fn new(settings: Settings, address: &str, stop: CancellationToken) -> Shop {
        let public = settings.public_url.as_deref().unwrap_or(address).trim_end_matches('/');
        let catalogue = Catalogue::new(settings.seed, settings.products, public);
        Shop {
            header: access::header(&settings),
            memory: Mutex::new(Memory::new(&settings)),
            stock: RwLock::new(Stock::new(&catalogue)),
            catalogue,
            stop,
            settings,
        }
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stock(&self) -> RwLockReadGuard<'_, Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stock_to_change(&self) -> RwLockWriteGuard<'_, Stock> {
        self.stock.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to the start.
    pub(crate) fn reset(&self) {
        // Computed before the lock is taken.
        let stock = Stock::new(&self.catalogue);
        let mut memory = self.memory();
        *memory = Memory::new(&self.settings);
        *self.stock_to_change() = stock;
    }

    /// Returns the keys of expired reservations to the stock.
    pub(crate) fn return_lapsed(&self) {
        let mut memory = self.memory();
        let places = memory.orders.returns(&self.settings);
        if !places.is_empty() {
            let mut stock = self.stock_to_change();
            for place in places {
                stock.move_one(place, true);
            }
        }
    }

    /// The current product at a place as JSON.
    pub(crate) fn product(&self, place: u32) -> String {
        self.product_at(place, 1)
    }

    /// The same, with its prices divided by this number; a cent at least.
    pub(crate) fn product_at(&self, place: u32, divisor: u32) -> String {
        let (mut facts, edit) = {
            let stock = self.stock();
            (stock.facts(place), stock.edit(place).cloned())
        };
        facts.price = (facts.price / divisor).max(facts.price.min(1));
        self.catalogue.product(place, facts, edit.as_deref())
    }
}
