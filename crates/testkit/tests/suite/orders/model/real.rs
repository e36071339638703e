//! The shop: each deed by the use case that does it, and what can be read of it afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::{GameId, OrderId, UnitId};
use domain::money::BasisPoints;
use domain::own_key::KeyImportId;
use domain::refusal::Refusal;
use domain::tax::{Country, TaxTerms};
use domain::unit::UnitState;
use domain::wallet::WalletOrder;
use proptest_state_machine::StateMachineTest;
use services::orders::OrderRules;
use services::{Error, Shop};
use testkit::{Kind, TestShop, operator};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::reference::{CUSTOMERS, Deed, Model, OWN, Outcome};
use crate::orders::{Buyer, all_is_well, balance, games, request, stock};
use crate::wallets::change;

/// A shop with its customers, and what the test has to know of it.
pub(super) struct Real<const ON_POSTGRES: bool> {
    shop: TestShop,
    /// The same without a limit of orders, and with tax.
    selling: Shop,
    customers: Vec<Buyer>,
    /// One of which the shop holds keys, and one that only the supplier has.
    games: [GameId; 2],
    orders: Vec<OrderId>,
    imports: Vec<KeyImportId>,
    /// The deeds until now.
    deeds: usize,
    /// The keys that were shown, and of which unit each was.
    shown: BTreeMap<String, UnitId>,
}

fn outcome<T>(done: Result<T, Error>) -> Outcome {
    match done {
        Ok(_) => Outcome::Done,
        Err(Error::Refused(Refusal::TooFewCopies { .. } | Refusal::GameNotFound)) => Outcome::TooFewCopies,
        Err(Error::Refused(Refusal::InsufficientBalance { .. })) => Outcome::BalanceTooLow,
        Err(Error::Refused(Refusal::OrderNotCancellable)) => Outcome::NothingToCancel,
        Err(Error::Refused(Refusal::KeyNotFound)) => Outcome::NoKey,
        Err(Error::Refused(Refusal::Invalid(_))) => Outcome::ReasonMissing,
        Err(error) => panic!("{error:?}"),
    }
}

/// The supplier has nothing of the first game, enough of the second, and everything costs the same.
async fn even(kind: Kind, shop: &TestShop, games: [GameId; 2]) {
    let sold_out = match kind {
        Kind::Sqlite => format!("x'{}'", games[0].0.simple()),
        Kind::Postgres => format!("'{}'", games[0].0),
    };
    let tx = shop.db.begin().await.unwrap();
    for sql in [
        "UPDATE offers SET cost_cents = 1000, price_cents = 1020, supplier_qty = 1000 WHERE supplier = 'g2a'"
            .to_owned(),
        format!("UPDATE offers SET supplier_qty = 0 WHERE game_id = {sold_out}"),
        "UPDATE games SET price_cents = 1020, copies = 1000".to_owned(),
        format!("UPDATE games SET copies = 0 WHERE id = {sold_out}"),
    ] {
        assert!(tx.execute_for_test(&sql).await.unwrap() > 0, "{sql}");
    }
    tx.commit().await.unwrap();
}

impl<const ON_POSTGRES: bool> Real<ON_POSTGRES> {
    async fn begin() -> Self {
        let kind = if ON_POSTGRES { Kind::Postgres } else { Kind::Sqlite };
        let shop = TestShop::filled(kind).await;
        let found = games(&shop, 2).await;
        let games = [found[0], found[1]];
        even(kind, &shop, games).await;
        let mut customers = Vec::new();
        for number in 0..CUSTOMERS {
            customers.push(Buyer::with(&shop, &format!("customer{number}@example.org"), 0).await);
        }
        let selling = shop.selling_under(OrderRules {
            per_hour: 10_000,
            reveal_sign_in: Duration::ZERO,
            tax: Some(TaxTerms {
                country: Country::parse("DE").unwrap(),
                rate: BasisPoints::new(1_900),
            }),
            ..OrderRules::default()
        });
        Self {
            shop,
            selling,
            customers,
            games,
            orders: Vec::new(),
            imports: Vec::new(),
            deeds: 0,
            shown: BTreeMap::new(),
        }
    }

