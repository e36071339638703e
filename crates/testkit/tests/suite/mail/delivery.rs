//! Mails arrive once, as text and as HTML; after a kill at the worst moment twice, with the same bytes.

use std::time::Duration;

use domain::mail::MailState;
use serde_json::json;
use testkit::database::own_folder;
use testkit::mail_server::header;
use testkit::{Client, Kind, MailServer, PASSWORD, Program, TestDatabase, TestShop, on_both_databases, soon};

use super::{due_now, failed, newest, run};

#[on_both_databases]
async fn a_mail_arrives_once_as_text_and_as_html(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    let mail = server.took(1).await.remove(0);
    let line = newest(&shop, MailState::Sent).await;
    assert_eq!(
        header(&mail, "Message-ID"),
        Some(format!("<{}@shop.example>", line.id).as_str())
    );
    assert_eq!(header(&mail, "From"), Some("Latchkey <shop@example.org>"));
    assert_eq!(header(&mail, "To"), Some("ada@example.org"));
    assert_eq!(header(&mail, "Subject"), Some("Welcome to Latchkey"));
    for part in ["text/plain; charset=utf-8", "text/html; charset=utf-8"] {
        assert_eq!(mail.matches(&format!("Content-Type: {part}")).count(), 1, "{mail}");
    }
    assert!(line.sent_at.is_some() && line.failures == 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(server.mails().len(), 1, "and no second time");
    assert_eq!(shop.shop.messages().counts().await.unwrap().open, 0);
}

#[on_both_databases]
async fn a_link_in_a_mail_sets_a_new_password(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    server.took(1).await;
    let mut guest = shop.guest();
    assert_eq!(
        guest
            .post("/api/auth/forgot-password", &json!({"email": "ada@example.org"}))
            .await
            .status,
        200
    );
    let mails = server.took(2).await;
    let reset = mails
        .iter()
        .find(|mail| mail.contains("Subject: Set a new password"))
        .unwrap();
    // A long line is folded with `=` at its end, and `=` itself is written `=3D`.
    let text = reset.replace("=\n", "").replace("=3D", "=");
    let link = text.split("https://shop.example/reset-password?token=").nth(1).unwrap();
    let token = link.split_whitespace().next().unwrap();
    let body = json!({"token": token, "newPassword": "Another-Horse-2"});
    assert_eq!(
        guest.post("/api/auth/reset-password", &body).await.status,
        200,
        "{reset}"
    );
    assert_eq!(guest.sign_in("ada@example.org", "Another-Horse-2").await.status, 200);
    let mails = server.took(3).await;
    assert!(
        mails
            .iter()
            .any(|mail| mail.contains("Subject: Your password was changed"))
    );
}

#[on_both_databases]
async fn a_mail_server_that_comes_back_gets_the_mail(kind: Kind) {
    let mut server = MailServer::absent();
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    let line = failed(&shop, 1).await;
    assert_eq!(line.state, MailState::Waiting);
    assert!(line.last_error.unwrap().contains("the mail server cannot be used"));
    server.come(&[]).await;
    due_now(&shop.db).await;
    let mail = server.took(1).await.remove(0);
    assert_eq!(
        header(&mail, "Message-ID"),
        Some(format!("<{}@shop.example>", line.id).as_str())
    );
    newest(&shop, MailState::Sent).await;
}

#[on_both_databases]
async fn a_kill_between_the_servers_answer_and_the_commit_repeats_the_same_mail(kind: Kind) {
    let (server, database, folder) = (
        MailServer::start().await,
        TestDatabase::migrated(kind).await,
        own_folder(),
    );
    let url = server.url();
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "shop@example.org"),
        ("LATCHKEY__SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
        ("LATCHKEY_STOP_AT", "mail:sent"),
    ];
    let mut shop = Program::serve_with(&folder, &["--no-demo"], &environment).await;
    assert_eq!(Client::at(&shop.url).register("ada@example.org").await.status, 201);
    shop.said("stopped at mail:sent").await;
    assert_eq!(server.mails().len(), 1);
    shop.signal("KILL").await;
    shop.ended().await;
    let db = database.open().await;
    run(&db, "UPDATE outbox SET claimed_until = 0").await;
    let shop = Program::serve_with(&folder, &["--no-demo"], &environment[..4]).await;
    let mails = server.took(2).await;
    assert_eq!(as_sent(&mails[0]), as_sent(&mails[1]), "to the last byte");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(server.mails().len(), 2);
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
}

#[on_both_databases]
async fn what_somebody_typed_stays_what_it_is(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    let mut guest = shop.guest();
    let hostile = [
        ("ada@example.org\r\nBcc: all@example.org", "Ada"),
        ("ada@example.org,all@example.org", "Ada"),
        ("<ada@example.org>", "Ada"),
        ("ada@example.org", "Ada\r\nBcc: all@example.org"),
    ];
    for (email, nickname) in hostile {
        let body = json!({"email": email, "password": PASSWORD, "nickname": nickname});
        assert_eq!(
            guest.post("/api/auth/register", &body).await.status,
            400,
            "{email} {nickname}"
        );
    }
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "nickname": "<img src=//evil.example>"});
    assert_eq!(guest.post("/api/auth/register", &body).await.status, 201);
    let mail = server.took(1).await.remove(0);
    assert!(!mail.contains("evil.example") && !mail.contains("<img"), "{mail}");
    assert_eq!(header(&mail, "X-RcptTo"), Some("ada@example.org"));
}

/// A mail without the line in which this mail server says from which port it came.
fn as_sent(mail: &str) -> Vec<&str> {
    mail.lines().filter(|line| !line.starts_with("X-Peer: ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_tells_what_a_mail_says() {
    let (server, folder) = (MailServer::start().await, own_folder());
    let url = server.url().replace("smtp://", "smtp://mailuser:mail-password@");
    let log = folder.join("log");
    let environment = [
        // This server asks nobody to sign in: what it is told, it refuses.
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "shop@example.org"),
        ("LATCHKEY__LOG__FILTER", "debug"),
    ];
    let shop = Program::serve_logging(&folder, &["--demo"], &environment, &log).await;
    let mut ada = Client::at(&shop.url);
    assert_eq!(ada.register("ada@example.org").await.status, 201);
    assert_eq!(
        ada.post("/api/auth/send-verification-code", &json!({})).await.status,
        200
    );
    assert_eq!(
        ada.post("/api/auth/forgot-password", &json!({"email": "ada@example.org"}))
            .await
            .status,
        200
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let db = storage::Db::open(
        &format!("sqlite://{}", folder.join("latchkey-data/latchkey.db").display()),
        storage::Options::default(),
    )
    .await
    .unwrap();
    soon("three mails are written", async || {
        db.mails().count().await.unwrap() == 3
    })
    .await;
    soon("the log speaks of mails", async || {
        std::fs::read_to_string(&log).unwrap().contains("send_mail")
    })
    .await;
    shop.signal("TERM").await;
    shop.ended().await;
    let log = std::fs::read_to_string(&log).unwrap();
    let accounts = std::fs::read_to_string(folder.join("latchkey-data/demo-accounts")).unwrap();
    let passwords = accounts.lines().filter_map(|line| line.split(' ').nth(1));
    let secrets = ["mail-password", PASSWORD, "token=", "Authorization", "AUTH PLAIN"];
    for secret in secrets.into_iter().chain(passwords) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
