//! `/api/admin/users`: the accounts, one of them, and the sign-ins to it, as the contract says.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::staff::StaffRole;
use domain::wallet::{WalletChange, WalletOrder};
use serde_json::{Value, json};
use services::own_keys::KeyImportOrder;
use testkit::{Client, Kind, TestShop, on_both_databases, operator};

async fn emails(staff: &mut Client, query: &str) -> Vec<String> {
    let answer = staff.get(&format!("/api/admin/users{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let users = answer.data()["users"].as_array().unwrap().clone();
    users
        .iter()
        .map(|user| user["email"].as_str().unwrap().to_owned())
        .collect()
}

#[on_both_databases]
async fn accounts_are_listed_by_pages(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut staff = shop.staff_as("help@example.org", StaffRole::Support).await;
    for name in ["ada", "bea", "cai"] {
        shop.clock.pass(Duration::from_secs(1));
        shop.customer(&format!("{name}@example.org")).await;
    }
    let answer = staff.get("/api/admin/users?pageSize=3&page=2").await;
    let data = answer.data();
    assert_eq!(
        (&data["total"], &data["page"], &data["pageSize"], &data["totalPages"]),
        (&json!(4), &json!(2), &json!(3), &json!(2))
    );
    assert_eq!(data["users"][0]["email"], "help@example.org");
    assert_eq!(
        (&data["users"][0]["role"], &data["users"][0]["staffRole"]),
        (&json!("ADMIN"), &json!("support"))
    );
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    assert_eq!(
        (data["users"][0]["balance"].as_f64(), &data["users"][0]["ordersCount"]),
        (Some(0.0), &json!(0))
    );
    let by_name = ["cai@example.org", "bea@example.org", "ada@example.org"];
    assert_eq!(emails(&mut staff, "?role=USER").await, by_name);
    assert_eq!(emails(&mut staff, "?role=ADMIN").await, ["help@example.org"]);
    assert_eq!(emails(&mut staff, "?role=support").await, ["help@example.org"]);
    assert_eq!(emails(&mut staff, "?search=BEA%40").await, ["bea@example.org"]);
    assert_eq!(emails(&mut staff, "?search=newbie&role=USER").await.len(), 3);
    assert_eq!(emails(&mut staff, "?page=9").await, [""; 0]);
    for odd in [
        "?role=KING",
        "?page=0",
        "?pageSize=101",
        &format!("?search={}", "a".repeat(201)),
    ] {
        let answer = staff.get(&format!("/api/admin/users{odd}")).await;
        assert_eq!((answer.status, answer.code()), (400, "VAL001"), "{odd}");
    }
}

#[on_both_databases]
async fn one_account_and_its_sign_ins_are_shown(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut staff = shop.staff_as("help@example.org", StaffRole::Support).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    shop.guest().sign_in("ada@example.org", "Wrong-Horse-1").await;
    shop.shop.staff().block(ada, operator()).await.unwrap();
    let path = format!("/api/admin/users/{ada}");
    let one = staff.get(&path).await;
    let data = one.data();
    assert_eq!(
        (&data["id"], &data["email"], &data["role"], &data["emailVerified"]),
        (
            &json!(ada.to_string()),
            &json!("ada@example.org"),
            &json!("USER"),
            &json!(false)
        )
    );
    assert!(data["createdAt"].is_string() && data["blockedAt"].is_string(), "{data}");
    let activity = staff.get(&format!("{path}/activity")).await;
    assert_eq!(activity.data()["userId"], json!(ada.to_string()));
    let history = activity.data()["loginHistory"].as_array().unwrap().clone();
    let outcomes: Vec<&Value> = history.iter().map(|record| &record["success"]).collect();
    assert_eq!(outcomes[0], &json!(false), "{history:?}");
    assert!(
        history
            .iter()
            .all(|record| record["ipAddress"] == "127.0.0.1" && record["id"].is_string())
    );
    let mut finance = shop.staff_as("finance@example.org", StaffRole::Finance).await;
    assert_eq!(finance.get(&path).await.status, 200);
    assert_eq!(finance.get(&format!("{path}/activity")).await.status, 403);
    for odd in ["none", "00000000-0000-0000-0000-00000000ffff"] {
        for path in [
            format!("/api/admin/users/{odd}"),
            format!("/api/admin/users/{odd}/activity"),
        ] {
            assert_eq!(staff.get(&path).await.code(), "NOTFOUND001", "{path}");
        }
    }
}

#[on_both_databases]
async fn an_account_is_shown_with_its_balance_and_its_orders(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("help@example.org", StaffRole::Support).await;
    let game = stock_one(&shop).await;
    let mut ada = shop.customer("ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    let gift = |cents| WalletChange {
        order: WalletOrder::Adjust,
        amount: Cents::new(cents),
        reference: None,
    };
    let wallets = shop.shop.wallets();
    wallets.change(ada.id.unwrap(), &gift(1_000), operator()).await.unwrap();
    let order = json!({"items": [{"gameId": game, "quantity": 1}]});
    assert_eq!(ada.post("/api/orders", &order).await.status, 201);
    shop.clock.pass(Duration::from_secs(1));
    let bea = shop.customer("bea@example.org").await.id.unwrap();
    wallets.change(bea, &gift(333), operator()).await.unwrap();
    let path = "/api/admin/users?role=USER";
    let answer = staff.get(path).await;
    let users = answer.data()["users"].as_array().unwrap();
    let figures = |user: &Value| (user["balance"].as_f64().unwrap(), user["ordersCount"].as_u64().unwrap());
    let listed: Vec<_> = users.iter().map(figures).collect();
    assert_eq!(listed, [(3.33, 0), (7.5, 1)]);
    let one = staff.get(&format!("/api/admin/users/{}", ada.id.unwrap())).await;
    assert_eq!(figures(one.data()), (7.5, 1));
    // However many accounts are listed, the statements are as many.
    let statements = async |staff: &mut Client, query: &str| {
        let before = shop.statements.load(Ordering::SeqCst);
        assert_eq!(staff.get(&format!("{path}{query}")).await.status, 200);
        shop.statements.load(Ordering::SeqCst) - before
    };
    assert_eq!(
        statements(&mut staff, "&pageSize=1").await,
        statements(&mut staff, "&pageSize=2").await
    );
}

/// The shop holds one key of a game, which it sells for 2.50 EUR.
async fn stock_one(shop: &TestShop) -> String {
    let game = shop.games_for_sale(1).await.remove(0);
    let keys = shop.shop.own_keys();
    let file = format!("game,key\n{game},AAAAA-11111\n");
    let rows = keys.rows(file.as_bytes(), KeyFormat::Csv, None).unwrap();
    let order = KeyImportOrder {
        name: "keys.csv".to_owned(),
        game: None,
        price: Some(Cents::new(250)),
    };
    keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await.unwrap();
    game
}
