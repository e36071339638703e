//! Accounts and their names, roles and passwords.

mod managed;

use domain::account::{PersonNames, Registered, Role, User};
use domain::clock::Timestamp;
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::staff::StaffRole;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::ledger::LedgerRepository;
use crate::{Error, dialect, sql};

pub use managed::AccountFigures;

/// The repository of accounts.
#[derive(Clone, Copy, Debug)]
pub struct AccountRepository<'a, C> {
    conn: &'a C,
}

/// The data that authenticates an account's owner. Without `Debug`: none of it may be logged.
pub struct Credentials {
    /// The account.
    pub user: User,
    /// The password's hash, as a PHC text.
    pub password_hash: String,
}

/// The columns that [`user`] reads, of `users u`.
pub(crate) const COLUMNS: &str = "u.id, u.email, u.nickname, u.first_name, u.last_name, u.avatar, u.staff_role, \
                                  u.blocked_at, u.email_verified_at, u.totp_since, u.created_at";

impl<'a, C: ConnectionTrait> AccountRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The account of this id.
    pub async fn by_id(&self, id: UserId) -> Result<Option<User>, Error> {
        let text = format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1");
        let row = sql::one(self.conn, &text, [id.0.into()]).await?;
        row.as_ref().map(user).transpose()
    }

    /// The account of this address, with its password's hash.
    pub async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Error> {
        self.credentials_where("u.email = $1", email.as_str().into()).await
    }

    /// The account of the first of `spellings` that has one, with its password's hash
    /// ([`EmailAddress::spellings`], at most two).
    pub async fn credentials_of_any(&self, spellings: &[EmailAddress]) -> Result<Option<Credentials>, Error> {
        let Some(first) = spellings.first() else {
            return Ok(None);
        };
        let last = spellings.last().unwrap_or(first);
        let text = format!(
            "SELECT {COLUMNS}, u.password_hash FROM users u WHERE u.email IN ($1, $2) \
             ORDER BY CASE WHEN u.email = $1 THEN 0 ELSE 1 END LIMIT 1"
        );
        let row = sql::one(self.conn, &text, [first.as_str().into(), last.as_str().into()]).await?;
        row.as_ref().map(credentials).transpose()
    }

    /// The account of this id, with its password's hash.
    pub async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>, Error> {
        self.credentials_where("u.id = $1", id.0.into()).await
    }

    async fn credentials_where(&self, which: &str, value: sea_orm::Value) -> Result<Option<Credentials>, Error> {
        let text = format!("SELECT {COLUMNS}, u.password_hash FROM users u WHERE {which}");
        let row = sql::one(self.conn, &text, [value]).await?;
        row.as_ref().map(credentials).transpose()
    }
}

impl AccountRepository<'_, DatabaseTransaction> {
    /// Adds an account with its wallet; `false` when its address is taken.
    pub async fn add(
        &self,
        id: UserId,
        registered: &Registered,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let names = &registered.names;
        let text = "INSERT INTO users (id, email, password_hash, nickname, first_name, last_name, role, totp_step, \
                    created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8) \
                    ON CONFLICT (email) DO NOTHING";
        let values = [
            id.0.into(),
            registered.email.as_str().into(),
            password_hash.into(),
            names.nickname.as_str().into(),
            names.first_name.clone().into(),
            names.last_name.clone().into(),
            Role::User.as_str().into(),
            now.as_micros().into(),
        ];
        if sql::run(self.conn, text, values).await? == 0 {
            return Ok(false);
        }
        LedgerRepository::new(self.conn).open_wallet(id).await?;
        Ok(true)
    }

    /// Locks an account until the transaction ends: no other transaction then changes its cart or wishlist. `false`
    /// when it does not exist.
    pub async fn lock(&self, id: UserId) -> Result<bool, Error> {
        let text = format!("SELECT id FROM users WHERE id = $1{}", dialect::row_lock(self.conn));
        Ok(sql::one(self.conn, &text, [id.0.into()]).await?.is_some())
    }

    /// Takes a shared lock against [`lock`](Self::lock) until the transaction ends.
    pub async fn share(&self, id: UserId) -> Result<bool, Error> {
        let text = format!(
            "SELECT id FROM users WHERE id = $1{}",
            dialect::row_lock_shared(self.conn)
        );
        Ok(sql::one(self.conn, &text, [id.0.into()]).await?.is_some())
    }

    /// Sets the names of an account.
    pub async fn rename(
        &self,
        id: UserId,
        names: &PersonNames,
        avatar: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let text = "UPDATE users SET nickname = $2, first_name = $3, last_name = $4, avatar = $5, updated_at = $6 \
                    WHERE id = $1";
        let values = [
            id.0.into(),
            names.nickname.as_str().into(),
            names.first_name.clone().into(),
            names.last_name.clone().into(),
            avatar.map(str::to_owned).into(),
            now.as_micros().into(),
        ];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Sets the password of an account.
    pub async fn set_password(&self, id: UserId, password_hash: &str, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1";
        let values = [id.0.into(), password_hash.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Sets another hash of the same password, unless the password was changed since; whether it did.
    pub async fn renew_hash(&self, id: UserId, known: &str, renewed: &str, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2";
        let values = [id.0.into(), known.into(), renewed.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Records that the account's address is verified; only the first time counts.
    pub async fn verify_email(&self, id: UserId, now: Timestamp) -> Result<bool, Error> {
        let text =
            "UPDATE users SET email_verified_at = $2, updated_at = $2 WHERE id = $1 AND email_verified_at IS NULL";
        Ok(sql::run(self.conn, text, [id.0.into(), now.as_micros().into()]).await? == 1)
    }
}

fn credentials(row: &QueryResult) -> Result<Credentials, Error> {
    Ok(Credentials {
        user: user(row)?,
        password_hash: row.try_get("", "password_hash")?,
    })
}

/// Reads the columns of [`COLUMNS`].
pub(crate) fn user(row: &QueryResult) -> Result<User, Error> {
    let unreadable = |column: &str| Error::Unreadable {
        table: "users",
        reason: format!("the column {column} holds what this program never writes"),
    };
    let email: String = row.try_get("", "email")?;
    let staff: Option<String> = row.try_get("", "staff_role")?;
    let staff = staff.map(|name| StaffRole::parse(&name).ok_or_else(|| unreadable("staff_role")));
    let time = |column: &str| row.try_get::<Option<i64>>("", column);
    Ok(User {
        id: UserId(row.try_get::<Uuid>("", "id")?),
        email: EmailAddress::stored(&email).ok_or_else(|| unreadable("email"))?,
        nickname: row.try_get("", "nickname")?,
        first_name: row.try_get("", "first_name")?,
        last_name: row.try_get("", "last_name")?,
        avatar: row.try_get("", "avatar")?,
        staff: staff.transpose()?,
        blocked_at: time("blocked_at")?.map(Timestamp::from_micros),
        email_verified_at: time("email_verified_at")?.map(Timestamp::from_micros),
        second_factor: time("totp_since")?.is_some(),
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}
