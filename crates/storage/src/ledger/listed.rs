//! Transfers, accounts and wallets, as staff list them.

use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use domain::ledger::{AccountKind, Side, TransferKind};
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use domain::order_number::OrderNumber;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{LedgerRepository, cents, kind};
use crate::listing::{Conditions, ListSource, SortKind, containing, page};
use crate::{Error, sql};

/// A transfer in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLine {
    /// When it was posted.
    pub at: Timestamp,
    /// Its kind.
    pub kind: TransferKind,
    /// The code of the account that it debits.
    pub debit: String,
    /// The code of the account that it credits.
    pub credit: String,
    /// How much it moves.
    pub amount: Cents,
    /// Whose wallet it touches, with their address.
    pub customer: Option<(UserId, String)>,
    /// The order that it belongs to.
    pub order: Option<(OrderId, OrderNumber)>,
    /// The id of what caused it: of a change by hand, its reference.
    pub source: String,
    /// Who: `shop`, `customer`, the id of an account, or the words of a command.
    pub actor: String,
}

/// An account of the ledger with all that was posted to it. All wallets together are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTotal {
    /// Its code; `wallet` for all wallets.
    pub code: String,
    /// What it stands for.
    pub kind: AccountKind,
    /// What transfers debited it with.
    pub debits: Cents,
    /// What transfers credited it with.
    pub credits: Cents,
}

/// A wallet in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletLine {
    /// Whose it is.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Its balance.
    pub balance: Cents,
    /// When it was moved last.
    pub moved_at: Option<Timestamp>,
}

impl AccountTotal {
    /// The balance on the side by which the account grows.
    #[must_use]
    pub const fn balance(&self) -> Cents {
        let (debits, credits) = (self.debits.get(), self.credits.get());
        Cents::new(match self.kind.grows_by() {
            Side::Debit => debits - credits,
            Side::Credit => credits - debits,
        })
    }
}

const TRANSFERS: ListSource = ListSource {
    columns: "t.at, t.kind, t.amount_cents, t.source_id, t.actor, t.order_id, d.code AS debit, c.code AS credit, o.number, \
              u.id AS customer_id, u.email",
    joins: "JOIN transfers t ON t.id = k.id JOIN ledger_accounts d ON d.id = t.debit JOIN ledger_accounts c ON c.id = t.credit \
            LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN users u ON u.id = COALESCE(d.user_id, c.user_id)",
    table: "transfers l",
    id: "l.id",
    usual: ("posted", "l.seq", SortKind::Number),
    others: &[],
};

