//! Orders as staff list them.

use domain::clock::Timestamp;
use domain::id::{OrderId, UnitId, UserId};
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use domain::order::{OrderStatus, PaymentStatus};
use domain::order_number::OrderNumber;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::OrderRepository;
use super::row::unreadable;
use crate::listing::{Conditions, ListSource, SortKind, containing, page};
use crate::{Error, sql};

/// An order in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEntry {
    /// Its id.
    pub id: OrderId,
    /// Its number.
    pub number: OrderNumber,
    /// Whose it is.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// The title of its first game.
    pub title: String,
    /// How many copies it has.
    pub units: i64,
    /// What it is at.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment: PaymentStatus,
    /// What was paid.
    pub total: Cents,
    /// What of it went back.
    pub refunded: Cents,
    /// When it was made.
    pub created_at: Timestamp,
}

const ORDERS: ListSource = ListSource {
    columns: "o.number, o.user_id, o.status, o.payment_status, o.total_cents, u.email, \
              (SELECT g.title FROM order_items i JOIN games g ON g.id = i.game_id WHERE i.order_id = o.id \
              ORDER BY i.position LIMIT 1) AS title, \
              (SELECT COUNT(*) FROM units n WHERE n.order_id = o.id) AS units, \
              (SELECT CAST(COALESCE(SUM(n.refunded_cents), 0) AS BIGINT) FROM units n WHERE n.order_id = o.id) AS refunded",
    joins: "JOIN orders o ON o.id = k.id JOIN users u ON u.id = o.user_id",
    table: "orders l",
    id: "l.id",
    usual: ("made", "l.created_at", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> OrderRepository<'_, C> {
    /// Orders by when they were made (`made`). Filters: `status`, `user`, `game`. What is searched for is the
    /// order's number, or stands in the customer's address, or in the title of a game of the order.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<OrderEntry>, Error> {
        let mut conditions = Conditions::default();
        match query.filter("status") {
            "" => {}
            status => conditions.add("l.status = ?", [status.into()]),
        }
        for (name, condition) in [
            ("user", "l.user_id = ?"),
            (
                "game",
                "l.id IN (SELECT i.order_id FROM order_items i WHERE i.game_id = ?)",
            ),
        ] {
            if let Ok(id) = Uuid::parse_str(query.filter(name)) {
                conditions.add(condition, [id.into()]);
            }
        }
        add_search(&mut conditions, query.search.trim());
        page(self.conn, &ORDERS, query, conditions, entry).await
    }

    /// The order that a unit belongs to; that never changes.
    pub async fn order_of(&self, unit: UnitId) -> Result<Option<OrderId>, Error> {
        let row = sql::one(self.conn, "SELECT order_id FROM units WHERE id = $1", [unit.0.into()]).await?;
        Ok(row.map(|row| row.try_get("", "order_id")).transpose()?.map(OrderId))
    }
}

/// Each word stands in a title or in the address; or all of it is a number, which people type in many ways.
fn add_search(conditions: &mut Conditions, search: &str) {
    let customers = "l.user_id IN (SELECT u.id FROM users u WHERE u.email LIKE ? ESCAPE '!')";
    let folded = domain::search::fold(search);
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    if search.contains('@') {
        texts.push(customers.to_owned());
        values.push(containing(&search.to_lowercase()).into());
    } else {
        for word in domain::search::words(&folded) {
            texts.push(format!(
                "(l.id IN (SELECT i.order_id FROM order_items i JOIN games g ON g.id = i.game_id \
                 WHERE g.search_text LIKE ? ESCAPE '!') OR {customers})"
            ));
            values.extend([containing(word).into(), containing(word).into()]);
        }
    }
    let mut text = texts.join(" AND ");
    if let Some(number) = OrderNumber::parse(search) {
        text = if text.is_empty() {
            "l.number = ?".to_owned()
        } else {
            format!("(l.number = ? OR ({text}))")
        };
        values.insert(0, number.as_str().into());
    }
    if !text.is_empty() {
        conditions.add(&text, values);
    } else if !search.is_empty() {
        // What was typed is no word at all, and stands in no title.
        conditions.add("1 = 0", []);
    }
}

fn entry(row: &QueryResult) -> Result<OrderEntry, Error> {
    let (number, status): (String, String) = (row.try_get("", "number")?, row.try_get("", "status")?);
    let payment: String = row.try_get("", "payment_status")?;
    Ok(OrderEntry {
        id: OrderId(row.try_get("", "key_id")?),
        number: OrderNumber::parse(&number).ok_or_else(|| unreadable("orders", &number))?,
        user: UserId(row.try_get("", "user_id")?),
        email: row.try_get("", "email")?,
        title: row.try_get::<Option<String>>("", "title")?.unwrap_or_default(),
        units: row.try_get("", "units")?,
        status: OrderStatus::parse(&status).ok_or_else(|| unreadable("orders", &status))?,
        payment: PaymentStatus::parse(&payment).ok_or_else(|| unreadable("orders", &payment))?,
        total: Cents::new(row.try_get("", "total_cents")?),
        refunded: Cents::new(row.try_get("", "refunded")?),
        created_at: Timestamp::from_micros(row.try_get("", "sort_key")?),
    })
}
