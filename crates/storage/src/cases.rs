//! Cases: opened by the shop, settled by people.

use domain::case::{Case, CaseId, CaseKind, SettledCase};
use domain::clock::Timestamp;
use domain::id::{OrderId, UnitId, UserId};
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use domain::order_number::OrderNumber;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::listing::{Conditions, ListSource, SortKind, page};
use crate::{Error, dialect, sql};

/// The repository of cases.
#[derive(Clone, Copy, Debug)]
pub struct CaseRepository<'a, C> {
    conn: &'a C,
}

/// A case with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// The case.
    pub case: Case,
    /// The unit's order and its number.
    pub order: Option<(OrderId, OrderNumber)>,
    /// The title of the unit's game.
    pub title: Option<String>,
    /// The customer, with their address.
    pub customer: Option<(UserId, String)>,
}

/// Cases that are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenCases {
    /// How many.
    pub count: u64,
    /// How much money they are about.
    pub at_risk: Cents,
}

const CASES: ListSource = ListSource {
    columns: "c.kind, c.unit_id, c.risk_cents, c.opened_at, c.settled_at, c.settled_by, c.outcome, o.id AS order_id, \
              o.number, g.title, s.id AS customer_id, s.email",
    joins: "JOIN cases c ON c.id = k.id LEFT JOIN units u ON u.id = c.unit_id LEFT JOIN orders o ON o.id = u.order_id \
            LEFT JOIN games g ON g.id = u.game_id LEFT JOIN users s ON s.id = o.user_id",
    table: "cases l",
    id: "l.id",
    usual: ("opened", "l.opened_at", SortKind::Number),
    others: &[],
};

impl<'a, C: ConnectionTrait> CaseRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Cases by when they were opened (`opened`). Filters: `state`, which is `open` or `settled`; `kind`; `id`; the `order` or
    /// the `user` that they are about.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<CaseLine>, Error> {
        let mut conditions = Conditions::default();
        match query.filter("state") {
            "open" => conditions.add("l.settled_at IS NULL", []),
            "settled" => conditions.add("l.settled_at IS NOT NULL", []),
            _ => {}
        }
        match query.filter("kind") {
            "" => {}
            kind => conditions.add("l.kind = ?", [kind.into()]),
        }
        let units = "l.unit_id IN (SELECT u.id FROM units u";
        for (name, condition) in [
            ("id", "l.id = ?".to_owned()),
            ("order", format!("{units} WHERE u.order_id = ?)")),
            (
                "user",
                format!("{units} JOIN orders o ON o.id = u.order_id WHERE o.user_id = ?)"),
            ),
        ] {
            if let Ok(id) = Uuid::parse_str(query.filter(name)) {
                conditions.add(&condition, [id.into()]);
            }
        }
        page(self.conn, &CASES, query, conditions, line).await
    }

    /// The cases that are open.
    pub async fn open_cases(&self) -> Result<OpenCases, Error> {
        let text = "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(risk_cents), 0) AS BIGINT) AS cents FROM cases \
                    WHERE settled_at IS NULL";
        let Some(row) = sql::one(self.conn, text, []).await? else {
            return Ok(OpenCases::default());
        };
        Ok(OpenCases {
            count: row.try_get::<i64>("", "n")?.unsigned_abs(),
            at_risk: Cents::new(row.try_get("", "cents")?),
        })
    }
}

impl CaseRepository<'_, DatabaseTransaction> {
    /// Opens a case; `false` if one of its kind is open for its unit.
    pub async fn open(&self, case: &Case) -> Result<bool, Error> {
        let text = "INSERT INTO cases (id, kind, unit_id, risk_cents, opened_at) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (kind, unit_id) WHERE settled_at IS NULL DO NOTHING";
        let values = [
            case.id.0.into(),
            case.kind.as_str().into(),
            case.unit.map(|unit| unit.0).into(),
            case.at_risk.get().into(),
            case.opened_at.as_micros().into(),
        ];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Locks a case until the transaction ends; whether it is open, and `None` if there is no such case.
    pub async fn lock(&self, id: CaseId) -> Result<Option<bool>, Error> {
        let text = format!(
            "SELECT settled_at FROM cases WHERE id = $1{}",
            dialect::row_lock(self.conn)
        );
        let row = sql::one(self.conn, &text, [id.0.into()]).await?;
        let open = row.map(|row| row.try_get::<Option<i64>>("", "settled_at"));
        Ok(open.transpose()?.map(|settled_at| settled_at.is_none()))
    }

    /// Settles a locked case.
    pub async fn settle(&self, id: CaseId, settled: &SettledCase) -> Result<(), Error> {
        let text = "UPDATE cases SET settled_at = $2, settled_by = $3, outcome = $4 WHERE id = $1";
        let values = [
            id.0.into(),
            settled.at.as_micros().into(),
            settled.by.as_str().into(),
            settled.outcome.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }
}

fn line(row: &QueryResult) -> Result<CaseLine, Error> {
    let (kind, number): (String, Option<String>) = (row.try_get("", "kind")?, row.try_get("", "number")?);
    let unreadable = |value: &str| Error::Unreadable {
        table: "cases",
        reason: format!("{value} is not known to this program"),
    };
    let number = number.as_deref().and_then(OrderNumber::parse);
    let order: Option<Uuid> = row.try_get("", "order_id")?;
    let (customer, email): (Option<Uuid>, Option<String>) =
        (row.try_get("", "customer_id")?, row.try_get("", "email")?);
    Ok(CaseLine {
        case: Case {
            id: CaseId(row.try_get("", "key_id")?),
            kind: CaseKind::parse(&kind).ok_or_else(|| unreadable(&kind))?,
            unit: row.try_get::<Option<Uuid>>("", "unit_id")?.map(UnitId),
            at_risk: Cents::new(row.try_get("", "risk_cents")?),
            opened_at: Timestamp::from_micros(row.try_get("", "opened_at")?),
            settled: settled(row)?,
        },
        order: order.map(OrderId).zip(number),
        title: row.try_get("", "title")?,
        customer: customer.map(UserId).zip(email),
    })
}

fn settled(row: &QueryResult) -> Result<Option<SettledCase>, Error> {
    let at: Option<i64> = row.try_get("", "settled_at")?;
    let settled = at.map(|at| {
        Ok(SettledCase {
            at: Timestamp::from_micros(at),
            by: row.try_get("", "settled_by")?,
            outcome: row.try_get("", "outcome")?,
        })
    });
    settled.transpose()
}
