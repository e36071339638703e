//! Mails as staff list them, without what they say.

use domain::clock::Timestamp;
use domain::listing::{ListPage, ListQuery};
use domain::mail::MailState;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{MailRepository, unreadable};
use crate::Error;
use crate::listing::{Conditions, ListSource, SortKind, containing, page};

/// A mail in the list of the staff. The address is personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMail {
    /// Its row.
    pub id: Uuid,
    /// The recipient.
    pub to: String,
    /// The kind of its content.
    pub kind: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its state.
    pub state: MailState,
    /// When a mail server accepted it.
    pub sent_at: Option<Timestamp>,
    /// How often sending it failed.
    pub failures: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

const MAILS: ListSource = ListSource {
    columns: "m.recipient, m.kind, m.created_at, m.state, m.sent_at, m.failures, m.last_error",
    joins: "JOIN mails m ON m.id = k.id",
    table: "mails l",
    id: "l.id",
    usual: ("created", "l.created_at", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> MailRepository<'_, C> {
    /// Mails by when they were created (`created`). Filters: `state`; `user`, the id of the account that it is about. What is
    /// searched for stands in the recipient's address.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<ListedMail>, Error> {
        let mut conditions = Conditions::default();
        match query.filter("state") {
            "" => {}
            state => conditions.add("l.state = ?", [state.into()]),
        }
        if let Ok(user) = Uuid::parse_str(query.filter("user")) {
            conditions.add("l.user_id = ?", [user.into()]);
        }
        match query.search.trim() {
            "" => {}
            search => conditions.add(
                "l.recipient LIKE ? ESCAPE '!'",
                [containing(&search.to_lowercase()).into()],
            ),
        }
        page(self.conn, &MAILS, query, conditions, line).await
    }
}

fn line(row: &QueryResult) -> Result<ListedMail, Error> {
    let state: String = row.try_get("", "state")?;
    Ok(ListedMail {
        id: row.try_get("", "key_id")?,
        to: row.try_get("", "recipient")?,
        kind: row.try_get("", "kind")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        state: MailState::parse(&state).ok_or_else(|| unreadable("state"))?,
        sent_at: row.try_get::<Option<i64>>("", "sent_at")?.map(Timestamp::from_micros),
        failures: u32::try_from(row.try_get::<i64>("", "failures")?).unwrap_or(u32::MAX),
        last_error: row.try_get("", "last_error")?,
    })
}
