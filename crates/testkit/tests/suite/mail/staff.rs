//! Without a mail server mails are stored: only staff read them, codes and links masked.

use std::time::Duration;

use domain::mail::MailState;
use serde_json::json;
use testkit::database::own_folder;
use testkit::{Client, Kind, Program, TestDatabase, TestShop, on_both_databases};

use super::newest;

#[on_both_databases]
async fn without_a_mail_server_staff_read_mails_and_no_code(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let _at_work = shop.at_work();
    let (mut staff, mut ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    assert_eq!(
        ada.post("/api/auth/send-verification-code", &json!({})).await.status,
        200
    );
    newest(&shop, MailState::Kept).await;
    let list = staff.get("/api/admin/mails").await;
    assert_eq!(
        (list.status, &list.data()["total"], &list.data()["totalPages"]),
        (200, &json!(3), &json!(1))
    );
    let newest = &list.data()["data"][0];
    assert_eq!(
        (&newest["kind"], &newest["to"], &newest["state"]),
        (&json!("verify_email"), &json!("ada@example.org"), &json!("kept"))
    );
    let id = newest["id"].as_str().unwrap();
    let mail = staff.get(&format!("/api/admin/mails/{id}")).await;
    assert_eq!(mail.headers["cache-control"], "private, no-store");
    let text = mail.data()["text"].as_str().unwrap();
    assert!(
        text.contains("********") && !text.contains(&code_of(&shop).await),
        "{text}"
    );
    let page = shop_page(&staff, &shop.url, &format!("/admin/mails/{id}")).await;
    assert!(
        page.contains("********") && page.contains("Your code for Latchkey"),
        "{page}"
    );
    let page = shop_page(&staff, &shop.url, "/admin/mails").await;
    assert!(
        page.contains("ada@example.org") && page.contains(&format!("/admin/mails/{id}")),
        "{page}"
    );
}

#[on_both_databases]
async fn nobody_else_reads_mails(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut staff, mut ada, mut guest) = (shop.staff().await, shop.customer("ada@example.org").await, shop.guest());
    let id = shop.shop.mails().list(1).await.unwrap().mails[0].id;
    for path in ["/api/admin/mails".to_owned(), format!("/api/admin/mails/{id}")] {
        assert_eq!(guest.get(&path).await.status, 401, "{path}");
    }
    for path in ["/admin/mails".to_owned(), format!("/admin/mails/{id}")] {
        let page = shop_page(&guest, &shop.url, &path).await;
        assert!(
            page.contains("name=\"password\"") && !page.contains("ada@example.org"),
            "who is nobody is asked to sign in: {page}"
        );
    }
    for path in [
        "/api/admin/mails".to_owned(),
        format!("/api/admin/mails/{id}"),
        "/admin/mails".to_owned(),
        format!("/admin/mails/{id}"),
    ] {
        assert_eq!(ada.get(&path).await.status, 403, "{path}");
        assert_eq!(staff.get(&path).await.status, 200, "{path}");
    }
    for path in [
        "/api/admin/mails/none",
        "/api/admin/mails/00000000-0000-0000-0000-00000000ffff",
    ] {
        assert_eq!(staff.get(path).await.code(), "NOTFOUND001", "{path}");
    }
    for page in ["0", "-1", "x", "9999999"] {
        assert_eq!(
            staff.get(&format!("/api/admin/mails?page={page}")).await.code(),
            "VAL001",
            "{page}"
        );
    }
    assert_eq!(staff.get("/api/admin/mails?page=7").await.data()["data"], json!([]));
}

#[on_both_databases]
async fn mails_that_were_kept_are_forgotten_after_a_month(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    newest(&shop, MailState::Kept).await;
    shop.clock.pass(Duration::from_secs(29 * 86_400));
    shop.shop.operations().run_maintenance().await.unwrap();
    assert_eq!(shop.shop.mails().list(1).await.unwrap().total, 1);
    shop.clock.pass(Duration::from_secs(2 * 86_400));
    shop.shop.operations().run_maintenance().await.unwrap();
    assert_eq!(shop.shop.mails().list(1).await.unwrap().total, 0);
}

#[on_both_databases]
async fn in_a_demo_the_administrator_reads_codes(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let environment = [("DATABASE_URL", database.url.as_str())];
    let mut shop = Program::serve_with(&folder, &["--demo"], &environment).await;
    let said = shop.said_after("demo administrator: ").await;
    let (email, password) = said.split_once(", password ").unwrap();
    let (mut admin, mut ada) = (Client::at(&shop.url), Client::at(&shop.url));
    assert_eq!(admin.sign_in(email, password).await.status, 200);
    assert_eq!(ada.register("ada@example.org").await.status, 201);
    assert_eq!(
        ada.post("/api/auth/send-verification-code", &json!({})).await.status,
        200
    );
    let list = admin.get("/api/admin/mails").await;
    let id = list.data()["data"][0]["id"].as_str().unwrap();
    let mail = admin.get(&format!("/api/admin/mails/{id}")).await;
    let text = mail.data()["text"].as_str().unwrap();
    let code = text
        .lines()
        .map(str::trim)
        .find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()));
    let verified = ada
        .post("/api/auth/verify-email", &json!({"code": code.unwrap()}))
        .await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    shop.signal("TERM").await;
    shop.ended().await;
}

/// The code that was mailed to Ada.
async fn code_of(shop: &TestShop) -> String {
    let mails = shop.mails_to("ada@example.org").await;
    let code = mails.into_iter().find_map(|words| match words {
        domain::mail::MailContent::VerifyEmail { code } => Some(code),
        _ => None,
    });
    code.unwrap()
}

async fn shop_page(person: &Client, url: &str, path: &str) -> String {
    let mut asked = testkit::program::http().get(format!("{url}{path}"));
    if let Some(token) = &person.token {
        asked = asked.bearer_auth(token);
    }
    asked.send().await.unwrap().text().await.unwrap()
}
