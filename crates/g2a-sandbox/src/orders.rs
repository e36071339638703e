//! Orders from their making to their key: what may be done with one, when, and what it costs.

use std::collections::VecDeque;
use std::time::Instant;

use axum::http::StatusCode;

use crate::clock;
use crate::dice::mix;
use crate::settings::{Answer, SecondPay, Settings};

/// More would cost more memory than a test's supplier should.
pub(crate) const MOST_ORDERS: usize = 1_000_000;

const FIRST_ID: u64 = 60_000_000_000_000;
const ID_STEP: u64 = 7_919;
const LONGEST_ID: usize = 19;
/// Without the letters that are taken for digits.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// One order; its id, key and first transaction follow from the seed and its number.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) number: u64,
    pub(crate) place: u32,
    /// Cents.
    pub(crate) price: u32,
    made: Instant,
    /// Seconds since the epoch.
    pub(crate) created: i64,
    pub(crate) payments: u32,
    /// The number of the last payment of all.
    payment: u64,
    ready: Option<Instant>,
    pub(crate) key_taken: bool,
    returned: bool,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Reserved,
    Lapsed,
    Processing,
    Complete,
}

/// All orders and the wallet that pays for them.
#[derive(Debug)]
pub(crate) struct Orders {
    all: Vec<Order>,
    // The places in `all` whose reservation may yet lapse, oldest first.
    waiting: VecDeque<usize>,
    payments: u64,
    pub(crate) wallet: u64,
    pub(crate) charged: u64,
    pub(crate) keys_taken: u64,
}

/// A refusal as it is known: the HTTP statuses that the sources name, first the likeliest, and the code.
pub(crate) type Refused = Answer;

impl Orders {
    pub(crate) fn new(settings: &Settings) -> Orders {
        Orders {
            all: Vec::new(),
            waiting: VecDeque::new(),
            payments: 0,
            wallet: settings.wallet_cents,
            charged: 0,
            keys_taken: 0,
        }
    }

    pub(crate) fn all(&self) -> &[Order] {
        &self.all
    }

    /// The number of the order to come; `None` when no more fit.
    pub(crate) fn next(&self, settings: &Settings) -> Option<u64> {
        (self.all.len() < MOST_ORDERS).then(|| settings.first_order + self.all.len() as u64)
    }

    /// Keeps an order under the number that [`Orders::next`] gave.
    pub(crate) fn keep(&mut self, number: u64, place: u32, price: u32) {
        self.waiting.push_back(self.all.len());
        self.all.push(Order {
            number,
            place,
            price,
            made: Instant::now(),
            created: clock::now(),
            payments: 0,
            payment: 0,
            ready: None,
            key_taken: false,
            returned: false,
        });
    }

    /// The products of reservations that have lapsed since the last call: their keys go back on sale.
    pub(crate) fn returns(&mut self, settings: &Settings) -> Vec<u32> {
        let mut places = Vec::new();
        while let Some(order) = self.waiting.front().and_then(|at| self.all.get_mut(*at)) {
            if order.made.elapsed() < settings.reservation {
                break;
            }
            if order.payments == 0 && !order.returned {
                order.returned = true;
                places.push(order.place);
            }
            self.waiting.pop_front();
        }
        places
    }

