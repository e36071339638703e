//! Simultaneous registrations, and registrations without the mail server or the database.

use serde_json::json;
use testkit::{Caching, Kind, PASSWORD, TestShop, on_both_databases};

#[on_both_databases]
async fn of_thirty_registrations_of_one_address_one_succeeds(kind: Kind) {
    let shop = TestShop::with(kind, Caching::Memory, g2a_sandbox::Settings::default()).await;
    let tries = (0..30).map(|at| {
        let mut guest = shop.guest();
        let email = if at % 2 == 0 {
            "ada@example.org"
        } else {
            " ADA@Example.org"
        };
        async move { guest.register(email).await }
    });
    let answers = futures::future::join_all(tries).await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(
        (of(201), of(409)),
        (1, 29),
        "{:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
    assert!(
        answers
            .iter()
            .filter(|answer| answer.status == 409)
            .all(|answer| answer.code() == "CONFLICT002")
    );
    assert_eq!(shop.mails_to("ada@example.org").await.len(), 1, "one row, one welcome");
}

#[on_both_databases]
async fn without_the_database_nothing_is_half_made(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = shop.guest();
    let away = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    // The last thing that a registration writes: all that came before it in the transaction goes with it.
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(&away("outbox", "outbox_away")).await.unwrap();
    tx.commit().await.unwrap();
    let answer = guest
        .post(
            "/api/auth/register",
            &json!({"email": "ada@example.org", "password": PASSWORD}),
        )
        .await;
    assert_eq!(answer.status, 500);
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(&away("outbox_away", "outbox")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(shop.mails_to("ada@example.org").await.is_empty());
    assert_eq!(
        guest.register("ada@example.org").await.status,
        201,
        "the address is still free"
    );
    shop.db.clone().close().await.unwrap();
    let answer = shop.guest().register("bob@example.org").await;
    assert_eq!((answer.status, answer.code()), (503, "GATEWAY002"));
    assert!(answer.headers.contains_key("retry-after"));
}
