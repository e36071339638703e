//! SQL that would make the ledger wrong: the database refuses it, whoever sends it.

use domain::id::UserId;
use domain::wallet::WalletOrder;
use testkit::{Kind, TestShop, on_both_databases};
use uuid::Uuid;

use super::{balance, sum_of_transactions, top_up};

/// A transfer as SQL, from the account of one code to that of another.
fn transfer(kind: Kind, debit: &str, credit: &str, amount: &str, source: &str) -> String {
    let id = match kind {
        Kind::Sqlite => "randomblob(16)",
        Kind::Postgres => "gen_random_uuid()",
    };
    format!(
        "INSERT INTO transfers (id, at, kind, debit, credit, currency, amount_cents, source_type, source_id, leg, actor) \
         SELECT {id}, 1, 'top_up_cash', d.id, c.id, 'EUR', {amount}, 'desk', '{source}', 0, 'sql' \
         FROM ledger_accounts d, ledger_accounts c WHERE d.code = '{debit}' AND c.code = '{credit}'"
    )
}

/// Statements that are refused on both databases.
fn attacks(kind: Kind, wallet: &str) -> Vec<String> {
    let set = |change: &str| format!("UPDATE ledger_accounts SET {change} WHERE code = '{wallet}'");
    let into = |amount: &str, source: &str| transfer(kind, "cash", wallet, amount, source);
    vec![
        set("balance_cents = balance_cents + 1"),
        set("balance_cents = balance_cents + 1, last_transfer = last_transfer + 1"),
        set("balance_cents = balance_cents + 2000, last_transfer = last_transfer"),
        set("balance_cents = 0"),
        set("last_transfer = 0"),
        set("code = 'wallet:another'"),
        set("kind = 'cash', code = 'other'"),
        set("user_id = NULL"),
        set("currency = 'USD'"),
        "UPDATE ledger_accounts SET balance_cents = 5 WHERE code = 'cash'".to_owned(),
        format!("DELETE FROM ledger_accounts WHERE code = '{wallet}'"),
        "DELETE FROM users".to_owned(),
        "INSERT INTO ledger_accounts (code, kind, currency, balance_cents) VALUES ('till', 'cash', 'EUR', 5)"
            .to_owned(),
        "INSERT INTO ledger_accounts (code, kind, currency) VALUES ('wallet:nobody', 'wallet', 'EUR')".to_owned(),
        "UPDATE transfers SET amount_cents = amount_cents + 1".to_owned(),
        "UPDATE transfers SET actor = 'nobody'".to_owned(),
        "DELETE FROM transfers".to_owned(),
        into("0", "other"),
        into("-5", "other"),
        into("'abc'", "other"),
        into("5", "first"),
        transfer(kind, wallet, wallet, "5", "other"),
        transfer(kind, wallet, "cash", "2001", "other"),
        into("5", "other").replace("'EUR'", "'USD'"),
    ]
}

/// Those that only one of them knows.
fn attacks_of(kind: Kind, wallet: &str) -> Vec<String> {
    let into = |amount: &str, source: &str| transfer(kind, "cash", wallet, amount, source);
    match kind {
        Kind::Postgres => vec![
            "TRUNCATE transfers".to_owned(),
            "TRUNCATE ledger_accounts CASCADE".to_owned(),
        ],
        Kind::Sqlite => vec![
            into("10.5", "other"),
            into("5", "first").replace("INSERT INTO", "INSERT OR REPLACE INTO"),
            into("5", "first").replace("INSERT INTO", "REPLACE INTO"),
            format!("UPDATE OR REPLACE ledger_accounts SET code = '{wallet}' WHERE code = 'cash'"),
            format!(
                "INSERT OR REPLACE INTO ledger_accounts (code, kind, user_id, currency) \
                 SELECT code, kind, user_id, currency FROM ledger_accounts WHERE code = '{wallet}'"
            ),
            "INSERT OR REPLACE INTO transfers SELECT * FROM transfers".to_owned(),
        ],
    }
}

