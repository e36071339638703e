//! A new order, its items and units; the cart that it empties; and the time line.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, OrderId, UnitId, UserId};
use domain::message::Message;
use domain::money::Cents;
use domain::order::{Consent, Order, OrderItem};
use domain::posting::Posting;
use domain::tax::TaxTerms;
use domain::unit::UnitState;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, SqlErr, Statement, Value};
use uuid::Uuid;

use super::{OrderKey, OrderRepository};
use crate::dialect::Kind;
use crate::ledger::LedgerRepository;
use crate::mails::{MailRepository, NewMail};
use crate::outbox::OutboxRepository;
use crate::{Error, Tx, dialect, sql};

/// An order that begins.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The order, still without its units.
    pub order: Order,
    /// Equal for orders of the same games and quantities.
    pub basket: String,
    /// What the customer agreed to.
    pub consent: Option<Consent>,
    /// Each copy of what is bought.
    pub units: Vec<NewUnit>,
}

/// What a checkout writes beside an order.
#[derive(Clone, Copy)]
pub struct RestOfOrder<'a> {
    /// What is posted, each with an id; nothing when it costs nothing.
    pub paid: &'a [(Uuid, Posting)],
    /// The receipt.
    pub mail: &'a NewMail,
    /// The message that sends it, and its id.
    pub message: (Uuid, &'a Message),
    /// Whether one of the games was in the customer's cart. What comes into it later stays there.
    pub in_cart: bool,
    /// The key of the request.
    pub key: Option<OrderKey<'a>>,
}

/// A unit that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewUnit {
    /// Its id.
    pub id: UnitId,
    /// Its game.
    pub game: GameId,
    /// The key that is claimed for it.
    pub key: Option<Uuid>,
    /// What that key cost the shop; 0 where nobody said.
    pub key_cost: Cents,
    /// The offer of which a copy is reserved for it.
    pub reserved: Option<OfferId>,
    /// What is paid for it.
    pub paid: Cents,
    /// Whose tax that includes; `None` for no tax.
    pub tax: Option<TaxTerms>,
    /// Until when it has to be delivered.
    pub deadline: Timestamp,
}

const ITEM: [(&str, Kind); 6] = [
    ("id", Kind::Uuid),
    ("order_id", Kind::Uuid),
    ("game_id", Kind::Uuid),
    ("position", Kind::Number),
    ("quantity", Kind::Number),
    ("price_cents", Kind::Number),
];

const UNIT: [(&str, Kind); 13] = [
    ("id", Kind::Uuid),
    ("order_id", Kind::Uuid),
    ("game_id", Kind::Uuid),
    ("position", Kind::Number),
    ("state", Kind::Text),
    ("own_key_id", Kind::UuidOrNone),
    ("reserved_offer_id", Kind::UuidOrNone),
    ("paid_cents", Kind::Number),
    ("vat_cents", Kind::Number),
    ("tax_country", Kind::TextOrNone),
    ("tax_rate", Kind::Number),
    ("next_at", Kind::Number),
    ("deadline_at", Kind::Number),
];

impl NewUnit {
    /// What it begins as.
    #[must_use]
    pub const fn state(&self) -> UnitState {
        if self.key.is_some() {
            UnitState::Ready
        } else {
            UnitState::Planned
        }
    }

    /// The tax in what is paid for it.
    pub(super) fn vat(&self) -> Cents {
        self.tax.map_or(Cents::ZERO, |terms| terms.vat_in(self.paid))
    }

    fn row(&self, order: &Order, position: i64) -> Vec<Value> {
        vec![
            self.id.0.into(),
            order.id.0.into(),
            self.game.0.into(),
            position.into(),
            self.state().as_str().into(),
            self.key.into(),
            self.reserved.map(|offer| offer.0).into(),
            self.paid.get().into(),
            self.vat().get().into(),
            self.tax.map(|terms| terms.country.to_string()).into(),
            self.tax.map_or(0, |terms| i64::from(terms.rate.get())).into(),
            order.created_at.as_micros().into(),
            self.deadline.as_micros().into(),
        ]
    }
}

impl Tx {
    /// Adds a new order with everything that belongs to it: its items and units, what was paid, the time line's beginning, the
    /// mail, the idempotency key; and takes what was bought out of its customer's cart. In one go, with what the transaction touches:
    /// none of it depends on another. `false` when its number is taken, or its key was kept before: then nothing of the transaction
    /// can be kept.
    pub async fn add_order(&mut self, new: &NewOrder, rest: &RestOfOrder<'_>) -> Result<bool, Error> {
        let statements = self.orders().addition(new, rest);
        match self.run_all(statements).await {
            Err(Error::Statement(refused)) if is_taken(&refused) => Ok(false),
            outcome => outcome.map(|()| true),
        }
    }
}

