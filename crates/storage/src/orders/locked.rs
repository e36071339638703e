//! A locked order: its units, and what they make of it.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, OrderId, UnitId, UserId};
use domain::money::{BasisPoints, Cents};
use domain::order::{OrderUnit, UnitStanding};
use domain::tax::{Country, TaxTerms};
use domain::unit::{Unit, UnitEnd, UnitState};
use sea_orm::{DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::{NewUnit, OrderRepository, row};
use crate::{Error, dialect, sql};

/// A unit of a locked order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedUnit {
    /// Its id.
    pub id: UnitId,
    /// Its game.
    pub game: GameId,
    /// What it is at.
    pub state: UnitState,
    /// The key that is claimed for it, or that it got.
    pub key: Option<Uuid>,
    /// What that key cost the shop; 0 where nobody said.
    pub key_cost: Cents,
    /// The offer of which a copy is reserved for it.
    pub reserved: Option<OfferId>,
    /// What was paid for it.
    pub paid: Cents,
    /// The tax in it.
    pub vat: Cents,
    /// Whose tax.
    pub tax: Option<TaxTerms>,
    /// What of it went back.
    pub refunded: Cents,
    /// Why it ended without a key.
    pub ended_by: Option<UnitEnd>,
    /// When its key was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When its customer saw the key first.
    pub revealed_at: Option<Timestamp>,
    /// Until when it has to be delivered.
    pub deadline: Timestamp,
}

impl LockedUnit {
    /// The same once it is delivered.
    #[must_use]
    pub fn delivered(self, at: Timestamp) -> Self {
        Self {
            state: UnitState::Delivered,
            delivered_at: Some(at),
            ..self
        }
    }

    /// What an order shows of it.
    #[must_use]
    pub const fn unit(&self) -> OrderUnit {
        OrderUnit {
            id: self.id,
            game: self.game,
            paid: self.paid,
            refunded: self.refunded,
            state: self.state,
            key: self.key,
            revealed_at: self.revealed_at,
        }
    }

    /// As the table of units moves it.
    #[must_use]
    pub fn movable(&self) -> Unit {
        let holds_key = self.key.is_some() && !matches!(self.state, UnitState::Refunded);
        Unit {
            is_revealed: self.revealed_at.is_some(),
            ..Unit::unasked(self.state, holds_key, self.reserved.is_some())
        }
    }

    /// What of it decides on the order's status.
    #[must_use]
    pub fn standing(&self) -> UnitStanding {
        UnitStanding {
            state: self.state,
            was_delivered: self.delivered_at.is_some(),
            ended_by: self.ended_by,
            is_paid_back: self.refunded == self.paid && self.state == UnitState::Refunded,
        }
    }
}

impl NewUnit {
    /// What [`lock`](OrderRepository::lock) reads of it until somebody moves it.
    #[must_use]
    pub fn placed(&self) -> LockedUnit {
        LockedUnit {
            id: self.id,
            game: self.game,
            state: self.state(),
            key: self.key,
            key_cost: self.key_cost,
            reserved: self.reserved,
            paid: self.paid,
            vat: self.vat(),
            tax: self.tax,
            refunded: Cents::ZERO,
            ended_by: None,
            delivered_at: None,
            revealed_at: None,
            deadline: self.deadline,
        }
    }
}

impl OrderRepository<'_, DatabaseTransaction> {
    /// Locks the wallet of an order's customer, then the order, then its units, until the transaction ends; returns the units in their
    /// order, as they are once they are locked. Nothing is locked of an order that is not `user`'s.
    pub async fn lock(&self, id: OrderId, user: UserId) -> Result<Vec<LockedUnit>, Error> {
        let text = format!(
            "SELECT {LOCKED} FROM ledger_accounts a JOIN orders o ON o.user_id = a.user_id \
             JOIN units u ON u.order_id = o.id LEFT JOIN own_keys k ON k.id = u.own_key_id \
             WHERE a.user_id = $2 AND a.kind = 'wallet' AND o.id = $1 ORDER BY u.position{}",
            dialect::row_lock_of(self.conn, &["a", "o", "u"])
        );
        let rows = sql::all(self.conn, &text, [id.0.into(), user.0.into()]).await?;
        rows.iter().map(locked).collect()
    }

    /// The units of a locked order, in their order: only who holds the order's lock changes them.
    pub async fn units(&self, order: OrderId) -> Result<Vec<LockedUnit>, Error> {
        let text = format!(
            "SELECT {LOCKED} FROM units u LEFT JOIN own_keys k ON k.id = u.own_key_id \
             WHERE u.order_id = $1 ORDER BY u.position"
        );
        let rows = sql::all(self.conn, &text, [order.0.into()]).await?;
        rows.iter().map(locked).collect()
    }
}

/// The columns of a [`LockedUnit`]. What a key cost never changes.
const LOCKED: &str = "u.id, u.game_id, u.state, u.own_key_id, COALESCE(k.cost_cents, 0) AS key_cost, u.reserved_offer_id, \
                      u.paid_cents, u.vat_cents, u.tax_country, u.tax_rate, u.refunded_cents, u.ended_by, u.delivered_at, \
                      u.revealed_at, u.deadline_at";

fn locked(found: &QueryResult) -> Result<LockedUnit, Error> {
    let country: Option<String> = found.try_get("", "tax_country")?;
    let rate: i64 = found.try_get("", "tax_rate")?;
    let ended_by: Option<String> = found.try_get("", "ended_by")?;
    Ok(LockedUnit {
        id: UnitId(found.try_get("", "id")?),
        game: GameId(found.try_get("", "game_id")?),
        state: row::state(found)?,
        key: found.try_get("", "own_key_id")?,
        key_cost: Cents::new(found.try_get("", "key_cost")?),
        reserved: found.try_get::<Option<Uuid>>("", "reserved_offer_id")?.map(OfferId),
        paid: Cents::new(found.try_get("", "paid_cents")?),
        vat: Cents::new(found.try_get("", "vat_cents")?),
        tax: country.and_then(|country| {
            Some(TaxTerms {
                country: Country::parse(&country)?,
                rate: BasisPoints::new(u32::try_from(rate).ok()?),
            })
        }),
        refunded: Cents::new(found.try_get("", "refunded_cents")?),
        ended_by: ended_by.as_deref().and_then(UnitEnd::parse),
        delivered_at: row::time(found, "delivered_at")?,
        revealed_at: row::time(found, "revealed_at")?,
        deadline: Timestamp::from_micros(found.try_get("", "deadline_at")?),
    })
}
