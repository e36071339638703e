//! The units of a locked order: moved, revealed; and the status that follows from them.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, OrderId, UnitId, UserId};
use domain::money::Cents;
use domain::order::{OrderStatus, PaymentStatus};
use domain::posting::Posting;
use domain::unit::UnitEnd;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use uuid::Uuid;

use super::OrderRepository;
use crate::dialect::Kind;
use crate::ledger::LedgerRepository;
use crate::{Error, Tx, dialect, sql};

/// Units of an order that are delivered, and what follows from that.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// Their order.
    pub order: OrderId,
    /// Which.
    pub units: &'a [UnitId],
    /// The key of each.
    pub keys: &'a [Uuid],
    /// What is posted, each with an id.
    pub booked: &'a [(Uuid, Posting)],
    /// What the order is at then.
    pub status: (OrderStatus, PaymentStatus),
    /// How many of its units are still open.
    pub open_units: usize,
    /// When.
    pub at: Timestamp,
    /// What the request that made the order is answered.
    pub answer: Option<String>,
}

impl Tx {
    /// Delivers units of a locked order, and what follows from that, in one go with what the transaction touches: their keys are their
    /// customer's.
    pub async fn deliver(&mut self, delivery: &Delivery<'_>) -> Result<(), Error> {
        let statements = self.orders().delivery(delivery);
        self.run_all(statements).await
    }

    /// The same of all units of an order of `user` that is not locked yet, in one go with what [`lock`](OrderRepository::lock) locks;
    /// `false` unless each of them, once it is locked, is ready with its key: then nothing is delivered.
    pub async fn deliver_if_ready(&mut self, user: UserId, delivery: &Delivery<'_>) -> Result<bool, Error> {
        let orders = self.orders();
        let (all_ready, statements) = (orders.all_ready(user, delivery), orders.delivery(delivery));
        self.run_all_if(all_ready, statements).await
    }
}

impl OrderRepository<'_, DatabaseTransaction> {
    fn all_ready(&self, user: UserId, delivery: &Delivery<'_>) -> Statement {
        let columns = [
            ("user_id", Kind::Uuid),
            ("order_id", Kind::Uuid),
            ("id", Kind::Uuid),
            ("key", Kind::Uuid),
        ];
        let units = delivery.units.iter().zip(delivery.keys);
        let rows = units.map(|(unit, key)| vec![user.0.into(), delivery.order.0.into(), unit.0.into(), (*key).into()]);
        let text = format!(
            ", ready AS MATERIALIZED (SELECT u.id FROM w JOIN ledger_accounts a ON a.user_id = w.user_id AND a.kind = 'wallet' \
             JOIN orders o ON o.id = w.order_id AND o.user_id = a.user_id JOIN units u ON u.order_id = o.id AND u.id = w.id \
             WHERE u.state = 'ready' AND u.own_key_id = w.key ORDER BY u.position{}) \
             SELECT COUNT(*) = (SELECT COUNT(*) FROM w) AS is_met FROM ready",
            dialect::row_lock_of(self.conn, &["a", "o", "u"])
        );
        dialect::with_rows(self.conn, &columns, rows.collect(), &text)
    }

    fn delivery(&self, delivery: &Delivery<'_>) -> Vec<Statement> {
        let (order, now) = (delivery.order, delivery.at);
        let text =
            "UPDATE units SET state = 'delivered', delivered_at = w.at, next_at = NULL FROM w WHERE units.id = w.id";
        let keys = delivery.keys.iter().map(|key| vec![(*key).into()]).collect();
        let mut statements = vec![
            dialect::with_rows(self.conn, &MOMENT_OF, moment_of(delivery.units, now), text),
            dialect::with_rows(
                self.conn,
                &[("id", Kind::Uuid)],
                keys,
                "UPDATE own_keys SET state = 'delivered' WHERE id IN (SELECT id FROM w)",
            ),
            self.event(order, delivery.units, "delivered", ("shop", ""), now),
            self.status_change(order, delivery.status, delivery.open_units, now),
        ];
        statements.extend(LedgerRepository::new(self.conn).posting(delivery.booked, "shop", now));
        statements.extend(delivery.answer.as_ref().map(|answer| self.answering(order, answer)));
        statements
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
        let text = "UPDATE units SET next_at = w.at FROM w WHERE units.id = w.id AND units.next_at IS NOT NULL";
        let statement = dialect::with_rows(self.conn, &MOMENT_OF, moment_of(units, until), text);
        self.conn.execute_raw(statement).await?;
        Ok(())
    }
}

/// Units, each with the same moment: in the text of a statement it would be prepared anew each time.
const MOMENT_OF: [(&str, Kind); 2] = [("id", Kind::Uuid), ("at", Kind::Number)];

fn moment_of(units: &[UnitId], at: Timestamp) -> Vec<Vec<Value>> {
    let row = |unit: &UnitId| vec![unit.0.into(), at.as_micros().into()];
    units.iter().map(row).collect()
}
