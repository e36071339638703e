//! An audit finds what is wrong with orders and what was paid for them, and invents nothing.

use std::collections::BTreeSet;

use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, games, place, stock};

const OPEN: &str = "what customers paid for open units is what lies in the account of open orders";
const COSTS: &str = "an order costs what its units do, and that was paid once";
const ITEMS: &str = "an order has as many units of a game as its items say";
const SOLD: &str = "a delivered unit was booked as sold, with its tax, and its key is its customer's";
const BACK: &str = "what a unit got back is what its refunds say, and all of it once it ended without a key";
const CLAIMED: &str = "a claimed key is held by the unit that it is claimed for";
const FOR_SALE: &str = "a key for sale is in no unit that has a key";
const RESERVED: &str = "an offer has as many copies reserved as units hold of it";
const STATUS: &str = "the status of an order follows from its units";
/// Promises about orders.
const OF_ORDERS: [&str; 9] = [OPEN, COSTS, ITEMS, SOLD, BACK, CLAIMED, FOR_SALE, RESERVED, STATUS];

// Promises about what orders touch, which some of the faults break too.
const WORTH: &str = "the stock of keys is worth what the keys cost that are neither delivered nor withdrawn";
const COUNTED: &str = "an own offer has as many copies as its game has free keys";
const BALANCE: &str = "the balance of a wallet is the sum of its transfers";

/// Statements that plant a fault, and the promises that it breaks.
type Fault = (Vec<String>, &'static [&'static str]);

/// One more transfer like the first of its kind that `from` finds; a second source has caused it.
fn again(kind: Kind, columns: &str, from: &str) -> String {
    let id = match kind {
        Kind::Sqlite => "randomblob(16)",
        Kind::Postgres => "gen_random_uuid()",
    };
    format!(
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
         order_id, unit_id) SELECT {id}, t.at, t.kind, t.debit, t.credit, t.currency, t.amount_cents, t.source_type, \
         'another', t.leg, t.actor, {columns} FROM transfers t WHERE {from} ORDER BY t.seq LIMIT 1"
    )
}

/// Faults of what was posted and paid.
fn faults_of_money(kind: Kind) -> Vec<Fault> {
    let one = |sql: &str| vec![sql.to_owned()];
    let unlocked = |trigger: &str, table: &str, sql: &str| {
        let on = match kind {
            Kind::Sqlite => String::new(),
            Kind::Postgres => format!(" ON {table}"),
        };
        vec![format!("DROP TRIGGER {trigger}{on}"), sql.to_owned()]
    };
    let ledger = |sql: &str| unlocked("transfers_no_update", "transfers", sql);
    let units = |sql: &str| unlocked("units_refunded_by_transfers", "units", sql);
    vec![
        // Sold without a unit.
        (vec![again(kind, "NULL, NULL", "t.kind = 'sale'")], &[OPEN]),
        // Paid twice.
        (
            vec![again(kind, "t.order_id, NULL", "t.kind = 'purchase'")],
            &[OPEN, COSTS],
        ),
        (
            one("UPDATE orders SET total_cents = total_cents - 1 WHERE status = 'PROCESSING'"),
            &[COSTS],
        ),
        (
            ledger("UPDATE transfers SET order_id = NULL WHERE kind = 'purchase'"),
            &[COSTS],
        ),
        // A unit that costs more than was paid for it.
        (
            units("UPDATE units SET paid_cents = paid_cents + 1 WHERE state = 'planned'"),
            &[OPEN, COSTS],
        ),
        (
            ledger("UPDATE transfers SET unit_id = NULL WHERE kind = 'sale'"),
            &[SOLD],
        ),
        (vec![again(kind, "NULL, t.unit_id", "t.kind = 'sale'")], &[OPEN, SOLD]),
        (
            ledger("UPDATE transfers SET amount_cents = amount_cents + 1 WHERE kind = 'sale'"),
            &[OPEN, SOLD],
        ),
        (one("UPDATE refunds SET amount_cents = amount_cents - 1"), &[BACK]),
        (one("DELETE FROM refunds"), &[BACK]),
        (
            units("UPDATE units SET refunded_cents = 0 WHERE state = 'refunded'"),
            &[BACK],
        ),
        (
            units("UPDATE units SET refunded_cents = 1 WHERE state = 'delivered'"),
            &[BACK],
        ),
        (
            ledger("UPDATE transfers SET amount_cents = amount_cents - 1 WHERE kind = 'refund'"),
            &[OPEN, BACK, BALANCE],
        ),
    ]
}

