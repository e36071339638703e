//! Security events of all accounts, as staff list them.

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::listing::{ListPage, ListQuery};
use domain::security::{Device, SecurityEvent};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::SecurityEventRepository;
use crate::listing::{Conditions, ListSource, SortKind, page};
use crate::{Error, sql};

/// A security event in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityLine {
    /// Its row.
    pub id: Uuid,
    /// The time.
    pub at: Timestamp,
    /// The account; `None` when there is none with the address that was tried.
    pub user: Option<UserId>,
    /// The account's address, if the account still exists.
    pub email: Option<String>,
    /// The event's name, also of one that only a newer program knows.
    pub kind: String,
    /// The device.
    pub device: Device,
}

const EVENTS: ListSource = ListSource {
    columns: "e.id, e.at, e.user_id, e.kind, e.address, e.device, u.email",
    joins: "JOIN security_events e ON e.id = k.id LEFT JOIN users u ON u.id = e.user_id",
    table: "security_events l",
    id: "l.id",
    usual: ("at", "l.at", SortKind::Number),
    others: &[],
};

/// What a tried sign-in leaves.
const SIGN_INS: [SecurityEvent; 3] = [
    SecurityEvent::SignedIn,
    SecurityEvent::SignInFailed,
    SecurityEvent::SecondFactorFailed,
];

impl<C: ConnectionTrait> SecurityEventRepository<'_, C> {
    /// Events by their time (`at`). Filters: `user`, an account's id; `event`, the name of one. What is searched for is the
    /// address of an account or of a network.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<SecurityLine>, Error> {
        let mut conditions = Conditions::default();
        if let Ok(user) = Uuid::parse_str(query.filter("user")) {
            conditions.add("l.user_id = ?", [user.into()]);
        }
        match query.filter("event") {
            "" => {}
            kind => conditions.add("l.kind = ?", [kind.into()]),
        }
        match query.search.trim() {
            "" => {}
            email if email.contains('@') => conditions.add(
                "l.user_id = (SELECT u.id FROM users u WHERE u.email = ?)",
                [email.to_lowercase().into()],
            ),
            address => conditions.add("l.address = ?", [address.into()]),
        }
        page(self.conn, &EVENTS, query, conditions, line).await
    }

    /// The latest sign-ins to an account and tries of them, newest first.
    pub async fn sign_ins_of(&self, user: UserId, limit: u32) -> Result<Vec<SecurityLine>, Error> {
        let text = "SELECT e.id, e.at, e.user_id, e.kind, e.address, e.device, NULL AS email FROM security_events e \
                    WHERE e.user_id = $1 AND e.kind IN ($2, $3, $4) ORDER BY e.at DESC, e.id DESC LIMIT $5";
        let [one, two, three] = SIGN_INS.map(|event| event.as_str().into());
        let values = [user.0.into(), one, two, three, i64::from(limit).into()];
        sql::all(self.conn, text, values).await?.iter().map(line).collect()
    }
}

fn line(row: &QueryResult) -> Result<SecurityLine, Error> {
    Ok(SecurityLine {
        id: row.try_get("", "id")?,
        at: Timestamp::from_micros(row.try_get("", "at")?),
        user: row.try_get::<Option<Uuid>>("", "user_id")?.map(UserId),
        email: row.try_get("", "email")?,
        kind: row.try_get("", "kind")?,
        device: Device {
            address: row.try_get("", "address")?,
            name: row.try_get("", "device")?,
        },
    })
}