impl OrderRepository<'_, DatabaseTransaction> {
    fn addition(&self, new: &NewOrder, rest: &RestOfOrder<'_>) -> Vec<Statement> {
        let (order, now) = (&new.order, new.order.created_at);
        let items = order.items.iter().zip(0_i64..).map(|(item, position)| {
            vec![
                item.id.into(),
                order.id.0.into(),
                item.game.id.0.into(),
                position.into(),
                i64::from(item.quantity).into(),
                item.price.get().into(),
            ]
        });
        let units = new.units.iter().zip(0_i64..);
        let units = units.map(|(unit, position)| unit.row(order, position)).collect();
        let (mail, (message_id, message)) = (rest.mail, rest.message);
        let outbox = OutboxRepository::new(self.conn);
        let mut statements = vec![
            self.beginning(new),
            dialect::insertion_at_once(self.conn, "order_items", &ITEM, items.collect()),
            dialect::insertion_at_once(self.conn, "units", &UNIT, units),
            self.event(order.id, &[], "ordered", ("customer", ""), now),
            MailRepository::new(self.conn).addition(mail),
            outbox.addition(message_id, message, Duration::ZERO, None, now),
        ];
        statements.extend(LedgerRepository::new(self.conn).posting(rest.paid, "customer", now));
        statements.extend(rest.key.as_ref().map(|key| self.key_addition(order, key)));
        if rest.in_cart {
            statements.extend(self.out_of_cart(order.user, &order.items));
        }
        statements
    }

    fn beginning(&self, new: &NewOrder) -> Statement {
        let text = "INSERT INTO orders (id, number, user_id, status, payment_status, subtotal_cents, total_cents, \
                    open_units, basket, consent_version, consent_accepted, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let (order, consent) = (&new.order, new.consent.as_ref());
        let values = [
            order.id.0.into(),
            order.number.as_str().into(),
            order.user.0.into(),
            order.status.as_str().into(),
            order.payment.as_str().into(),
            order.subtotal.get().into(),
            order.total.get().into(),
            i64::try_from(new.units.len()).unwrap_or(i64::MAX).into(),
            new.basket.as_str().into(),
            consent.map(|consent| consent.text_version.clone()).into(),
            consent.map(|consent| consent.accepted).into(),
            order.created_at.as_micros().into(),
        ];
        sql::statement(self.conn, text, values)
    }

    /// Takes what was bought out of its customer's cart; a line with more copies keeps the rest.
    fn out_of_cart(&self, user: UserId, items: &[OrderItem]) -> [Statement; 2] {
        let columns = [
            ("user_id", Kind::Uuid),
            ("game_id", Kind::Uuid),
            ("bought", Kind::Number),
        ];
        let of_it = "l.user_id = w.user_id AND l.game_id = w.game_id";
        let texts = [
            format!(
                // Compared again with the row as it is once it is locked: a copy more may have come in another tab.
                "DELETE FROM cart_lines WHERE id IN (SELECT l.id FROM cart_lines l JOIN w ON {of_it}) AND quantity <= \
                 (SELECT w.bought FROM w WHERE w.user_id = cart_lines.user_id AND w.game_id = cart_lines.game_id)"
            ),
            "UPDATE cart_lines SET quantity = cart_lines.quantity - w.bought FROM w \
             WHERE cart_lines.user_id = w.user_id AND cart_lines.game_id = w.game_id AND cart_lines.quantity > w.bought"
                .to_owned(),
        ];
        texts.map(|text| {
            let rows = items
                .iter()
                .map(|item| vec![user.0.into(), item.game.id.0.into(), i64::from(item.quantity).into()]);
            dialect::with_rows(self.conn, &columns, rows.collect(), &text)
        })
    }

    /// Adds to the time line what happened to these units of an order, or without units to the order.
    pub async fn record(
        &self,
        order: OrderId,
        units: &[UnitId],
        event: &str,
        (actor, reason): (&str, &str),
        at: Timestamp,
    ) -> Result<(), Error> {
        let event = self.event(order, units, event, (actor, reason), at);
        self.conn.execute_raw(event).await?;
        Ok(())
    }

    /// The same in one go with others' rows.
    pub(super) fn event(
        &self,
        order: OrderId,
        units: &[UnitId],
        event: &str,
        (actor, reason): (&str, &str),
        at: Timestamp,
    ) -> Statement {
        let columns = [
            ("order_id", Kind::Uuid),
            ("unit_id", Kind::UuidOrNone),
            ("at", Kind::Number),
            ("event", Kind::Text),
            ("actor", Kind::Text),
            ("reason", Kind::Text),
        ];
        let row = |unit: Option<UnitId>| {
            vec![
                order.0.into(),
                unit.map(|unit| unit.0).into(),
                at.as_micros().into(),
                event.into(),
                actor.into(),
                reason.into(),
            ]
        };
        let rows = match units {
            [] => vec![row(None)],
            units => units.iter().map(|unit| row(Some(*unit))).collect(),
        };
        dialect::insertion_at_once(self.conn, "order_events", &columns, rows)
    }
}

/// Whether it is another order's number, or a key that is kept already. Each database names the table and the columns of what has to be
/// unique, or the constraint.
fn is_taken(refused: &DbErr) -> bool {
    let Some(SqlErr::UniqueConstraintViolation(unique)) = refused.sql_err() else {
        return false;
    };
    ["orders.number", "orders_number", "idempotency_keys"]
        .iter()
        .any(|name| unique.contains(name))
}