/// Faults of what was sold: keys, copies and states.
fn faults_of_goods() -> Vec<Fault> {
    let one = |sql: &str| vec![sql.to_owned()];
    vec![
        (
            one(
                "UPDATE order_items SET quantity = 2 WHERE order_id IN (SELECT order_id FROM units WHERE state = 'planned')",
            ),
            &[ITEMS],
        ),
        // A key that was sold is gone.
        (
            one("UPDATE units SET own_key_id = NULL WHERE state = 'refunded' AND revealed_at IS NOT NULL"),
            &[SOLD],
        ),
        (
            one(
                "UPDATE own_keys SET state = 'claimed' WHERE id IN (SELECT own_key_id FROM units WHERE state = 'delivered')",
            ),
            &[SOLD, CLAIMED, WORTH],
        ),
        // A key of the stock is put aside for nobody.
        (
            one(
                "UPDATE own_keys SET state = 'claimed' WHERE id IN (SELECT own_key_id FROM units WHERE revealed_at IS NULL \
                 AND state = 'refunded')",
            ),
            &[CLAIMED, COUNTED],
        ),
        // A key that somebody saw is for sale.
        (
            one("UPDATE units SET revealed_at = delivered_at WHERE state = 'refunded'"),
            &[FOR_SALE],
        ),
        (
            one(
                "UPDATE own_keys SET state = 'free' WHERE id IN (SELECT own_key_id FROM units WHERE state = 'delivered')",
            ),
            &[SOLD, FOR_SALE, WORTH, COUNTED],
        ),
        (
            one("UPDATE offers SET reserved = reserved + 1, supplier_qty = supplier_qty + 1 WHERE reserved > 0"),
            &[RESERVED],
        ),
        (
            one("UPDATE offers SET reserved = 0, supplier_qty = supplier_qty - 1 WHERE reserved > 0"),
            &[RESERVED],
        ),
        (
            one("UPDATE orders SET status = 'FAILED' WHERE payment_status = 'CANCELLED'"),
            &[STATUS],
        ),
        (
            one("UPDATE orders SET status = 'CANCELLED', open_units = 0 WHERE status = 'PROCESSING'"),
            &[STATUS],
        ),
        (
            one("UPDATE orders SET payment_status = 'CANCELLED' WHERE status = 'PROCESSING'"),
            &[STATUS],
        ),
        (
            one("UPDATE orders SET open_units = 2 WHERE status = 'PROCESSING'"),
            &[STATUS],
        ),
        (
            one("UPDATE own_keys SET cost_cents = cost_cents + 1 WHERE state = 'free'"),
            &[WORTH],
        ),
    ]
}

/// A shop with a unit of each kind: delivered, paid back unseen, paid back although it was seen, and planned.
async fn sold_in_each_way(kind: Kind) -> TestShop {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &["A-1", "A-2", "A-3"], 250).await;
    let ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let mut placed = Vec::new();
    for (game, key) in [
        (games[0], "kept"),
        (games[0], "unseen"),
        (games[0], "seen"),
        (games[1], "planned"),
    ] {
        placed.push(place(&shop, &ada.caller, &[game], Some(key)).await.unwrap().id);
    }
    let orders = shop.shop.orders();
    let knowingly = operator().because(Some("the key does not work"));
    for id in [placed[1], placed[2]] {
        let unit = orders.of(ada.id, id).await.unwrap().units[0].clone();
        if id == placed[2] {
            orders.reveal(&ada.caller, id, unit.key.unwrap()).await.unwrap();
        }
        orders.refund(id, unit.id, &knowingly).await.unwrap();
    }
    shop
}

async fn broken(shop: &TestShop) -> BTreeSet<&'static str> {
    let promises = shop.shop.operations().audit_rows().await.unwrap();
    let broken = promises.iter().filter(|one| one.breaches > 0);
    broken.map(|one| one.promise).collect()
}

#[on_both_databases]
async fn each_fault_of_orders_is_found_and_none_is_invented(kind: Kind) {
    let mut found = BTreeSet::new();
    let mut wrong = Vec::new();
    for (statements, promises) in faults_of_money(kind).into_iter().chain(faults_of_goods()) {
        let shop = sold_in_each_way(kind).await;
        assert_eq!(broken(&shop).await, BTreeSet::new(), "before {statements:?}");
        for sql in &statements {
            let tx = shop.db.begin().await.unwrap();
            let changed = tx.execute_for_test(sql).await.unwrap();
            assert!(changed > 0 || sql.starts_with("DROP"), "{sql}");
            tx.commit().await.unwrap();
        }
        let told = broken(&shop).await;
        if told != promises.iter().copied().collect() {
            wrong.push(format!("{statements:?}: {told:?} and not {promises:?}"));
        }
        found.extend(told);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for promise in OF_ORDERS.into_iter().chain([WORTH]) {
        assert!(found.contains(promise), "no fault breaks it: {promise}");
    }
}
