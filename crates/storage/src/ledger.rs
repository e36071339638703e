//! The ledger: transfers, which are only ever added, and the accounts between which they move money.
//!
//! Nothing here sets a balance: triggers of the database move a wallet's by each transfer, and refuse every other change.

mod listed;

use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::posting::{Posting, WalletTransaction};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::dialect::Kind;
use crate::{Error, dialect, sql};

pub use listed::{AccountTotal, TransferLine, WalletLine};

/// The one currency.
const CURRENCY: &str = "EUR";

/// The repository of the ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerRepository<'a, C> {
    conn: &'a C,
}

/// A transfer that was posted before, of a source that is asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedTransfer {
    /// Its kind.
    pub kind: TransferKind,
    /// The code of the account that it debited.
    pub debit: String,
    /// The code of the account that it credited.
    pub credit: String,
    /// How much it moved.
    pub amount: Cents,
    /// The balance of the wallet that it touched, right after it.
    pub balance: Cents,
}

impl<'a, C: ConnectionTrait> LedgerRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The balance of an account's wallet; `None` when there is no such account.
    pub async fn balance(&self, user: UserId) -> Result<Option<Cents>, Error> {
        self.balance_locked(user, "").await
    }

    async fn balance_locked(&self, user: UserId, lock: &str) -> Result<Option<Cents>, Error> {
        let text = format!("SELECT balance_cents FROM ledger_accounts WHERE user_id = $1 AND kind = 'wallet'{lock}");
        let row = sql::one(self.conn, &text, [user.0.into()]).await?;
        row.map(|row| cents(&row, "balance_cents")).transpose()
    }

    /// Up to `limit` of the transfers that touched an account's wallet, newest first, after the first `skipped`.
    pub async fn of_wallet(&self, user: UserId, limit: u32, skipped: u64) -> Result<Vec<WalletTransaction>, Error> {
        let text = "SELECT t.id, t.at, t.kind, t.order_id, CASE WHEN t.credit = w.id THEN t.amount_cents ELSE -t.amount_cents END \
                    AS amount FROM ledger_accounts w JOIN transfers t ON t.debit = w.id OR t.credit = w.id \
                    WHERE w.user_id = $1 AND w.kind = 'wallet' ORDER BY t.seq DESC LIMIT $2 OFFSET $3";
        let skipped = i64::try_from(skipped).unwrap_or(i64::MAX);
        let values = [user.0.into(), i64::from(limit).into(), skipped.into()];
        let rows = sql::all(self.conn, text, values).await?;
        rows.iter().map(wallet_transaction).collect()
    }
}