    /// The order with this id.
    ///
    /// # Errors
    /// `ORD01` for what is no id, `ORD02` for what is nobody's.
    pub(crate) fn find(&mut self, id: &str, settings: &Settings) -> Result<&mut Order, Refused> {
        let digits = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(refused(settings, &[StatusCode::BAD_REQUEST], "ORD01"));
        }
        let at = id
            .parse::<u64>()
            .ok()
            .and_then(|id| id.checked_sub(FIRST_ID))
            .filter(|offset| offset % ID_STEP == 0)
            .and_then(|offset| (offset / ID_STEP).checked_sub(settings.first_order))
            .and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.all.get_mut(at))
            .filter(|order| order.id() == id)
            .ok_or_else(|| refused(settings, &[StatusCode::NOT_FOUND], "ORD02"))
    }

    /// Charges the wallet, and answers the transaction's id. `processing`: how long this one takes.
    ///
    /// # Errors
    /// `ORD01`, `ORD02`, `ORD110`, `ORD112`, `ORD114`.
    pub(crate) fn pay(
        &mut self,
        id: &str,
        settings: &Settings,
        processing: std::time::Duration,
    ) -> Result<String, Refused> {
        let (wallet, next) = (self.wallet, self.payments + 1);
        let order = self.find(id, settings)?;
        let forbidden = [StatusCode::FORBIDDEN];
        match (order.state(settings), settings.unknowns.second_pay) {
            (State::Lapsed, _) => return Err(refused(settings, &forbidden, "ORD114")),
            (State::Reserved, _) | (_, SecondPay::ChargeAgain) => {}
            (_, SecondPay::SameTransaction) => return Ok(order.transaction(settings.seed)),
            (_, SecondPay::Ord110) => return Err(refused(settings, &forbidden, "ORD110")),
        }
        let price = u64::from(order.price);
        let Some(left) = wallet.checked_sub(price) else {
            return Err(refused(settings, &forbidden, "ORD112"));
        };
        order.payments += 1;
        order.payment = next;
        order.ready.get_or_insert_with(|| Instant::now() + processing);
        let transaction = order.transaction(settings.seed);
        self.wallet = left;
        self.charged += price;
        self.payments = next;
        Ok(transaction)
    }

    /// Hands out the key of an order, once. `hold`: answer as if its payment were not ready.
    ///
    /// # Errors
    /// `ORD01`, `ORD02`, `ORD03`, `ORD04`, `ORD05`, `ORD06`, `ORD114`; which of them is partly a setting.
    pub(crate) fn key(&mut self, id: &str, settings: &Settings, hold: bool) -> Result<(String, u64), Refused> {
        let unknowns = &settings.unknowns;
        let order = self.find(id, settings)?;
        match order.state(settings) {
            State::Reserved => Err(refused(settings, &[StatusCode::PAYMENT_REQUIRED], "ORD05")),
            State::Lapsed => Err(refused(settings, &[StatusCode::FORBIDDEN], "ORD114")),
            _ if hold => {
                let statuses = [StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST];
                Err(refused(settings, &statuses, "ORD03"))
            }
            State::Processing => Err(unknowns.processing.clone()),
            State::Complete if order.key_taken => {
                let statuses = [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND];
                Err(refused(settings, &statuses, &unknowns.key_taken_code))
            }
            State::Complete => {
                order.key_taken = true;
                let taken = (order.key(settings.seed), order.number);
                self.keys_taken += 1;
                Ok(taken)
            }
        }
    }
}

/// The status that the settings choose among those that the sources name.
pub(crate) fn refused(settings: &Settings, statuses: &[StatusCode], code: &str) -> Refused {
    let wanted = usize::from(settings.unknowns.alternate_statuses);
    let status = statuses.get(wanted).or(statuses.last()).copied();
    Answer {
        status: status.unwrap_or(StatusCode::BAD_REQUEST),
        code: code.to_owned(),
    }
}

/// Digits only.
pub(crate) fn id_of(number: u64) -> String {
    (FIRST_ID + number * ID_STEP).to_string()
}

impl Order {
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

    /// As `GET /v1/order/details` names it.
    pub(crate) fn status<'a>(&self, settings: &'a Settings) -> &'a str {
        let unknowns = &settings.unknowns;
        match self.state(settings) {
            State::Reserved => &unknowns.status_new,
            State::Lapsed => &unknowns.status_lapsed,
            State::Processing => &unknowns.status_pending,
            State::Complete => &unknowns.status_complete,
        }
    }

    /// The last payment's id.
    pub(crate) fn transaction(&self, seed: u64) -> String {
        format!(
            "{:016x}{:016x}",
            mix(seed ^ 0x7A, self.payment),
            mix(seed ^ 0x7B, self.payment)
        )
    }

    /// `AAAAA-BBBBB-CCCCC`. The first 13 letters hold all of a mixed number, and mixing maps no two numbers to one: no two
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
    /// As the ledger names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Reserved => "reserved",
            State::Lapsed => "lapsed",
            State::Processing => "processing",
            State::Complete => "complete",
        }
    }
}