const WALLETS: ListSource = ListSource {
    columns: "u.email, a.balance_cents, t.at AS moved_at",
    joins: "JOIN users u ON u.id = k.id JOIN ledger_accounts a ON a.user_id = k.id AND a.kind = 'wallet' \
            LEFT JOIN transfers t ON t.seq = a.last_transfer",
    table: "ledger_accounts l",
    id: "l.user_id",
    usual: ("balance", "l.balance_cents", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> LedgerRepository<'_, C> {
    /// Transfers in the order in which they were posted (`posted`). Filters: `kind`; `account`, which is a code; the `user` whose
    /// wallet they touch; their `order`. What is searched for is the order's number or the reference.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<TransferLine>, Error> {
        let mut conditions = Conditions::default();
        match query.filter("kind") {
            "" => {}
            kind => conditions.add("l.kind = ?", [kind.into()]),
        }
        match query.filter("account") {
            "" => {}
            code if code.starts_with("wallet:") => conditions.add(&of_few("a.code = ?"), [code.into(), code.into()]),
            code => conditions.add(&of_many("a.code = ?"), [code.into(), code.into()]),
        }
        if let Ok(id) = Uuid::parse_str(query.filter("user")) {
            let wallet = of_few("a.kind = 'wallet' AND a.user_id = ?");
            conditions.add(&wallet, [id.into(), id.into()]);
        }
        if let Ok(id) = Uuid::parse_str(query.filter("order")) {
            conditions.add("l.order_id = ?", [id.into()]);
        }
        let search = query.search.trim();
        if !search.is_empty() {
            let number = OrderNumber::parse(search).map_or_else(String::new, |number| number.to_string());
            conditions.add(
                "(l.source_id = ? OR l.order_id IN (SELECT o.id FROM orders o WHERE o.number = ?))",
                [search.into(), number.into()],
            );
        }
        page(self.conn, &TRANSFERS, query, conditions, transfer).await
    }

    /// Wallets by balance (`balance`). The filter `state` is `filled`; what is searched for stands in the customer's address.
    pub async fn wallets(&self, query: &ListQuery) -> Result<ListPage<WalletLine>, Error> {
        let mut conditions = Conditions::default();
        conditions.add("l.kind = 'wallet'", []);
        if query.filter("state") == "filled" {
            conditions.add("l.balance_cents > 0", []);
        }
        let search = query.search.trim();
        if !search.is_empty() {
            conditions.add(
                "l.user_id IN (SELECT u.id FROM users u WHERE u.email LIKE ? ESCAPE '!')",
                [containing(&search.to_lowercase()).into()],
            );
        }
        page(self.conn, &WALLETS, query, conditions, wallet).await
    }

    /// Every account with its totals, in one statement: the wallets are one, and stand first.
    pub async fn totals(&self) -> Result<Vec<AccountTotal>, Error> {
        let text = "SELECT CASE WHEN a.kind = 'wallet' THEN 'wallet' ELSE a.code END AS code, a.kind, \
                    CAST(SUM(COALESCE(d.cents, 0)) AS BIGINT) AS debits, CAST(SUM(COALESCE(c.cents, 0)) AS BIGINT) AS credits \
                    FROM ledger_accounts a \
                    LEFT JOIN (SELECT debit AS id, SUM(amount_cents) AS cents FROM transfers GROUP BY debit) AS d ON d.id = a.id \
                    LEFT JOIN (SELECT credit AS id, SUM(amount_cents) AS cents FROM transfers GROUP BY credit) AS c \
                    ON c.id = a.id GROUP BY 1, 2 ORDER BY CASE WHEN a.kind = 'wallet' THEN 0 ELSE 1 END, 1";
        let rows = sql::all(self.conn, text, []).await?;
        rows.iter().map(total).collect()
    }
}

/// The transfers of an account that has many: the newest of all are looked through.
fn of_many(account: &str) -> String {
    let account = format!("(SELECT a.id FROM ledger_accounts a WHERE {account})");
    format!("(l.debit = {account} OR l.credit = {account})")
}

/// Those of an account that has few, such as a wallet: all of them are found first.
fn of_few(account: &str) -> String {
    let account = format!("(SELECT a.id FROM ledger_accounts a WHERE {account})");
    format!(
        "l.seq IN (SELECT d.seq FROM transfers d WHERE d.debit = {account} \
         UNION ALL SELECT c.seq FROM transfers c WHERE c.credit = {account})"
    )
}

fn transfer(row: &QueryResult) -> Result<TransferLine, Error> {
    let (customer, email): (Option<Uuid>, Option<String>) =
        (row.try_get("", "customer_id")?, row.try_get("", "email")?);
    let (order, number): (Option<Uuid>, Option<String>) = (row.try_get("", "order_id")?, row.try_get("", "number")?);
    let number = number.as_deref().and_then(OrderNumber::parse);
    Ok(TransferLine {
        at: Timestamp::from_micros(row.try_get("", "at")?),
        kind: kind(row)?,
        debit: row.try_get("", "debit")?,
        credit: row.try_get("", "credit")?,
        amount: cents(row, "amount_cents")?,
        customer: customer.map(UserId).zip(email),
        order: order.map(OrderId).zip(number),
        source: row.try_get("", "source_id")?,
        actor: row.try_get("", "actor")?,
    })
}

fn wallet(row: &QueryResult) -> Result<WalletLine, Error> {
    Ok(WalletLine {
        user: UserId(row.try_get("", "key_id")?),
        email: row.try_get("", "email")?,
        balance: cents(row, "balance_cents")?,
        moved_at: row.try_get::<Option<i64>>("", "moved_at")?.map(Timestamp::from_micros),
    })
}

fn total(row: &QueryResult) -> Result<AccountTotal, Error> {
    let name: String = row.try_get("", "kind")?;
    let kind = AccountKind::parse(&name).ok_or_else(|| Error::Unreadable {
        table: "ledger_accounts",
        reason: format!("the kind of account {name} is not known to this program"),
    })?;
    Ok(AccountTotal {
        code: row.try_get("", "code")?,
        kind,
        debits: cents(row, "debits")?,
        credits: cents(row, "credits")?,
    })
}
