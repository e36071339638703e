//! One order: its id, key and transaction, which are computed from a seed and a number, and its state.

use std::time::{Duration, Instant};

use crate::clock;
use crate::dice::mix;
use crate::settings::Settings;

const FIRST_ID: u64 = 60_000_000_000_000;
const ID_STEP: u64 = 7_919;
/// Without the letters that look like digits.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// One order; its id, key and first transaction are computed from the seed and its number.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) number: u64,
    pub(crate) place: u32,
    /// Cents.
    pub(crate) price: u32,
    pub(crate) made: Instant,
    /// Seconds since the epoch.
    pub(crate) created: i64,
    pub(crate) payments: u32,
    /// The number of its payment, counted over all orders.
    pub(crate) payment: u64,
    pub(crate) paid_at: Option<Instant>,
    pub(crate) ready: Option<Instant>,
    pub(crate) key_taken: bool,
}

/// The state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Reserved,
    Lapsed,
    Processing,
    Complete,
}

/// Digits only.
pub(crate) fn id_of(number: u64) -> String {
    (FIRST_ID + number * ID_STEP).to_string()
}

/// The number of an id from [`id_of`]; `None` for other texts.
pub(crate) fn number_of(id: &str) -> Option<u64> {
    let offset = id.parse::<u64>().ok()?.checked_sub(FIRST_ID)?;
    let number = offset / ID_STEP;
    // A leading zero would be another text for the same number.
    (id_of(number) == id).then_some(number)
}

impl Order {
    /// A reservation that begins now.
    pub(crate) fn new(number: u64, place: u32, price: u32) -> Order {
        Order {
            number,
            place,
            price,
            made: Instant::now(),
            created: clock::now(),
            payments: 0,
            payment: 0,
            paid_at: None,
            ready: None,
            key_taken: false,
        }
    }

    pub(crate) fn id(&self) -> String {
        id_of(self.number)
    }

    pub(crate) fn state(&self, settings: &Settings) -> State {
        match self.ready {
            Some(ready) if Instant::now() >= ready => State::Complete,
            Some(_) => State::Processing,
            None if self.made.elapsed() >= settings.reservation => State::Lapsed,
            None => State::Reserved,
        }
    }

    /// The status in `GET /v1/order/details`, which knows of a payment only after `lag`.
    pub(crate) fn status<'a>(&self, settings: &'a Settings, lag: Duration) -> &'a str {
        let unknowns = &settings.unknowns;
        if self.paid_at.is_some_and(|paid_at| paid_at.elapsed() < lag) {
            return &unknowns.status_new;
        }
        match self.state(settings) {
            State::Reserved => &unknowns.status_new,
            State::Lapsed => &unknowns.status_lapsed,
            State::Processing => &unknowns.status_pending,
            State::Complete => &unknowns.status_complete,
        }
    }

    /// The id of the last payment.
    pub(crate) fn transaction(&self, seed: u64) -> String {
        format!(
            "{:016x}{:016x}",
            mix(seed ^ 0x7A, self.payment),
            mix(seed ^ 0x7B, self.payment)
        )
    }

    /// `AAAAA-BBBBB-CCCCC`. The first 13 letters hold all bits of a mixed number, and mixing is injective: no two
    /// orders of a seed have the same key.
    pub(crate) fn key(&self, seed: u64) -> String {
        let mut mixed = u128::from(mix(seed ^ 0x4B, self.number)) | u128::from(mix(seed ^ 0x4C, self.number)) << 64;
        let mut key = String::with_capacity(17);
        for n in 0..15 {
            if n == 5 || n == 10 {
                key.push('-');
            }
            key.push(char::from(LETTERS[usize::try_from(mixed & 31).unwrap_or(0)]));
            mixed >>= 5;
        }
        key
    }
}

impl State {
    /// The name in the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Reserved => "reserved",
            State::Lapsed => "lapsed",
            State::Processing => "processing",
            State::Complete => "complete",
        }
    }
}
