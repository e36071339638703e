//! With 20,000 orders and what was posted for some of them, the lists of sales are read by their indexes.

use domain::listing::SortValue;
use sea_orm::ConnectionTrait;
use storage::Db;
use testkit::{Kind, TestDatabase, on_both_databases};

use super::people_plans::filtered;
use super::plans::{Seen, after, begins_by, ids_and_analysis, plan, query, reads_by, see, series};

const ORDERS: u32 = 20_000;
/// Those that something was posted for. Not more: triggers take their time, and a long transaction holds up the pulse of every other
/// test's database.
const POSTED: u32 = 6_000;

/// A database with many orders of one game each, and two transfers for some, as plain SQL that both understand.
async fn large(kind: Kind) -> (TestDatabase, Db, Seen) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, analyze) = ids_and_analysis(kind);
    let many = series(kind, ORDERS);
    let number = match kind {
        Kind::Sqlite => "printf('%04d-%04d', n / 10000, n % 10000)",
        Kind::Postgres => "to_char(n / 10000, 'FM0000') || '-' || to_char(n % 10000, 'FM0000')",
    };
    let users = format!(
        "INSERT INTO users (id, email, password_hash, nickname, role, totp_step, created_at, updated_at) \
         SELECT {id}, 'user' || n || '@example.org', '', 'Newbie Guy ' || n, 'USER', 0, n, n FROM {} AS series",
        series(kind, 800)
    );
    let games = format!(
        "INSERT INTO games (id, slug, title, search_text, description_html, price_cents, copies, image, images, multiplayer, \
         requirements, hidden, created_at, updated_at, number) SELECT {id}, 'game-' || n, 'Game ' || n, 'game ' || n, '', n, 1, \
         '', '[]', FALSE, '{{}}', FALSE, n, n, n FROM {} AS series",
        series(kind, 2_000)
    );
    let orders = format!(
        "INSERT INTO orders (id, number, user_id, status, payment_status, subtotal_cents, total_cents, open_units, basket, \
         created_at, completed_at) SELECT {id}, {number}, u.id, CASE WHEN n % 1000 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END, \
         'COMPLETED', 100, 100, 0, '', n, n FROM {many} AS series JOIN users u ON u.created_at = n % 800 + 1"
    );
    let items = format!(
        "INSERT INTO order_items (id, order_id, game_id, position, quantity, price_cents) SELECT {id}, o.id, g.id, 0, 1, 100 \
         FROM orders o JOIN games g ON g.number = o.created_at % 2000 + 1"
    );
    let units = format!(
        "INSERT INTO units (id, order_id, game_id, position, state, paid_cents, vat_cents, tax_rate, ended_by, deadline_at) \
         SELECT {id}, i.order_id, i.game_id, 0, 'refunded', 100, 0, 0, 'customer', 1 FROM order_items i"
    );
    let transfers = |kind: &str, (debit, credit): (&str, &str), source: &str| {
        format!(
            "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor, \
             order_id) SELECT {id}, o.created_at, '{kind}', {debit}.id, {credit}.id, 'EUR', 100, '{source}', o.number, 0, 'shop', \
             o.id FROM orders o JOIN ledger_accounts w ON w.user_id = o.user_id \
             JOIN ledger_accounts s ON s.code = CASE '{source}' WHEN 'desk' THEN 'cash' ELSE 'orders_open' END \
             WHERE o.created_at <= {POSTED}"
        )
    };
    let paid = transfers("top_up_cash", ("s", "w"), "desk");
    let spent = transfers("purchase", ("w", "s"), "order");
    let wallets = "INSERT INTO ledger_accounts (code, kind, user_id, currency) \
                   SELECT 'wallet:' || email, 'wallet', id, 'EUR' FROM users";
    for text in [&users, wallets, &games, &orders, &items, &units, &paid, &spent, analyze] {
        db.raw().execute_unprepared(text).await.unwrap();
    }
    let seen = see(&mut db);
    (database, db, seen)
}

#[on_both_databases]
async fn orders_transfers_and_wallets_are_read_by_index(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    let made = query("made", after(SortValue::Number(5_000)));
    let all = db.orders().managed_list(&made).await.unwrap();
    assert_eq!(all.rows.len(), 50);
    begins_by(&plan(kind, &db, &seen).await, "ix_orders_created");
    let (user, order) = (all.rows[0].user.to_string(), all.rows[0].id.to_string());
    let number = match kind {
        Kind::Sqlite => "sqlite_autoindex_orders_2",
        Kind::Postgres => "orders_number_key",
    };
    for (filters, search, count, index) in [
        (vec![("user", user.as_str())], "", 25, "ix_orders_user"),
        (vec![("status", "CANCELLED")], "", 20, "ix_orders_status"),
        (vec![], all.rows[0].number.as_str(), 1, number),
    ] {
        let found = db.orders().managed_list(&filtered(&filters, search)).await.unwrap();
        assert_eq!(found.rows.len(), count, "{index}");
        begins_by(&plan(kind, &db, &seen).await, index);
    }
    let posted = query("posted", after(SortValue::Number(8_000)));
    assert_eq!(db.ledger().managed_list(&posted).await.unwrap().rows.len(), 50);
    let by_seq = match kind {
        Kind::Sqlite => "INTEGER PRIMARY KEY",
        Kind::Postgres => "transfers_pkey",
    };
    begins_by(&plan(kind, &db, &seen).await, by_seq);
    for (filter, value, count, index) in [
        ("user", user.as_str(), 16, "ix_transfers_credit"),
        ("order", order.as_str(), 2, "ix_transfers_order"),
    ] {
        let found = db
            .ledger()
            .managed_list(&filtered(&[(filter, value)], ""))
            .await
            .unwrap();
        assert_eq!(found.rows.len(), count, "{filter}");
        reads_by(&plan(kind, &db, &seen).await, index, &[]);
    }
    let richest = query("balance", after(SortValue::Number(1_000)));
    db.ledger().wallets(&richest).await.unwrap();
    begins_by(&plan(kind, &db, &seen).await, "ix_ledger_accounts_balance");
}
