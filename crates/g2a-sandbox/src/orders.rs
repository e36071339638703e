//! Orders from placement to key: which calls are allowed, when, and their cost.

use std::time::{Duration, Instant};

use axum::http::StatusCode;

use crate::fault_effects::FaultEffects;
use crate::order::{Order, State, number_of};
use crate::settings::{Answer, SecondPay, Settings};

/// A limit on memory.
pub(crate) const MOST_ORDERS: usize = 1_000_000;

const LONGEST_ID: usize = 19;

/// All orders and the wallet that pays for them.
#[derive(Debug)]
pub(crate) struct Orders {
    all: Vec<Order>,
    // How many of them, from the oldest on, are too old to lapse from now on.
    settled: usize,
    payments: u64,
    pub(crate) wallet: u64,
    pub(crate) charged: u64,
    pub(crate) keys_taken: u64,
    /// The key that was handed out last.
    last_key: Option<String>,
}

/// A refusal: its HTTP status and its code.
pub(crate) type Refused = Answer;

impl Orders {
    pub(crate) fn new(settings: &Settings) -> Orders {
        Orders {
            all: Vec::new(),
            settled: 0,
            payments: 0,
            wallet: settings.wallet_cents,
            charged: 0,
            keys_taken: 0,
            last_key: None,
        }
    }

    /// Sets what the wallet holds; `None`: what it would hold had nobody set it.
    pub(crate) fn fill_wallet(&mut self, cents: Option<u64>, settings: &Settings) {
        self.wallet = cents.unwrap_or_else(|| settings.wallet_cents.saturating_sub(self.charged));
    }

    pub(crate) fn all(&self) -> &[Order] {
        &self.all
    }

    /// The number of the next order; `None` when there is no space left.
    pub(crate) fn next(&self, settings: &Settings) -> Option<u64> {
        (self.all.len() < MOST_ORDERS).then(|| settings.first_order + self.all.len() as u64)
    }

    /// Stores an order under the number from [`Orders::next`].
    pub(crate) fn keep(&mut self, number: u64, place: u32, price: u32) {
        self.all.push(Order::new(number, place, price));
    }

    /// The products of reservations that have expired since the last call: their keys return to the stock.
    pub(crate) fn returns(&mut self, settings: &Settings) -> Vec<u32> {
        let mut places = Vec::new();
        while let Some(order) = self.all.get(self.settled)
            && order.made.elapsed() >= settings.reservation
        {
            places.extend((order.payments == 0).then_some(order.place));
            self.settled += 1;
        }
        places
    }

    /// The order with this id.
    ///
    /// # Errors
    ///
    /// `ORD01` for a text that is not an id, `ORD02` for an unknown one.
    pub(crate) fn find(&mut self, id: &str, settings: &Settings) -> Result<&mut Order, Refused> {
        let digits = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(refused(settings, &[StatusCode::BAD_REQUEST], "ORD01"));
        }
        number_of(id)
            .and_then(|number| number.checked_sub(settings.first_order))
            .and_then(|at| self.all.get_mut(usize::try_from(at).ok()?))
            .ok_or_else(|| refused(settings, &[StatusCode::NOT_FOUND], "ORD02"))
    }

    /// Charges the wallet with what `charge` makes of the price, and returns the transaction's id. `processing`: how long this order
    /// is processed.
    ///
    /// # Errors
    ///
    /// `ORD01`, `ORD02`, `ORD110`, `ORD112`, `ORD114`.
    pub(crate) fn pay(
        &mut self,
        id: &str,
        settings: &Settings,
        processing: Duration,
        charge: fn(u64) -> u64,
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
        let price = charge(u64::from(order.price));
        let Some(left) = wallet.checked_sub(price) else {
            return Err(refused(settings, &forbidden, "ORD112"));
        };
        order.payments += 1;
        order.payment = next;
        order.paid_at.get_or_insert_with(Instant::now);
        order.ready.get_or_insert_with(|| Instant::now() + processing);
        let transaction = order.transaction(settings.seed);
        self.wallet = left;
        self.charged += price;
        self.payments = next;
        Ok(transaction)
    }

    /// Returns the key of an order, once.
    ///
    /// # Errors
    ///
    /// `ORD01`, `ORD02`, `ORD03`, `ORD04`, `ORD05`, `ORD06`, `ORD114`; some depend on a setting.
    pub(crate) fn key(
        &mut self,
        id: &str,
        settings: &Settings,
        effects: &FaultEffects,
    ) -> Result<(String, u64), Refused> {
        let unknowns = &settings.unknowns;
        let order = self.find(id, settings)?;
        match order.state(settings) {
            State::Reserved => Err(refused(settings, &[StatusCode::PAYMENT_REQUIRED], "ORD05")),
            State::Lapsed => Err(refused(settings, &[StatusCode::FORBIDDEN], "ORD114")),
            _ if effects.not_ready => {
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
                let (key, number) = (order.key(settings.seed), order.number);
                self.keys_taken += 1;
                let last = self.last_key.replace(key.clone());
                let key = match last {
                    _ if effects.empty_key => String::new(),
                    Some(last) if effects.repeat_key => last,
                    _ => key,
                };
                Ok((key, number))
            }
        }
    }
}

/// The status that the settings choose among those of the sources.
pub(crate) fn refused(settings: &Settings, statuses: &[StatusCode], code: &str) -> Refused {
    let wanted = usize::from(settings.unknowns.alternate_statuses);
    let status = statuses.get(wanted).or(statuses.last()).copied();
    Answer {
        status: status.unwrap_or(StatusCode::BAD_REQUEST),
        code: code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::order::id_of;

    #[test]
    fn a_million_orders_fit_and_no_two_are_alike() {
        let settings = Settings::default();
        let mut orders = Orders::new(&settings);
        while let Some(number) = orders.next(&settings) {
            orders.keep(number, 0, 100);
        }
        assert_eq!(orders.all().len(), MOST_ORDERS);
        let keys: HashSet<_> = orders.all().iter().step_by(7).map(|order| order.key(1)).collect();
        assert_eq!(keys.len(), MOST_ORDERS.div_ceil(7));
        let last = orders.all()[MOST_ORDERS - 1].id();
        assert_eq!(orders.find(&last, &settings).unwrap().number, 999_999);
        assert_eq!(orders.find(&id_of(1_000_000), &settings).unwrap_err().code, "ORD02");
    }
}
