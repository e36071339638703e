//! The steps of the scripts, as SQL with named parameters: what the shop's two transactions write for an order of one copy.

use anyhow::{Context, Result};
use sea_orm::Value;
use testkit::Kind;
use uuid::Uuid;

use super::market::{COST, PRICE};

/// A step, and the name by which other steps of the same statement refer to what it returns.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

const fn step(name: &'static str, text: &'static str) -> Step {
    Step { name, text }
}

/// Of the first transaction. `{from}` and `{key}` depend on whether each is a statement, or all are one.
pub(crate) const CHECKOUT: [Step; 14] = [
    step(
        "wallet",
        "SELECT id, balance_cents FROM ledger_accounts WHERE user_id = :user AND kind = 'wallet' FOR NO KEY UPDATE",
    ),
    step(
        "shown",
        "SELECT o.id, o.price_cents, o.supplier_qty, g.title FROM offers o JOIN games g ON g.id = o.game_id \
         WHERE o.game_id = :game AND o.supplier = 'own' AND NOT o.hidden AND NOT o.parked AND NOT g.hidden",
    ),
    step(
        "claimed",
        "UPDATE own_keys SET state = 'claimed' WHERE id = (SELECT id FROM own_keys WHERE game_id = :game \
         AND state = 'free' ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
    ),
    step(
        "ordered",
        "INSERT INTO orders (id, number, user_id, status, payment_status, subtotal_cents, total_cents, open_units, basket, \
         created_at) SELECT :order, :number, :user, 'PROCESSING', 'COMPLETED', :price, :price, 1, :basket, :now{from}",
    ),
    step(
        "item",
        "INSERT INTO order_items (id, order_id, game_id, position, quantity, price_cents) \
         VALUES (:item, :order, :game, 0, 1, :price)",
    ),
    step(
        "unit",
        "INSERT INTO units (id, order_id, game_id, position, state, own_key_id, paid_cents, vat_cents, tax_rate, next_at, \
         deadline_at) VALUES (:unit, :order, :game, 0, 'ready', {key}, :price, 0, 0, :now, :deadline)",
    ),
    step(
        "paid",
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
         order_id) SELECT :transfer, :now, 'purchase', d.id, c.id, 'EUR', :price, 'order', :order_text, 0, 'customer', \
         :order FROM ledger_accounts d, ledger_accounts c WHERE d.code = :wallet AND c.code = 'orders_open'",
    ),
    step(
        "event",
        "INSERT INTO order_events (order_id, at, event, actor, reason) VALUES (:order, :now, 'ordered', 'customer', '')",
    ),
    step(
        "mail",
        "INSERT INTO mails (id, user_id, recipient, kind, words, state, created_at, failures) \
         VALUES (:mail, :user, :recipient, 'receipt', :words, 'waiting', :now, 0)",
    ),
    step(
        "message",
        "INSERT INTO outbox (id, payload, state, due_at, attempts, lane, created_at) \
         VALUES (:message, :payload, 'ready', :now, 0, 'mail', :now)",
    ),
    step(
        "answer",
        "INSERT INTO idempotency_keys (caller, route, key, request_hash, order_id, at) \
         VALUES (:caller, 'script', :order_text, :basket, :order, :now)",
    ),
    step(
        "taken",
        "UPDATE offers SET supplier_qty = supplier_qty - 1 WHERE game_id = :game AND supplier = 'own' \
         AND price_cents = :price AND supplier_qty > 0",
    ),
    step("game", "UPDATE games SET copies = copies - 1 WHERE id = :game"),
    TOUCH,
];

