//! Members of staff: their roles, blocked accounts, and whether somebody may still do what they ask for.

use domain::account::{Role, User};
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::money::Cents;
use domain::staff::StaffRole;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use crate::{Error, accounts, dialect, sql};

/// The repository of staff.
#[derive(Clone, Copy, Debug)]
pub struct StaffRepository<'a, C> {
    conn: &'a C,
}

/// An account and one of its sign-ins, locked against changes until the transaction ends.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The account.
    pub user: User,
    /// When the owner of the sign-in last proved who they are.
    pub proven_at: Timestamp,
}

impl<'a, C: ConnectionTrait> StaffRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Everybody with a role of staff, in the order of their addresses.
    pub async fn list(&self) -> Result<Vec<User>, Error> {
        let text = format!(
            "SELECT {} FROM users u WHERE u.staff_role IS NOT NULL ORDER BY u.email",
            accounts::COLUMNS
        );
        let rows = sql::all(self.conn, &text, []).await?;
        rows.iter().map(accounts::user).collect()
    }
}

impl StaffRepository<'_, DatabaseTransaction> {
    /// The account and the sign-in, if it has not ended. Neither changes until the transaction ends.
    pub async fn standing(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<Option<Standing>, Error> {
        // Locked in this order, as they are joined.
        let text = format!(
            "SELECT {}, s.proven_at FROM users u JOIN sessions s ON s.user_id = u.id \
             WHERE u.id = $1 AND s.id = $2 AND s.expires_at > $3{}",
            accounts::COLUMNS,
            dialect::row_lock_shared(self.conn)
        );
        let standing = |row: QueryResult| {
            Ok(Standing {
                user: accounts::user(&row)?,
                proven_at: Timestamp::from_micros(row.try_get("", "proven_at")?),
            })
        };
        let values = [user.0.into(), session.0.into(), now.as_micros().into()];
        let row = sql::one(self.conn, &text, values).await?;
        row.map(standing).transpose()
    }

    /// The account, if the sign-in has not ended, and the balance of its wallet. None of the three changes until the transaction ends,
    /// but for the balance, and that by this transaction alone.
    pub async fn payer(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Option<(User, Cents)>, Error> {
        let text = locked_payer(self.conn, ["$1", "$2", "$3"], "");
        let values = [user.0.into(), session.0.into(), now.as_micros().into()];
        let row = sql::one(self.conn, &text, values).await?;
        Ok(row.as_ref().map(payer).transpose()?.flatten())
    }

    /// Locks all owners and these accounts until the transaction ends, in the order of their ids: whoever changes roles
    /// or blocks an account does so alone. Returns those of the accounts that exist.
    pub async fn lock_with_owners(&self, accounts: [UserId; 2]) -> Result<Vec<User>, Error> {
        let [one, other] = accounts.map(|id| id.0.into());
        let text = format!(
            "SELECT u.id FROM users u WHERE u.staff_role = 'owner' OR u.id = $1 OR u.id = $2 ORDER BY u.id{}",
            dialect::row_lock(self.conn)
        );
        sql::all(self.conn, &text, [one, other]).await?;
        // Read again: what was locked may have changed while it was waited for.
        let [one, other] = accounts.map(|id| id.0.into());
        let text = format!("SELECT {} FROM users u WHERE u.id = $1 OR u.id = $2", accounts::COLUMNS);
        let rows = sql::all(self.conn, &text, [one, other]).await?;
        rows.iter().map(accounts::user).collect()
    }

    /// How many owners there are who are not blocked, but for `one`.
    pub async fn owners_besides(&self, one: UserId) -> Result<u64, Error> {
        let text =
            "SELECT COUNT(*) AS owners FROM users WHERE staff_role = 'owner' AND blocked_at IS NULL AND id <> $1";
        let row = sql::one(self.conn, text, [one.0.into()]).await?;
        let owners: i64 = row.map_or(Ok(0), |row| row.try_get("", "owners"))?;
        Ok(u64::try_from(owners).unwrap_or(0))
    }

    /// Sets the role of an account; `None` takes it.
    pub async fn set_role(&self, id: UserId, role: Option<StaffRole>, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET role = $2, staff_role = $3, updated_at = $4 WHERE id = $1";
        let values = [
            id.0.into(),
            Role::of(role).as_str().into(),
            role.map(StaffRole::as_str).into(),
            now.as_micros().into(),
        ];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Blocks an account since `since`, or with `None` no longer.
    pub async fn set_blocked(&self, id: UserId, since: Option<Timestamp>, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET blocked_at = $2, updated_at = $3 WHERE id = $1";
        let since = since.map(Timestamp::as_micros);
        Ok(sql::run(self.conn, text, [id.0.into(), since.into(), now.as_micros().into()]).await? == 1)
    }
}

/// A `SELECT` that locks the account, the sign-in and the wallet of [`StaffRepository::payer`], for [`payer`]. The parameters have these
/// names; `only` is a condition that begins with AND.
pub(crate) fn locked_payer(conn: &impl ConnectionTrait, [user, session, now]: [&str; 3], only: &str) -> String {
    format!(
        "SELECT {}, a.balance_cents FROM users u JOIN sessions s ON s.user_id = u.id \
         JOIN ledger_accounts a ON a.user_id = u.id AND a.kind = 'wallet' \
         WHERE u.id = {user} AND s.id = {session} AND s.expires_at > {now}{only}{}",
        accounts::COLUMNS,
        dialect::payer_lock(conn)
    )
}

/// Reads a row of [`locked_payer`]; `None` where it is joined and has none.
pub(crate) fn payer(row: &QueryResult) -> Result<Option<(User, Cents)>, Error> {
    let balance: Option<i64> = row.try_get("", "balance_cents")?;
    balance
        .map(|balance| Ok((accounts::user(row)?, Cents::new(balance))))
        .transpose()
}
