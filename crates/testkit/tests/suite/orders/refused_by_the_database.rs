//! SQL that would make orders and what was paid for them wrong: the database refuses it, whoever sends it.

use testkit::{Kind, TestShop, on_both_databases};

use super::{Buyer, all_is_well, games, place, stock};

#[on_both_databases]
async fn whatever_would_make_an_order_wrong_is_refused(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &["A-1"], 250).await;
    let ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    place(&shop, &ada.caller, &games, None).await.unwrap();
    let mut attacks = vec![
        "UPDATE units SET refunded_cents = 1",
        "UPDATE units SET refunded_cents = paid_cents",
        "UPDATE units SET refunded_cents = -1",
        "UPDATE units SET paid_cents = paid_cents - 1",
        "UPDATE units SET vat_cents = 1",
        "UPDATE units SET state = 'planned' WHERE state = 'delivered'",
        "UPDATE units SET state = 'ready', own_key_id = NULL WHERE state = 'delivered'",
        "UPDATE units SET state = 'refunded'",
        "UPDATE units SET own_key_id = (SELECT id FROM own_keys), state = 'ready', reserved_offer_id = NULL \
         WHERE state = 'planned'",
        "UPDATE orders SET status = 'COMPLETED'",
        "UPDATE orders SET total_cents = subtotal_cents + 1",
        "UPDATE orders SET open_units = -1",
        "DELETE FROM orders",
        "DELETE FROM units",
        "DELETE FROM own_keys",
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor) \
         SELECT u.id, 1, 'refund', d.id, c.id, 'EUR', 1, 'refund', 'nobody', 0, 'sql' FROM ledger_accounts d, \
         ledger_accounts c, users u WHERE d.code = 'orders_open' AND c.user_id = u.id",
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
         order_id, unit_id) SELECT u.id, 1, 'refund', d.id, c.id, 'EUR', u.paid_cents + 1, 'refund', 'much', 0, 'sql', \
         u.order_id, u.id FROM ledger_accounts d, ledger_accounts c, units u WHERE d.code = 'orders_open' \
         AND c.kind = 'wallet' AND u.position = 0",
    ];
    match kind {
        Kind::Postgres => attacks.extend(["TRUNCATE units CASCADE", "TRUNCATE orders CASCADE"]),
        Kind::Sqlite => attacks.extend([
            "INSERT OR REPLACE INTO units SELECT * FROM units",
            "UPDATE units SET paid_cents = 'abc'",
            "UPDATE units SET refunded_cents = 0.5",
        ]),
    }
    for attack in attacks {
        let tx = shop.db.begin().await.unwrap();
        let refused = tx.execute_for_test(attack).await;
        assert!(refused.is_err(), "{attack}: {refused:?}");
    }
    all_is_well(&shop).await;
}
