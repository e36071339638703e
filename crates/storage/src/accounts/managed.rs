//! Accounts as staff list them.

use std::collections::HashMap;

use domain::account::User;
use domain::id::UserId;
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::{AccountRepository, COLUMNS, user};
use crate::dialect::Kind;
use crate::listing::{Conditions, ListSource, SortKind, containing, numbered, page};
use crate::{Error, dialect};

/// What an account has and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountFigures {
    /// In its wallet.
    pub balance: Cents,
    /// How many orders it made.
    pub orders: u64,
}

const USERS: ListSource = ListSource {
    columns: COLUMNS,
    joins: "JOIN users u ON u.id = k.id",
    table: "users l",
    id: "l.id",
    usual: ("registered", "l.created_at", SortKind::Number),
    others: &[("email", "l.email", SortKind::Text)],
};

/// Numbers of parameters; few, so that few statements are prepared.
const AT_ONCE: [usize; 4] = [5, 25, 100, 1_000];

impl<C: ConnectionTrait> AccountRepository<'_, C> {
    /// Accounts by when they were made or by address (`registered`, `email`). Filters: `role`, which is `customer`, `staff` or
    /// the name of a role; `state`, which is `blocked` or `unverified`. What is searched for stands in the address or the
    /// nickname, or is the account's id.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<User>, Error> {
        page(self.conn, &USERS, query, conditions(query), user).await
    }

    /// The same without the first `skipped` ones, and how many there are in all.
    pub async fn numbered_list(&self, query: &ListQuery, skipped: u64) -> Result<(u64, Vec<User>), Error> {
        numbered(self.conn, &USERS, query, conditions(query), skipped, user).await
    }

    /// The figures of these accounts, a page of them at most; those that do not exist are left out.
    pub async fn figures(&self, ids: &[UserId]) -> Result<HashMap<UserId, AccountFigures>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = ids.iter().map(|id| vec![id.0.into()]).collect();
        let text = "SELECT a.user_id, a.balance_cents, (SELECT COUNT(*) FROM orders o WHERE o.user_id = a.user_id) AS orders \
                    FROM w JOIN ledger_accounts a ON a.user_id = w.id AND a.kind = 'wallet'";
        let statement = dialect::with_rows(self.conn, &[("id", Kind::Uuid)], rows, text);
        let found = self.conn.query_all_raw(statement).await?;
        let figures = found.iter().map(|row| {
            let figures = AccountFigures {
                balance: Cents::new(row.try_get("", "balance_cents")?),
                orders: row.try_get::<i64>("", "orders")?.unsigned_abs(),
            };
            Ok((UserId(row.try_get("", "user_id")?), figures))
        });
        figures.collect()
    }

    /// The addresses of some accounts; those that do not exist are left out.
    pub async fn addresses(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, Error> {
        let Some(last) = ids.last() else {
            return Ok(Vec::new());
        };
        let size = AT_ONCE.into_iter().find(|size| *size >= ids.len());
        let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        ids.resize(size.unwrap_or(ids.len()), last.0);
        let select = Query::select()
            .columns(["id", "email"])
            .from("users")
            .and_where(Expr::col("id").is_in(ids))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        let addresses = rows
            .iter()
            .map(|row| Ok((UserId(row.try_get("", "id")?), row.try_get("", "email")?)));
        addresses.collect()
    }
}

fn conditions(query: &ListQuery) -> Conditions {
    let mut conditions = Conditions::default();
    match query.filter("role") {
        "" => {}
        "customer" => conditions.add("l.staff_role IS NULL", []),
        "staff" => conditions.add("l.staff_role IS NOT NULL", []),
        role => conditions.add("l.staff_role = ?", [role.into()]),
    }
    match query.filter("state") {
        "blocked" => conditions.add("l.blocked_at IS NOT NULL", []),
        "unverified" => conditions.add("l.email_verified_at IS NULL", []),
        _ => {}
    }
    let search = query.search.trim();
    if let Ok(id) = Uuid::parse_str(search) {
        conditions.add("l.id = ?", [id.into()]);
    } else if !search.is_empty() {
        let lower: Value = containing(&search.to_lowercase()).into();
        // Not every database knows what the lower case of a letter outside ASCII is: as it was typed it is found, too.
        conditions.add(
            "(l.email LIKE ? ESCAPE '!' OR LOWER(l.nickname) LIKE ? ESCAPE '!' OR l.nickname LIKE ? ESCAPE '!')",
            [lower.clone(), lower, containing(search).into()],
        );
    }
    conditions
}
