//! What must be true of orders, each with the statement that finds what breaks it.

/// The promises about orders, units and what was posted for them.
pub(crate) fn promises() -> [(&'static str, &'static str); 9] {
    [
        (
            "what customers paid for open units is what lies in the account of open orders",
            "SELECT CAST(posted.cents AS TEXT) || ' posted, ' || CAST(open.cents AS TEXT) || ' open' AS example FROM \
             (SELECT COALESCE(SUM(CASE WHEN t.credit = a.id THEN t.amount_cents ELSE -t.amount_cents END), 0) AS cents \
             FROM ledger_accounts a JOIN transfers t ON t.debit = a.id OR t.credit = a.id WHERE a.code = 'orders_open') AS posted, \
             (SELECT COALESCE(SUM(paid_cents - refunded_cents), 0) AS cents FROM units \
             WHERE state NOT IN ('delivered', 'refunded')) AS open WHERE posted.cents <> open.cents",
        ),
        (
            "an order costs what its units do, and that was paid once",
            "SELECT o.number AS example FROM orders o WHERE o.total_cents <> \
             (SELECT COALESCE(SUM(u.paid_cents), 0) FROM units u WHERE u.order_id = o.id) OR o.total_cents <> \
             (SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfers t WHERE t.order_id = o.id AND t.kind = 'purchase')",
        ),
        (
            "an order has as many units of a game as its items say",
            "SELECT o.number AS example FROM orders o JOIN order_items i ON i.order_id = o.id WHERE i.quantity <> \
             (SELECT COUNT(*) FROM units u WHERE u.order_id = i.order_id AND u.game_id = i.game_id)",
        ),
        (
            "a delivered unit was booked as sold, with its tax, and its key is its customer's",
            "SELECT o.number AS example FROM units u JOIN orders o ON o.id = u.order_id WHERE u.delivered_at IS NOT NULL \
             AND (u.own_key_id IS NULL OR u.paid_cents <> (SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfers t \
             WHERE t.unit_id = u.id AND t.kind IN ('sale', 'sale_vat')) OR (u.state = 'delivered' AND NOT EXISTS \
             (SELECT 1 FROM own_keys k WHERE k.id = u.own_key_id AND k.state = 'delivered' AND k.game_id = u.game_id)))",
        ),
        (
            "what a unit got back is what its refunds say, and all of it once it ended without a key",
            "SELECT o.number AS example FROM units u JOIN orders o ON o.id = u.order_id WHERE u.refunded_cents <> \
             (SELECT COALESCE(SUM(r.amount_cents), 0) FROM refunds r WHERE r.unit_id = u.id) OR u.refunded_cents <> \
             (SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfers t WHERE t.unit_id = u.id AND t.kind = 'refund') \
             OR (u.state = 'refunded' AND u.refunded_cents <> u.paid_cents)",
        ),
        (
            "a claimed key is held by the unit that it is claimed for",
            "SELECT 'key ' || CAST(k.line AS TEXT) AS example FROM own_keys k WHERE (k.state = 'claimed') <> EXISTS \
             (SELECT 1 FROM units u WHERE u.own_key_id = k.id AND u.state = 'ready')",
        ),
        (
            "a key for sale is in no unit that has a key",
            "SELECT o.number AS example FROM units u JOIN orders o ON o.id = u.order_id JOIN own_keys k ON k.id = u.own_key_id \
             WHERE k.state IN ('free', 'withdrawn') AND (u.state <> 'refunded' OR u.revealed_at IS NOT NULL)",
        ),
        (
            "an offer has as many copies reserved as units hold of it",
            "SELECT g.slug AS example FROM offers f JOIN games g ON g.id = f.game_id WHERE f.reserved <> \
             (SELECT COUNT(*) FROM units u WHERE u.reserved_offer_id = f.id)",
        ),
        (
            "the status of an order follows from its units",
            "SELECT n.number AS example FROM (SELECT o.number, o.status, o.payment_status, o.open_units, \
             COUNT(CASE WHEN u.state IN ('ready', 'planned') THEN 1 END) AS open, COUNT(u.delivered_at) AS delivered, \
             COUNT(CASE WHEN u.ended_by = 'deadline' THEN 1 END) AS failed, \
             COUNT(CASE WHEN u.state = 'refunded' THEN NULL ELSE 1 END) AS kept \
             FROM orders o JOIN units u ON u.order_id = o.id \
             GROUP BY o.id, o.number, o.status, o.payment_status, o.open_units) AS n WHERE n.open_units <> n.open \
             OR n.status <> CASE WHEN n.open > 0 THEN 'PROCESSING' WHEN n.delivered > 0 THEN 'COMPLETED' \
             WHEN n.failed > 0 THEN 'FAILED' ELSE 'CANCELLED' END \
             OR n.payment_status <> CASE WHEN n.kept = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END",
        ),
    ]
}
