//! Orders as they are read: two statements, however many orders. None is without items.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::clock::Timestamp;
use domain::id::{GameId, OrderId, UnitId, UserId};
use domain::money::Cents;
use domain::order::{Order, OrderItem, OrderStatus, OrderUnit, PaymentStatus};
use domain::order_number::OrderNumber;
use domain::unit::UnitState;
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::dialect::Kind;
use crate::owned::{LISTED, listed};
use crate::{Error, dialect};

/// The orders of `ids` that exist, in that order.
pub(super) async fn whole(conn: &impl ConnectionTrait, ids: &[OrderId]) -> Result<Vec<Order>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut orders = without_units(conn, ids).await?;
    let select = "SELECT u.id, u.order_id, u.game_id, u.paid_cents, u.refunded_cents, u.state, u.own_key_id, u.revealed_at \
                  FROM units u JOIN w ON u.order_id = w.wanted ORDER BY u.order_id, u.position";
    for found in &conn.query_all_raw(of_orders(conn, ids, select)).await? {
        if let Some(order) = orders.get_mut(&OrderId(found.try_get("", "order_id")?)) {
            order.units.push(unit(found)?);
        }
    }
    Ok(ids.iter().filter_map(|id| orders.remove(id)).collect())
}

/// Those of these orders that exist, each as if it had no units.
async fn without_units(conn: &impl ConnectionTrait, ids: &[OrderId]) -> Result<HashMap<OrderId, Order>, Error> {
    let select = format!(
        "SELECT o.id, o.number, o.user_id, o.status, o.payment_status, o.subtotal_cents, o.total_cents, o.created_at, \
         o.completed_at, i.id AS item_id, i.quantity, i.price_cents AS paid_cents, {LISTED} FROM w \
         JOIN orders o ON o.id = w.wanted JOIN order_items i ON i.order_id = o.id JOIN games g ON g.id = i.game_id \
         ORDER BY o.id, i.position"
    );
    let mut orders = HashMap::new();
    for found in &conn.query_all_raw(of_orders(conn, ids, &select)).await? {
        let entry = match orders.entry(OrderId(found.try_get("", "id")?)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(order(found)?),
        };
        entry.items.push(item(found)?);
    }
    Ok(orders)
}

fn of_orders(conn: &impl ConnectionTrait, ids: &[OrderId], select: &str) -> Statement {
    let ids = ids.iter().map(|id| vec![id.0.into()]).collect();
    dialect::with_rows(conn, &[("wanted", Kind::Uuid)], ids, select)
}

fn order(found: &QueryResult) -> Result<Order, Error> {
    let (number, status): (String, String) = (found.try_get("", "number")?, found.try_get("", "status")?);
    let payment: String = found.try_get("", "payment_status")?;
    Ok(Order {
        id: OrderId(found.try_get("", "id")?),
        number: OrderNumber::parse(&number).ok_or_else(|| unreadable("orders", &number))?,
        user: UserId(found.try_get("", "user_id")?),
        status: OrderStatus::parse(&status).ok_or_else(|| unreadable("orders", &status))?,
        payment: PaymentStatus::parse(&payment).ok_or_else(|| unreadable("orders", &payment))?,
        subtotal: Cents::new(found.try_get("", "subtotal_cents")?),
        total: Cents::new(found.try_get("", "total_cents")?),
        created_at: Timestamp::from_micros(found.try_get("", "created_at")?),
        completed_at: time(found, "completed_at")?,
        items: Vec::new(),
        units: Vec::new(),
    })
}

fn item(found: &QueryResult) -> Result<OrderItem, Error> {
    Ok(OrderItem {
        id: found.try_get("", "item_id")?,
        game: listed(found)?,
        quantity: u32::try_from(found.try_get::<i64>("", "quantity")?).unwrap_or_default(),
        price: Cents::new(found.try_get("", "paid_cents")?),
    })
}

fn unit(found: &QueryResult) -> Result<OrderUnit, Error> {
    Ok(OrderUnit {
        id: UnitId(found.try_get("", "id")?),
        game: GameId(found.try_get("", "game_id")?),
        paid: Cents::new(found.try_get("", "paid_cents")?),
        refunded: Cents::new(found.try_get("", "refunded_cents")?),
        state: state(found)?,
        key: found.try_get("", "own_key_id")?,
        revealed_at: time(found, "revealed_at")?,
    })
}

pub(super) fn state(found: &QueryResult) -> Result<UnitState, Error> {
    let state: String = found.try_get("", "state")?;
    UnitState::parse(&state).ok_or_else(|| unreadable("units", &state))
}

pub(super) fn time(found: &QueryResult, column: &str) -> Result<Option<Timestamp>, Error> {
    let at: Option<i64> = found.try_get("", column)?;
    Ok(at.map(Timestamp::from_micros))
}

pub(super) fn unreadable(table: &'static str, value: &str) -> Error {
    Error::Unreadable {
        table,
        reason: format!("{value} is not known to this program"),
    }
}
