//! What customers read of their wallet, what staff correct, and what an operator books at the cash desk.

use domain::staff::StaffRole;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Client, Kind, TestDatabase, TestShop, on_both_databases};

use crate::staff::commands::{ended, run};

async fn read(client: &mut Client) -> (Value, Value) {
    let balance = client.get("/api/user/balance").await.data()["balance"].clone();
    assert_eq!(client.get("/api/auth/me").await.data()["balance"], balance);
    assert_eq!(client.get("/api/user/profile").await.data()["balance"], balance);
    let transactions = client.get("/api/user/transactions").await;
    let amounts = transactions
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["amount"].clone());
    (balance, amounts.collect())
}

#[on_both_databases]
async fn staff_correct_a_balance_by_a_posting_and_its_owner_reads_it(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    let mut finance = shop.staff_as("fin@example.org", StaffRole::Finance).await;
    assert_eq!(read(&mut ada).await, (json!(0), json!([])));
    let path = format!("/api/admin/users/{}/balance", ada.id.unwrap());
    let asked = json!({"amount": 12.5, "reason": "a late delivery"});
    let given = finance.put(&path, &asked).await;
    assert_eq!(given.status, 200, "{}", given.text);
    let answer = json!({
        "userId": ada.id.unwrap().to_string(), "previousBalance": 0, "newBalance": 12.5, "amount": 12.5,
        "reason": "a late delivery"
    });
    assert_eq!(*given.data(), answer);
    let taken = finance
        .put(&path, &json!({"amount": -0.01, "reason": "a mistake"}))
        .await;
    assert_eq!(taken.data()["newBalance"], json!(12.49));
    assert_eq!(read(&mut ada).await, (json!(12.49), json!([-0.01, 12.5])));
    let newest = ada.get("/api/user/transactions?limit=1&page=1").await.data()[0].clone();
    assert_eq!(
        (&newest["type"], &newest["status"]),
        (&json!("TOP_UP"), &json!("COMPLETED"))
    );
    assert_eq!(newest["description"], "Correction by the shop");
    for (body, code) in [
        (json!({"amount": -12.5, "reason": "x"}), "BIZ001"),
        (json!({"amount": 1}), "VAL007"),
        (json!({"amount": 0, "reason": "x"}), "VAL001"),
        (json!({"amount": 0.001, "reason": "x"}), "VAL001"),
        (json!({"amount": "5", "reason": "x"}), "VAL001"),
        (json!({"amount": 1_000_001, "reason": "x"}), "VAL001"),
        (json!({"reason": "x"}), "VAL007"),
    ] {
        let refused = finance.put(&path, &body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (400, code),
            "{body}: {}",
            refused.text
        );
    }
    let nobody = format!("/api/admin/users/{}/balance", uuid::Uuid::nil());
    assert_eq!(finance.put(&nobody, &asked).await.status, 404);
    assert_eq!(read(&mut ada).await.0, json!(12.49));
}

#[on_both_databases]
async fn a_correction_with_a_key_is_posted_once(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    let mut finance = shop.staff_as("fin@example.org", StaffRole::Finance).await;
    let path = format!("/api/admin/users/{ada}/balance");
    let asked = json!({"amount": 5, "reason": "x"});
    let with_key = async |staff: &Client, key: &str, body: &Value| {
        let request = testkit::program::http()
            .put(format!("{}{path}", shop.url))
            .header("idempotency-key", key);
        let answer = request
            .bearer_auth(staff.token.as_ref().unwrap())
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let replayed = answer.headers().get("idempotent-replayed").cloned();
        (
            answer.status().as_u16(),
            replayed,
            serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap(),
        )
    };
    let first = with_key(&finance, "a key", &asked).await;
    finance.put(&path, &json!({"amount": 1, "reason": "y"})).await;
    let again = with_key(&finance, "a key", &asked).await;
    assert_eq!(
        (first.0, again.0, first.1, again.1.unwrap()),
        (200, 200, None, "true".parse().unwrap())
    );
    assert_eq!(first.2["data"], again.2["data"], "answered as the first time");
    for another in [json!({"amount": 6, "reason": "x"}), json!({"amount": 5, "reason": "z"})] {
        let other = with_key(&finance, "a key", &another).await;
        assert_eq!(
            (other.0, &other.2["error"]["code"]),
            (422, &json!("IDEMPOTENCY001")),
            "{another}"
        );
    }
    let bad = with_key(&finance, &"k".repeat(256), &asked).await;
    assert_eq!((bad.0, &bad.2["error"]["code"]), (400, &json!("VAL001")));
    let owner = shop.staff().await;
    assert_eq!(with_key(&owner, "a key", &asked).await.0, 200, "another's key");
    assert_eq!(super::balance(&shop, ada).await, 1_100);
}

#[on_both_databases]
async fn the_cash_desk_books_once_for_a_reference(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    for email in ["ada@example.org", "bob@example.org"] {
        let made = run(&folder, &database, &["make-admin", email, "--password-stdin"]).await;
        assert_eq!(ended(&made).0, 0);
    }
    for (words, code, told) in [
        (
            &["ada@example.org", "20", "--reference", "R1"][..],
            0,
            "balance: 20.00 EUR",
        ),
        (
            &["Ada@Example.org", "20.00", "--reference", "R1"],
            0,
            "before: nothing was booked now\nbalance: 20.00 EUR",
        ),
        (
            &["ada@example.org", "21", "--reference", "R1"],
            1,
            "used for something else",
        ),
        (
            &["bob@example.org", "20", "--reference", "R1"],
            1,
            "used for something else",
        ),
        (
            &["ada@example.org", "5", "--reason", "market day"],
            0,
            "balance: 25.00 EUR",
        ),
        (
            &["ada@example.org", "4.99"],
            1,
            "amount must be from 5.00 to 500.00 EUR",
        ),
        (
            &["ada@example.org", "1.999"],
            2,
            "an amount in EUR is written like 20 or 12.50",
        ),
        (&["eve@example.org", "20"], 1, "There is no such account"),
        (&["nobody", "20"], 1, "email"),
    ] {
        let (exit, text) = ended(&run(&folder, &database, &[&["top-up"], words].concat()).await);
        assert!(exit == code && text.contains(told), "{words:?}: {exit}, {text}");
    }
}
