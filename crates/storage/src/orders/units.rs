//! The units of a locked order: read, moved, revealed; and the status that follows from them.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, OrderId, UnitId};
use domain::money::{BasisPoints, Cents};
use domain::order::{OrderStatus, PaymentStatus, UnitStanding};
use domain::posting::Posting;
use domain::tax::{Country, TaxTerms};
use domain::unit::{UnitEnd, UnitState};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};
use uuid::Uuid;

use super::{OrderRepository, row};
use crate::dialect::Kind;
use crate::ledger::LedgerRepository;
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

/// Units of a locked order that are delivered, and what follows from that.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Their order.
    pub order: OrderId,
    /// Which.
    pub units: &'a [UnitId],
    /// What is posted, each with an id.
    pub booked: &'a [(Uuid, Posting)],
    /// What the order is at then.
    pub status: (OrderStatus, PaymentStatus),
    /// How many of its units are still open.
    pub open_units: usize,
    /// When.
    pub at: Timestamp,
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

impl OrderRepository<'_, DatabaseTransaction> {
    /// Locks an order until the transaction ends.
    pub async fn lock(&self, id: OrderId) -> Result<(), Error> {
        let text = format!("SELECT id FROM orders WHERE id = $1{}", dialect::row_lock(self.conn));
        sql::one(self.conn, &text, [id.0.into()]).await?;
        Ok(())
    }

    /// The units of a locked order, in their order: only who holds the order's lock changes them.
    pub async fn units(&self, order: OrderId) -> Result<Vec<LockedUnit>, Error> {
        let text = "SELECT u.id, u.game_id, u.state, u.own_key_id, COALESCE(k.cost_cents, 0) AS key_cost, \
                    u.reserved_offer_id, u.paid_cents, u.vat_cents, u.tax_country, u.tax_rate, u.refunded_cents, \
                    u.ended_by, u.delivered_at, u.revealed_at, u.deadline_at \
                    FROM units u LEFT JOIN own_keys k ON k.id = u.own_key_id WHERE u.order_id = $1 ORDER BY u.position";
        let rows = sql::all(self.conn, text, [order.0.into()]).await?;
        rows.iter().map(locked).collect()
    }

    /// Delivers units of a locked order, and what follows from that, in one go: their keys are their customer's.
    pub async fn deliver(&self, delivery: &Delivery<'_>) -> Result<(), Error> {
        let (order, now) = (delivery.order, delivery.at);
        let units = || delivery.units.iter().map(|unit| vec![unit.0.into()]).collect();
        let text = format!(
            "UPDATE units SET state = 'delivered', delivered_at = {}, next_at = NULL WHERE id IN (SELECT id FROM w)",
            now.as_micros()
        );
        let keys = "UPDATE own_keys SET state = 'delivered' WHERE id IN \
                    (SELECT u.own_key_id FROM units u JOIN w ON u.id = w.id)";
        let id = [("id", Kind::Uuid)];
        let mut statements = vec![
            dialect::with_rows(self.conn, &id, units(), &text),
            dialect::with_rows(self.conn, &id, units(), keys),
            self.event(order, delivery.units, "delivered", ("shop", ""), now),
            self.status_change(order, delivery.status, delivery.open_units, now),
        ];
        statements.extend(LedgerRepository::new(self.conn).posting(delivery.booked, "shop", now));
        dialect::run_all(self.conn, statements).await
    }

    /// Ends these units of a locked order without a key, or takes their keys back. Their refunds are posted apart.
    pub async fn end(&self, units: &[UnitId], by: UnitEnd) -> Result<(), Error> {
        let units = units.iter().map(|unit| vec![unit.0.into()]).collect();
        let text = format!(
            "UPDATE units SET state = 'refunded', ended_by = '{}', next_at = NULL, reserved_offer_id = NULL \
             WHERE id IN (SELECT id FROM w)",
            by.as_str()
        );
        let statement = dialect::with_rows(self.conn, &[("id", Kind::Uuid)], units, &text);
        self.conn.execute_raw(statement).await?;
        Ok(())
    }

    /// Makes these keys free again.
    pub async fn free_keys(&self, keys: &[Uuid]) -> Result<(), Error> {
        let text = "UPDATE own_keys SET state = 'free' WHERE id IN (SELECT id FROM w)";
        self.with_keys(keys, text).await
    }

    /// Counts keys that became free with the shop's offers of their games, which are locked.
    pub async fn count_freed(&self, keys: &[Uuid]) -> Result<(), Error> {
        let text = "UPDATE offers SET supplier_qty = offers.supplier_qty + n.keys FROM (SELECT k.game_id, COUNT(*) AS keys \
                     FROM own_keys k JOIN w ON k.id = w.id GROUP BY k.game_id) AS n \
                     WHERE offers.game_id = n.game_id AND offers.supplier = 'own'";
        self.with_keys(keys, text).await
    }

    async fn with_keys(&self, keys: &[Uuid], text: &str) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let rows = keys.iter().map(|key| vec![(*key).into()]).collect();
        let statement = dialect::with_rows(self.conn, &[("id", Kind::Uuid)], rows, text);
        self.conn.execute_raw(statement).await?;
        Ok(())
    }

    /// Makes a reserved copy of each of these locked offers, each as often as it is named, free again.
    pub async fn free_reservations(&self, offers: &[OfferId]) -> Result<(), Error> {
        if offers.is_empty() {
            return Ok(());
        }
        let rows = offers.iter().map(|offer| vec![offer.0.into()]).collect();
        let text = "UPDATE offers SET reserved = offers.reserved - n.copies \
                    FROM (SELECT id, COUNT(*) AS copies FROM w GROUP BY id) AS n WHERE offers.id = n.id";
        let statement = dialect::with_rows(self.conn, &[("id", Kind::Uuid)], rows, text);
        self.conn.execute_raw(statement).await?;
        Ok(())
    }

    /// The offers of the shop's own keys of these games.
    pub async fn own_offers(&self, games: &[GameId]) -> Result<Vec<OfferId>, Error> {
        let rows = games.iter().map(|game| vec![game.0.into()]).collect();
        let text = "SELECT o.id FROM offers o JOIN w ON o.game_id = w.game_id WHERE o.supplier = 'own'";
        let statement = dialect::with_rows(self.conn, &[("game_id", Kind::Uuid)], rows, text);
        let rows = self.conn.query_all_raw(statement).await?;
        rows.iter().map(|row| Ok(OfferId(row.try_get("", "id")?))).collect()
    }

    /// Adds refunds: id, unit, amount.
    pub async fn add_refunds(
        &self,
        refunds: &[(Uuid, UnitId, Cents)],
        (actor, reason): (&str, &str),
        now: Timestamp,
    ) -> Result<(), Error> {
        let columns = [
            ("id", Kind::Uuid),
            ("unit_id", Kind::Uuid),
            ("amount_cents", Kind::Number),
            ("at", Kind::Number),
            ("actor", Kind::Text),
            ("reason", Kind::Text),
        ];
        let rows = refunds.iter().map(|(id, unit, amount)| {
            vec![
                (*id).into(),
                unit.0.into(),
                amount.get().into(),
                now.as_micros().into(),
                actor.into(),
                reason.into(),
            ]
        });
        dialect::insert_at_once(self.conn, "refunds", &columns, rows.collect()).await
    }

    /// Marks a delivered unit as seen, unless it was before; `false` if it is not delivered.
    pub async fn reveal(&self, unit: UnitId, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE units SET revealed_at = COALESCE(revealed_at, $2) WHERE id = $1 AND state = 'delivered'";
        Ok(sql::run(self.conn, text, [unit.0.into(), now.as_micros().into()]).await? == 1)
    }

    /// Sets the status of a locked order, which follows from its units.
    pub async fn set_status(
        &self,
        order: OrderId,
        status: (OrderStatus, PaymentStatus),
        open_units: usize,
        now: Timestamp,
    ) -> Result<(), Error> {
        let change = self.status_change(order, status, open_units, now);
        self.conn.execute_raw(change).await?;
        Ok(())
    }

    fn status_change(
        &self,
        order: OrderId,
        (status, payment): (OrderStatus, PaymentStatus),
        open_units: usize,
        now: Timestamp,
    ) -> Statement {
        let text = "UPDATE orders SET status = $2, payment_status = $3, open_units = $4, \
                    completed_at = CASE WHEN $4 > 0 THEN NULL ELSE COALESCE(completed_at, $5) END WHERE id = $1";
        let values = [
            order.0.into(),
            status.as_str().into(),
            payment.as_str().into(),
            i64::try_from(open_units).unwrap_or(i64::MAX).into(),
            now.as_micros().into(),
        ];
        sql::statement(self.conn, text, values)
    }

    /// Has these units looked at again later.
    pub async fn wait(&self, units: &[UnitId], until: Timestamp) -> Result<(), Error> {
        let rows = units.iter().map(|unit| vec![unit.0.into()]).collect();
        let text = format!(
            "UPDATE units SET next_at = {} WHERE id IN (SELECT id FROM w) AND next_at IS NOT NULL",
            until.as_micros()
        );
        let statement = dialect::with_rows(self.conn, &[("id", Kind::Uuid)], rows, &text);
        self.conn.execute_raw(statement).await?;
        Ok(())
    }
}

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
