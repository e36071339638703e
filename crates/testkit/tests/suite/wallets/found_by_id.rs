//! What a transfer reads on PostgreSQL: the wallet that it moves, and no other.

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use testkit::{Kind, TestShop};

use super::top_up;

/// Few enough that PostgreSQL, without statistics, takes an index of all of them for as good as one of their ids.
const WALLETS: &str = "INSERT INTO users SELECT (u).* FROM (SELECT jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(), \
                       'email', 'customer' || n || '@example.org')) AS u FROM users u, generate_series(1, 150) n) AS made";
const THEIRS: &str = "INSERT INTO ledger_accounts (code, kind, user_id, currency) SELECT 'wallet:' || id, 'wallet', id, 'EUR' \
                      FROM users WHERE email LIKE 'customer%'";

#[tokio::test]
async fn a_transfer_reads_no_other_wallet() {
    let shop = TestShop::open(Kind::Postgres).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    top_up(&shop, ada, 500, "first").await.unwrap();
    // A connection without plans, set up as the shop's are.
    let fresh = shop.database.open().await;
    let tx = fresh.raw().begin().await.unwrap();
    for text in [WALLETS, THEIRS] {
        tx.execute_unprepared(text).await.unwrap();
    }
    let number = |text: String| {
        let found = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), text));
        async { found.await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap() }
    };
    let account = |code: String| number(format!("SELECT id FROM ledger_accounts WHERE code = '{code}'"));
    let (cash, wallet) = (account("cash".to_owned()).await, account(format!("wallet:{ada}")).await);
    let read = || {
        let rows =
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'ledger_accounts'";
        number(rows.to_owned())
    };
    let before = read().await;
    for source in 0..10 {
        let transfer = format!(
            "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor) \
             VALUES (gen_random_uuid(), 1, 'top_up_cash', {cash}, {wallet}, 'EUR', 100, 'desk', 'more {source}', 0, 'sql')"
        );
        tx.execute_unprepared(&transfer).await.unwrap();
    }
    let each = (read().await - before) / 10;
    assert!(each <= 20, "{each} accounts of the ledger are read for a transfer");
}
