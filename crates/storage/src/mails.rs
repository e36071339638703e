//! Mails: what is to be sent, what was sent, and what could not be.

use domain::clock::Timestamp;
use domain::email::EmailAddress;
use domain::id::UserId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{Error, sql};

/// The room of mails.
#[derive(Clone, Copy, Debug)]
pub struct Mails<'a, C> {
    conn: &'a C,
}

/// A mail that is to be sent. Without `Debug`: its words are sealed, and nobody's business all the same.
#[derive(Clone)]
pub struct NewMail {
    /// Its row, and what its Message-ID is made of.
    pub id: Uuid,
    /// Whose account it is about.
    pub user: Option<UserId>,
    /// To whom.
    pub to: EmailAddress,
    /// The kind of its words.
    pub kind: &'static str,
    /// Its words, sealed.
    pub words: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

const WAITING: &str = "waiting";

impl<'a, C: ConnectionTrait> Mails<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }
}

impl Mails<'_, DatabaseTransaction> {
    /// Adds a mail that waits to be sent.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn add(&self, mail: &NewMail) -> Result<(), Error> {
        let text = "INSERT INTO mails (id, user_id, recipient, kind, words, state, created_at, attempts) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
        let values = [
            mail.id.into(),
            mail.user.map(|user| user.0).into(),
            mail.to.as_str().into(),
            mail.kind.into(),
            mail.words.clone().into(),
            WAITING.into(),
            mail.created_at.as_micros().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }
}