    async fn does(&mut self, model: &Model, deed: &Deed) -> Outcome {
        self.deeds += 1;
        self.shop.clock.pass(Duration::from_secs(60));
        let orders = self.selling.orders();
        match *deed {
            Deed::TopUp { customer, cents } => self.change(customer, WalletOrder::TopUp, cents).await,
            Deed::Adjust { customer, cents } => self.change(customer, WalletOrder::Adjust, cents).await,
            Deed::Checkout { customer, own, bought } => self.buy(customer, own, bought).await,
            Deed::Cancel { order } => {
                let (order, _) = model.chosen(order, 0);
                let caller = &self.customers[model.orders[order].customer].caller;
                outcome(orders.cancel(caller, self.orders[order]).await)
            }
            Deed::Refund { order, unit, says_why } => {
                let (order, unit) = model.chosen(order, unit);
                let unit = self.units(model, order).await[unit].0;
                let staff = operator().because(says_why.then_some("the key does not work"));
                outcome(orders.refund(self.orders[order], unit, &staff).await)
            }
            Deed::Reveal { order, unit } => self.reveal(model, model.chosen(order, unit)).await,
            Deed::DayPasses => {
                self.shop.clock.pass(Duration::from_secs(24 * 3_600));
                outcome(orders.advance_due().await)
            }
            Deed::Import { keys } => {
                let keys: Vec<String> = (0..keys).map(|n| format!("KEY-{}-{n}", self.deeds)).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                self.imports.push(stock(&self.shop, self.games[0], &keys, OWN).await);
                Outcome::Done
            }
            Deed::UndoImports => {
                for import in &self.imports {
                    self.selling.own_keys().undo(*import, operator()).await.unwrap();
                }
                Outcome::Done
            }
        }
    }

    async fn change(&self, customer: usize, order: WalletOrder, cents: i64) -> Outcome {
        let user = self.customers[customer].id;
        outcome(change(&self.shop, user, order, cents, &format!("deed {}", self.deeds)).await)
    }

    async fn buy(&mut self, customer: usize, own: usize, bought: usize) -> Outcome {
        let mut asked = request(&self.games, Some(&format!("deed {}", self.deeds)));
        asked.lines[0].1 = i64::try_from(own).unwrap();
        asked.lines[1].1 = i64::try_from(bought).unwrap();
        asked.lines.retain(|(_, copies)| *copies > 0);
        let placed = self
            .selling
            .orders()
            .place(&self.customers[customer].caller, asked)
            .await;
        if let Ok(placed) = &placed {
            assert!(!placed.is_repeated);
            self.orders.push(placed.id);
        }
        outcome(placed)
    }

    /// A key is its unit's alone, whoever sees it and when.
    async fn reveal(&mut self, model: &Model, (order, unit): (usize, usize)) -> Outcome {
        let (unit, _, key) = self.units(model, order).await[unit];
        let caller = &self.customers[model.orders[order].customer].caller;
        let shown = self
            .selling
            .orders()
            .reveal(caller, self.orders[order], key.unwrap_or(Uuid::nil()));
        let shown = shown.await;
        if let Ok(shown) = &shown {
            let of = *self.shown.entry(shown.expose().to_owned()).or_insert(unit);
            assert_eq!(of, unit, "a key was shown for two units");
        }
        outcome(shown)
    }

    /// The units of an order: which, at what, with which key.
    async fn units(&self, model: &Model, order: usize) -> Vec<(UnitId, UnitState, Option<Uuid>)> {
        let customer = self.customers[model.orders[order].customer].id;
        let order = self.selling.orders().of(customer, self.orders[order]).await.unwrap();
        order.units.iter().map(|unit| (unit.id, unit.state, unit.key)).collect()
    }

    async fn is_as(&self, model: &Model) {
        for (customer, expected) in self.customers.iter().zip(model.balances) {
            assert_eq!(balance(&self.shop, customer.id).await, expected);
        }
        let offers = self.shop.db.offers().of_games(&self.games).await.unwrap();
        let own = offers.iter().find(|offer| offer.supplier.is_own());
        let free = own.map_or(0, |offer| offer.supplier_qty);
        assert_eq!(usize::try_from(free).unwrap(), model.free_keys, "keys for sale");
        let open = model.orders.iter().flat_map(|order| &order.units);
        let open = open.filter(|unit| unit.state == UnitState::Planned).count();
        let reserved: i64 = offers.iter().map(|offer| offer.reserved).sum();
        assert_eq!(usize::try_from(reserved).unwrap(), open, "copies reserved");
        assert_eq!(self.orders.len(), model.orders.len());
        for (number, expected) in model.orders.iter().enumerate() {
            let units = self.units(model, number).await;
            let states: Vec<UnitState> = units.iter().map(|(_, state, _)| *state).collect();
            let expected: Vec<UnitState> = expected.units.iter().map(|unit| unit.state).collect();
            assert_eq!(states, expected, "order {number}");
        }
    }
}

impl<const ON_POSTGRES: bool> StateMachineTest for Real<ON_POSTGRES> {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        Handle::current().block_on(Self::begin())
    }

    fn apply(mut real: Self, model: &Model, deed: Deed) -> Self {
        Handle::current().block_on(async {
            assert_eq!(real.does(model, &deed).await, model.outcome, "{deed:?}");
            real.is_as(model).await;
        });
        real
    }

    fn teardown(real: Self, _: Model) {
        Handle::current().block_on(all_is_well(&real.shop));
    }
}