#[on_both_databases]
async fn whatever_would_make_the_ledger_wrong_is_refused(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    top_up(&shop, ada, 2_000, "first").await.unwrap();
    let wallet = format!("wallet:{ada}");
    for sql in attacks(kind, &wallet).into_iter().chain(attacks_of(kind, &wallet)) {
        let tx = shop.db.begin().await.unwrap();
        let changed = tx.execute_for_test(&sql).await;
        if changed.is_ok() {
            tx.commit().await.unwrap();
            panic!("not refused: {sql}");
        }
    }
    assert_eq!(
        (balance(&shop, ada).await, sum_of_transactions(&shop, ada).await),
        (2_000, 2_000)
    );
    // What is right is taken: the statement of the attacks is well formed.
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(&transfer(kind, "cash", &wallet, "5", "other"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (balance(&shop, ada).await, sum_of_transactions(&shop, ada).await),
        (2_005, 2_005)
    );
}

#[on_both_databases]
async fn an_audit_finds_a_ledger_that_was_changed_without_its_triggers(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    top_up(&shop, ada, 2_000, "first").await.unwrap();
    let broken = async || {
        let promises = shop.shop.operations().audit_rows().await.unwrap();
        let broken = promises.iter().filter(|one| one.breaches > 0);
        broken.map(|one| one.promise).collect::<Vec<_>>()
    };
    assert!(broken().await.is_empty(), "{:?}", broken().await);
    let on = |table: &str| {
        if kind == Kind::Sqlite {
            String::new()
        } else {
            format!(" ON {table}")
        }
    };
    for (trigger, table) in [
        ("ledger_accounts_move_by_transfers", "ledger_accounts"),
        ("ledger_accounts_no_delete", "ledger_accounts"),
        ("transfers_no_update", "transfers"),
    ] {
        run(&shop, &format!("DROP TRIGGER {trigger}{}", on(table))).await;
    }
    let balanced = "the balance of a wallet is the sum of its transfers";
    run(
        &shop,
        &format!("UPDATE ledger_accounts SET balance_cents = 1 WHERE code = 'wallet:{ada}'"),
    )
    .await;
    assert_eq!(broken().await, [balanced]);
    run(
        &shop,
        &format!("UPDATE ledger_accounts SET balance_cents = 2000 WHERE code = 'wallet:{ada}'"),
    )
    .await;
    run(&shop, "UPDATE transfers SET kind = 'adjust_up'").await;
    assert_eq!(
        broken().await,
        ["each transfer debits and credits accounts of its kind"]
    );
    run(&shop, "UPDATE transfers SET kind = 'top_up_cash'").await;
    assert!(broken().await.is_empty());
    let bob = shop.customer("bob@example.org").await.id.unwrap();
    run(
        &shop,
        &format!("DELETE FROM ledger_accounts WHERE code = 'wallet:{bob}'"),
    )
    .await;
    assert_eq!(broken().await, ["every account has a wallet"]);
}

async fn run(shop: &TestShop, sql: &str) {
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn what_runs_at_once_is_posted_one_after_the_other(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    top_up(&shop, ada, 700, "first").await.unwrap();
    let changes = (0..60).map(|number| {
        let shop = &shop;
        async move {
            let order = WalletOrder::Adjust;
            super::change(shop, ada, order, -100, &format!("{number}")).await
        }
    });
    let done = futures::future::join_all(changes).await;
    let made = done.iter().filter(|done| done.is_ok()).count();
    for refused in done.into_iter().filter_map(Result::err) {
        let text = refused.to_string();
        assert!(text.contains("Insufficient balance: 1.00 EUR"), "{text}");
    }
    assert_eq!(
        (made, balance(&shop, ada).await, sum_of_transactions(&shop, ada).await),
        (7, 0, 0)
    );
    // One reference, many times at once: one transfer.
    let same = (0..50).map(|_| top_up(&shop, ada, 500, "receipt"));
    let done = futures::future::join_all(same).await;
    let made = done
        .into_iter()
        .map(Result::unwrap)
        .filter(|done| !done.was_made)
        .count();
    assert_eq!((made, balance(&shop, ada).await), (1, 500));
    assert_eq!(shop.shop.wallets().balance(UserId(Uuid::nil())).await.ok(), None);
}