/// Of the second transaction.
pub(crate) const DELIVERY: [Step; 7] = [
    step(
        "unit",
        "UPDATE units SET state = 'delivered', delivered_at = :now, next_at = NULL WHERE id = :unit AND state = 'ready'",
    ),
    step("key", "UPDATE own_keys SET state = 'delivered' WHERE id = :key"),
    step(
        "sold",
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
         order_id, unit_id) SELECT CASE WHEN c.code = 'sales' THEN :sale ELSE :used END, :now, \
         CASE WHEN c.code = 'sales' THEN 'sale' ELSE 'stock_used' END, d.id, c.id, 'EUR', \
         CASE WHEN c.code = 'sales' THEN :price ELSE :cost END, 'unit', :unit_text, CASE WHEN c.code = 'sales' THEN 1 ELSE 3 END, \
         'shop', :order, :unit FROM ledger_accounts d JOIN ledger_accounts c ON \
         (d.code = 'orders_open' AND c.code = 'sales') OR (d.code = 'key_cost' AND c.code = 'key_stock')",
    ),
    step(
        "event",
        "INSERT INTO order_events (order_id, unit_id, at, event, actor, reason) \
         VALUES (:order, :unit, :now, 'delivered', 'shop', '')",
    ),
    step(
        "status",
        "UPDATE orders SET status = 'COMPLETED', open_units = 0, completed_at = :now WHERE id = :order",
    ),
    step(
        "answer",
        "UPDATE idempotency_keys SET body = :body WHERE order_id = :order",
    ),
    TOUCH,
];

const TOUCH: Step = step(
    "touch",
    "INSERT INTO touches (number, names, touched_at) VALUES (CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT), :touched, :now)",
);

/// A text with numbered parameters, and their names.
pub(crate) struct Prepared {
    pub(crate) text: String,
    pub(crate) names: Vec<String>,
}

/// Numbers the parameters of a text.
pub(crate) fn prepared(kind: Kind, text: &str) -> Prepared {
    let mut text = text.to_owned();
    if kind == Kind::Sqlite {
        for lock in [" FOR NO KEY UPDATE", " FOR UPDATE SKIP LOCKED"] {
            text = text.replace(lock, "");
        }
        text = text
            .replace("touches (number, ", "touches (")
            .replace("(CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT), ", "(");
    }
    let (mut numbered, mut names) = (String::new(), Vec::<String>::new());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(':') {
        numbered += &rest[..at];
        rest = &rest[at + 1..];
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && c != '_')
            .unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        numbered += &format!("${}", place + 1);
        rest = &rest[end..];
    }
    numbered += rest;
    Prepared { text: numbered, names }
}

/// What is bought by whom; ids of its own for each row.
pub(crate) struct Purchase {
    pub(crate) number: u64,
    pub(crate) user: Uuid,
    pub(crate) game: Uuid,
    pub(crate) now: i64,
    /// Once it is claimed.
    pub(crate) key: Option<Uuid>,
}

impl Purchase {
    /// An id of this purchase, spread as random ones are.
    fn id(&self, of: u8) -> Uuid {
        let spread = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Uuid::from_u64_pair(spread, (u64::from(of) << 56) | self.number)
    }

    pub(crate) fn value(&self, name: &str) -> Result<Value> {
        let order = self.id(1);
        let unit = self.id(2);
        Ok(match name {
            "user" => self.user.into(),
            "game" => self.game.into(),
            "now" => self.now.into(),
            "deadline" => (self.now + 86_400_000_000).into(),
            "key" => self.key.context("no key was claimed")?.into(),
            "order" => order.into(),
            "order_text" => order.to_string().into(),
            "unit" => unit.into(),
            "unit_text" => unit.to_string().into(),
            "item" => self.id(3).into(),
            "transfer" => self.id(4).into(),
            "mail" => self.id(5).into(),
            "message" => self.id(6).into(),
            "sale" => self.id(7).into(),
            "used" => self.id(8).into(),
            "number" => format!("S{:08}", self.number).into(),
            "price" => PRICE.into(),
            "cost" => COST.into(),
            // As long as the shop's.
            "basket" => "b".repeat(64).into(),
            "words" => vec![7_u8; 260].into(),
            "body" => "{}".repeat(150).into(),
            "wallet" => format!("wallet:{}", self.user).into(),
            "caller" => format!("script:{}", self.user).into(),
            "recipient" => "customer@example.org".into(),
            "payload" => format!("{{\"kind\":\"mail\",\"mail\":\"{}\"}}", self.id(5)).into(),
            "touched" => format!(
                "game:{}\norder:{order}\nuser:{user}:cart\nuser:{user}:orders\nuser:{user}:profile\nuser:{user}:transactions",
                self.game,
                user = self.user
            )
            .into(),
            other => anyhow::bail!("no parameter is named {other}"),
        })
    }
}
