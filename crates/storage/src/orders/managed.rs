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

/// A number as mails write it is that; everything else are words, each of which stands in a title or in the address, or a
/// number as people type it.
fn add_search(conditions: &mut Conditions, search: &str) {
    let number = OrderNumber::parse(search);
    if let Some(number) = number.as_ref().filter(|_| search.find('-') == Some(4)) {
        return conditions.add("l.number = ?", [number.as_str().into()]);
    }
    let customers = "l.user_id IN (SELECT u.id FROM users u WHERE u.email LIKE ? ESCAPE '!')";
    if search.contains('@') {
        return conditions.add(customers, [containing(&search.to_lowercase()).into()]);
    }
    let either = format!(
        "(l.id IN (SELECT i.order_id FROM order_items i JOIN games g ON g.id = i.game_id \
         WHERE g.search_text LIKE ? ESCAPE '!') OR {customers})"
    );
    let folded = domain::search::fold(search);
    let words: Vec<String> = domain::search::words(&folded).into_iter().map(containing).collect();
    let in_words = vec![either; words.len()].join(" AND ");
    let values = words
        .iter()
        .flat_map(|word| [word.as_str().into(), word.as_str().into()]);
    match number {
        Some(number) => {
            let values = values.chain([number.as_str().into()]);
            conditions.add(&format!("({in_words} OR l.number = ?)"), values);
        }
        None if !words.is_empty() => conditions.add(&in_words, values),
        // What was typed is no word at all, and stands in no title.
        None if !search.is_empty() => conditions.add("1 = 0", []),
        None => {}
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