impl LedgerRepository<'_, DatabaseTransaction> {
    /// Opens the wallet of a new account.
    pub async fn open_wallet(&self, user: UserId) -> Result<(), Error> {
        let text = "INSERT INTO ledger_accounts (code, kind, user_id, currency) VALUES ($1, $2, $3, $4)";
        let wallet = LedgerAccount::Wallet(user);
        let values = [
            wallet.to_string().into(),
            wallet.kind().as_str().into(),
            user.0.into(),
            CURRENCY.into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Locks an account's wallet until the transaction ends, and returns its balance. Every transaction that posts to a
    /// wallet does so first.
    pub async fn lock_wallet(&self, user: UserId) -> Result<Option<Cents>, Error> {
        self.balance_locked(user, dialect::row_lock(self.conn)).await
    }

    /// The transfer of this kind that `source_id` caused already.
    pub async fn posted(&self, kind: TransferKind, source_id: &str) -> Result<Option<PostedTransfer>, Error> {
        let text = "SELECT t.kind, d.code AS debit, c.code AS credit, t.amount_cents, \
                    CAST(COALESCE((SELECT SUM(CASE WHEN s.credit = w.id THEN s.amount_cents ELSE -s.amount_cents END) \
                    FROM transfers s WHERE s.seq <= t.seq AND (s.debit = w.id OR s.credit = w.id)), 0) AS BIGINT) \
                    AS balance FROM transfers t JOIN ledger_accounts d ON d.id = t.debit \
                    JOIN ledger_accounts c ON c.id = t.credit \
                    JOIN ledger_accounts w ON w.kind = 'wallet' AND (w.id = d.id OR w.id = c.id) \
                    WHERE t.source_type = $1 AND t.source_id = $2 AND t.leg = $3";
        let rule = kind.rule();
        let values = [rule.source.as_str().into(), source_id.into(), rule.leg.into()];
        let row = sql::one(self.conn, text, values).await?;
        row.as_ref().map(posted).transpose()
    }

    /// Posts a transfer, with the name of who acts. `false` when its source posted this leg already: then nothing was
    /// posted.
    pub async fn post(&self, id: Uuid, posting: &Posting, actor: &str, now: Timestamp) -> Result<bool, Error> {
        Ok(self.insert(vec![posted_row(id, posting, actor, now)]).await? == 1)
    }

    /// Posts many transfers in one statement, with the name of who acts. Their accounts exist and their sources are new: a leg
    /// that was posted before is an error.
    pub async fn post_all(&self, postings: &[(Uuid, Posting)], actor: &str, now: Timestamp) -> Result<(), Error> {
        let row = |(id, posting): &(Uuid, Posting)| posted_row(*id, posting, actor, now);
        let rows: Vec<Vec<Value>> = postings.iter().map(row).collect();
        let expected = rows.len() as u64;
        let posted = self.insert(rows).await?;
        if posted != expected {
            return Err(Error::Unreadable {
                table: "transfers",
                reason: format!("of {expected} transfers {posted} could be posted"),
            });
        }
        Ok(())
    }

    /// Returns how many legs had not been posted before.
    async fn insert(&self, rows: Vec<Vec<Value>>) -> Result<u64, Error> {
        if rows.is_empty() {
            return Ok(0);
        }
        let text = format!("{POST} ON CONFLICT (source_type, source_id, leg) DO NOTHING");
        let statement = dialect::with_rows(self.conn, &POSTED, rows, &text);
        Ok(self.conn.execute_raw(statement).await?.rows_affected())
    }

    /// Posts these in one go with others' rows; `None` if there are none. A leg that was posted before is an error.
    pub(crate) fn posting(&self, postings: &[(Uuid, Posting)], actor: &str, now: Timestamp) -> Option<Statement> {
        let row = |(id, posting): &(Uuid, Posting)| posted_row(*id, posting, actor, now);
        let rows: Vec<Vec<Value>> = postings.iter().map(row).collect();
        (!rows.is_empty()).then(|| dialect::with_rows(self.conn, &POSTED, rows, POST))
    }

    /// Whether the shop has this account.
    pub async fn has(&self, account: LedgerAccount) -> Result<bool, Error> {
        let text = "SELECT 1 FROM ledger_accounts WHERE code = $1";
        let found = sql::one(self.conn, text, [account.to_string().into()]).await?;
        Ok(found.is_some())
    }

    /// Opens an account of the shop if there is none yet.
    pub async fn ensure(&self, account: LedgerAccount) -> Result<(), Error> {
        let text = "INSERT INTO ledger_accounts (code, kind, currency) SELECT $1, $2, $3 \
                    WHERE NOT EXISTS (SELECT 1 FROM ledger_accounts WHERE code = $1) ON CONFLICT (code) DO NOTHING";
        let values = [
            account.to_string().into(),
            account.kind().as_str().into(),
            CURRENCY.into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }
}

/// Inserts transfers between the accounts that they name; one that does not exist breaks a rule of the table. Each account is looked
/// up by itself: PostgreSQL takes the rows of `w` for many, and would read the whole table to join them.
const POST: &str = "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
                    order_id, unit_id) SELECT w.id, w.at, w.kind, (SELECT a.id FROM ledger_accounts a WHERE a.code = w.debit), \
                    (SELECT a.id FROM ledger_accounts a WHERE a.code = w.credit), \
                    (SELECT a.currency FROM ledger_accounts a WHERE a.code = w.debit), w.amount, w.source_type, \
                    w.source_id, CAST(w.leg AS SMALLINT), w.actor, w.order_id, w.unit_id FROM w WHERE TRUE";

/// The columns of a posting and their kinds.
const POSTED: [(&str, Kind); 12] = [
    ("id", Kind::Uuid),
    ("at", Kind::Number),
    ("kind", Kind::Text),
    ("amount", Kind::Number),
    ("source_type", Kind::Text),
    ("source_id", Kind::Text),
    ("leg", Kind::Number),
    ("actor", Kind::Text),
    ("debit", Kind::Text),
    ("credit", Kind::Text),
    ("order_id", Kind::UuidOrNone),
    ("unit_id", Kind::UuidOrNone),
];

fn posted_row(id: Uuid, posting: &Posting, actor: &str, now: Timestamp) -> Vec<Value> {
    let rule = posting.kind().rule();
    vec![
        id.into(),
        now.as_micros().into(),
        posting.kind().as_str().into(),
        posting.amount().get().into(),
        rule.source.as_str().into(),
        posting.source_id().into(),
        i64::from(rule.leg).into(),
        actor.into(),
        posting.debit().to_string().into(),
        posting.credit().to_string().into(),
        posting.order().map(|order| order.0).into(),
        posting.unit().map(|unit| unit.0).into(),
    ]
}

fn wallet_transaction(row: &QueryResult) -> Result<WalletTransaction, Error> {
    Ok(WalletTransaction {
        id: row.try_get("", "id")?,
        at: Timestamp::from_micros(row.try_get("", "at")?),
        kind: kind(row)?,
        amount: cents(row, "amount")?,
        order: row.try_get::<Option<Uuid>>("", "order_id")?.map(OrderId),
    })
}

fn posted(row: &QueryResult) -> Result<PostedTransfer, Error> {
    Ok(PostedTransfer {
        kind: kind(row)?,
        debit: row.try_get("", "debit")?,
        credit: row.try_get("", "credit")?,
        amount: cents(row, "amount_cents")?,
        balance: cents(row, "balance")?,
    })
}

fn kind(row: &QueryResult) -> Result<TransferKind, Error> {
    let name: String = row.try_get("", "kind")?;
    TransferKind::parse(&name).ok_or_else(|| Error::Unreadable {
        table: "transfers",
        reason: format!("the kind of transfer {name} is not known to this program"),
    })
}

fn cents(row: &QueryResult, column: &str) -> Result<Cents, Error> {
    Ok(Cents::new(row.try_get("", column)?))
}

/// What must be true of the ledger, each with the statement that finds what breaks it.
pub(crate) fn promises() -> [(&'static str, String); 3] {
    let known = TransferKind::ALL.map(|kind| {
        let rule = kind.rule();
        let names = |kinds: &[AccountKind]| {
            let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
            names.join(", ")
        };
        format!(
            "(t.kind = '{}' AND d.kind IN ({}) AND c.kind IN ({}) AND t.source_type = '{}' AND t.leg = {})",
            kind.as_str(),
            names(rule.debit),
            names(rule.credit),
            rule.source.as_str(),
            rule.leg
        )
    });
    [
        (
            "the balance of a wallet is the sum of its transfers",
            "SELECT a.code AS example FROM ledger_accounts a WHERE a.balance_cents <> CASE WHEN a.kind = 'wallet' THEN \
             COALESCE((SELECT SUM(t.amount_cents) FROM transfers t WHERE t.credit = a.id), 0) \
             - COALESCE((SELECT SUM(t.amount_cents) FROM transfers t WHERE t.debit = a.id), 0) ELSE 0 END \
             OR (a.kind = 'wallet' AND a.balance_cents < 0)"
                .to_owned(),
        ),
        (
            "each transfer debits and credits accounts of its kind",
            format!(
                "SELECT t.source_type || ' ' || t.source_id AS example FROM transfers t \
                 JOIN ledger_accounts d ON d.id = t.debit JOIN ledger_accounts c ON c.id = t.credit \
                 WHERE NOT ({})",
                known.join(" OR ")
            ),
        ),
        (
            "every account has a wallet",
            "SELECT u.email AS example FROM users u WHERE NOT EXISTS \
             (SELECT 1 FROM ledger_accounts a WHERE a.user_id = u.id AND a.kind = 'wallet')"
                .to_owned(),
        ),
    ]
}
