//! One mailbox, one account, however its address is spelled.

use domain::mail::MailContent;
use serde_json::{Value, json};
use testkit::mail_server::header;
use testkit::{Answer, Kind, MailServer, PASSWORD, TestDatabase, TestShop, on_both_databases, soon};

const READABLE: &str = "ada@пример.рф";
const LABELS: &str = "ada@xn--e1afmkfd.xn--p1ai";

pub(super) async fn run(shop: &TestShop, sql: &str) -> u64 {
    let tx = shop.db.begin().await.unwrap();
    let rows = tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
    rows
}

pub(super) async fn registered(shop: &TestShop, fields: Value) -> Answer {
    let mut body = json!({"email": "new@example.org", "password": PASSWORD});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    shop.guest().post("/api/auth/register", &body).await
}

pub(super) fn detail(answer: &Answer) -> String {
    let detail = &answer.body["error"]["details"][0];
    format!("{} {}", detail["field"], detail["message"]).replace('"', "")
}

#[on_both_databases]
async fn a_mailbox_has_one_account_however_it_is_spelled(kind: Kind) {
    let shop = TestShop::open(kind).await;
    assert_eq!(
        shop.customer(LABELS).await.get("/api/auth/me").await.data()["email"],
        READABLE
    );
    shop.customer("rene\u{301}@example.org").await;
    for (spelling, first) in [
        (READABLE, true),
        ("ADA@ПРИМЕР.РФ", true),
        ("Ada@XN--E1AFMKFD.xn--p1ai", true),
        ("ada@пример。рф", true),
        ("rené@example.org", false),
        ("rené@ｅｘａｍｐｌｅ.org", false),
    ] {
        let again = registered(&shop, json!({"email": spelling})).await;
        assert_eq!((again.status, again.code()), (409, "CONFLICT002"), "{spelling}");
        let entered = shop.guest().sign_in(spelling, PASSWORD).await;
        let owner = if first { READABLE } else { "rené@example.org" };
        assert_eq!(entered.data()["user"]["email"], owner, "{spelling}: {}", entered.body);
    }
}

#[on_both_databases]
async fn an_address_in_which_something_does_not_show_is_refused_with_the_reason(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for email in [
        "ada\u{200b}@example.org",
        "ada@exam\u{ad}ple.org",
        "\u{202e}ada@example.org",
        "ada\u{3164}@example.org",
    ] {
        let refused = registered(&shop, json!({"email": email})).await;
        assert_eq!((refused.status, refused.code()), (400, "VAL002"), "{email:?}");
        assert_eq!(detail(&refused), "email must not hold invisible characters");
    }
}

#[on_both_databases]
async fn guesses_count_against_an_account_however_it_is_spelled(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(READABLE).await;
    let spellings = [READABLE, LABELS, "ada@пример。рф", "ada@ПРИМЕР.xn--p1ai"];
    let mut slowed = false;
    // So many as one spelling alone would be free to try, and a few.
    for at in 0..24 {
        let answer = shop
            .guest()
            .sign_in(spellings[at % spellings.len()], "Wrong-Horse-1")
            .await;
        slowed |= answer.status == 429;
    }
    assert!(slowed);
}

/// Gives the account of `email` the address that an earlier version would have stored.
async fn readdress(shop: &TestShop, email: &str, former: &str) {
    let changed = run(
        shop,
        &format!("UPDATE users SET email = '{former}' WHERE email = '{email}'"),
    )
    .await;
    assert_eq!(changed, 1);
}

#[on_both_databases]
async fn an_account_of_an_earlier_version_is_found_by_its_own_address(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for (email, former) in [
        ("one@example.org", LABELS),
        ("two@example.org", "zero\u{200b}@example.org"),
    ] {
        shop.customer(email).await;
        readdress(&shop, email, former).await;
    }
    // The same mailbox as the first, and registered before addresses had one form, like it.
    let mut newer = shop.customer(READABLE).await;
    let of_newer = newer.get("/api/auth/me").await.data()["id"].clone();
    let mut ids = Vec::new();
    for email in [LABELS, "zero\u{200b}@example.org", READABLE] {
        let mut person = shop.guest();
        let entered = person.sign_in(email, PASSWORD).await;
        assert_eq!(entered.status, 200, "{email:?}: {}", entered.body);
        ids.push(entered.data()["user"]["id"].clone());
        assert_eq!(person.get("/api/auth/me").await.status, 200);
        let asked = shop
            .guest()
            .post("/api/auth/forgot-password", &json!({"email": email}))
            .await;
        assert_eq!(asked.status, 200);
        soon("the link is mailed to the address of the account", async || {
            let mails = shop.mails_to(email).await;
            mails
                .iter()
                .any(|mail| matches!(mail, MailContent::ResetPassword { .. }))
        })
        .await;
    }
    assert!(ids[0] != ids[2] && ids[2] == of_newer, "{ids:?}");
    assert_eq!(
        registered(&shop, json!({"email": LABELS})).await.status,
        409,
        "no third one"
    );
}

#[on_both_databases]
async fn the_migration_gives_each_mailbox_one_address(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    let db = database.open().await;
    let all = [
        // Two of one mailbox: the older one gets the normal form.
        ("a", 1, LABELS, READABLE),
        ("b", 2, "ada@xn--e1afmkfd.рф", "ada@xn--e1afmkfd.рф"),
        // One has the normal form already, although it is younger.
        ("d", 4, "bob@xn--alias-tib.lt", "bob@xn--alias-tib.lt"),
        ("e", 5, "bob@žalias.lt", "bob@žalias.lt"),
        // No address any more.
        ("f", 6, "eve\u{200b}@example.org", "eve\u{200b}@example.org"),
        ("9", 7, "rene\u{301}@example.org", "rené@example.org"),
        ("8", 8, "plain@example.org", "plain@example.org"),
    ];
    let tx = db.begin().await.unwrap();
    for sql in [
        "DELETE FROM seaql_migrations WHERE version LIKE '%addresses'",
        "DROP TABLE mail_outcomes",
    ] {
        tx.execute_for_test(sql).await.unwrap();
    }
    for (id, at, stored, _) in &all {
        let id = format!("0000000{id}-0000-0000-0000-000000000000");
        let id = match kind {
            Kind::Sqlite => format!("X'{}'", id.replace('-', "")),
            Kind::Postgres => format!("'{id}'"),
        };
        let add = format!(
            "INSERT INTO users (id, email, password_hash, nickname, role, totp_step, created_at, updated_at) \
             VALUES ({id}, '{stored}', '', 'Somebody', 'USER', 0, {at}, {at})"
        );
        tx.execute_for_test(&add).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.migrate().await.unwrap(), 1);
    for (id, _, _, now) in &all {
        let id = format!("0000000{id}-0000-0000-0000-000000000000").parse().unwrap();
        let user = db.accounts().by_id(domain::id::UserId(id)).await.unwrap().unwrap();
        assert_eq!(user.email.as_str(), *now);
    }
    db.close().await.unwrap();
}

#[on_both_databases]
async fn mail_servers_get_labels_and_people_read_letters(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    let mut ada = shop.customer(READABLE).await;
    let mail = server.took(1).await.remove(0);
    assert_eq!(header(&mail, "X-RcptTo"), Some(LABELS), "the envelope");
    assert_eq!(header(&mail, "To"), Some(LABELS));
    assert_eq!(ada.get("/api/auth/me").await.data()["email"], READABLE);
    assert_eq!(shop.shop.mails().list(1).await.unwrap().mails[0].to, READABLE);
}
