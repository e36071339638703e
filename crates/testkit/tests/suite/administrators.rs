//! Administrators are created by the person who runs the program; a demo has one, and a customer, from its first start
//! on.

use std::path::Path;
use std::process::{Output, Stdio};

use domain::listing::ListQuery;
use testkit::database::own_folder;
use testkit::{Client, Kind, PASSWORD, Program, TestDatabase, on_both_databases, program};
use tokio::io::AsyncWriteExt as _;

async fn make_admin(folder: &Path, database: &TestDatabase, email: &str, password: &str) -> Output {
    let mut command = program::latchkey(folder, &["--no-demo", "make-admin", email, "--password-stdin"]);
    let mut child = command
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{password}\n").as_bytes()).await.unwrap();
    drop(stdin);
    child.wait_with_output().await.unwrap()
}

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[on_both_databases]
async fn an_administrator_is_made_or_promoted(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let made = make_admin(&folder, &database, "Root@Example.org", "Root-Password-1").await;
    assert!(
        made.status.success() && said(&made).contains("the account was made"),
        "{made:?}"
    );
    let environment = [("DATABASE_URL", database.url.as_str())];
    let shop = Program::serve_with(&folder, &["--no-demo"], &environment).await;
    let (mut root, mut ada) = (Client::at(&shop.url), Client::at(&shop.url));
    assert_eq!(
        root.sign_in("root@example.org", "Root-Password-1").await.data()["user"]["role"],
        "ADMIN"
    );
    assert_eq!(ada.register("ada@example.org").await.status, 201);
    assert_eq!(ada.get("/api/admin/mails").await.status, 403);
    // Beside the running shop, whose next answer knows.
    let promoted = make_admin(&folder, &database, "ada@example.org", "Never-Looked-At-1").await;
    assert!(
        promoted.status.success() && said(&promoted).contains("keeps its password"),
        "{promoted:?}"
    );
    assert_eq!(ada.get("/api/admin/mails").await.status, 200);
    let again = make_admin(&folder, &database, "ada@example.org", "Never-Looked-At-1").await;
    assert!(
        again.status.success() && said(&again).contains("was an administrator already"),
        "{again:?}"
    );
    assert_eq!(
        Client::at(&shop.url).sign_in("ada@example.org", PASSWORD).await.status,
        200
    );
    let db = database.open().await;
    let events = db.security_events().of(ada.id.unwrap(), 50).await.unwrap();
    assert_eq!(
        events
            .iter()
            .filter(|event| event.event == domain::security::SecurityEvent::BecameAdmin)
            .count(),
        1
    );
    shop.signal("TERM").await;
    shop.ended().await;
}

#[on_both_databases]
async fn a_weak_password_or_no_address_makes_nobody(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    for (email, password, why) in [
        ("root@example.org", "weak", "password must have at least 8 characters"),
        ("root@example.org", "", "password is missing"),
        ("nobody", "Root-Password-1", "email is not an e-mail address"),
    ] {
        let ended = make_admin(&folder, &database, email, password).await;
        assert_eq!(ended.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&ended.stderr).contains(why), "{ended:?}");
    }
}

#[on_both_databases]
async fn a_demos_accounts_are_made_once_and_said_at_each_start(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let environment = [("DATABASE_URL", database.url.as_str())];
    let mut starts = Vec::new();
    for _ in 0..2 {
        let mut shop = Program::serve_with(&folder, &["--demo"], &environment).await;
        let said = [
            shop.said_after("demo customer: ").await,
            shop.said_after("demo administrator: ").await,
        ];
        for (account, role) in said.iter().zip(["USER", "ADMIN"]) {
            let (email, password) = account.split_once(", password ").unwrap();
            let signed_in = Client::at(&shop.url).sign_in(email, password).await;
            assert_eq!(signed_in.data()["user"]["role"], role, "{}", signed_in.body);
        }
        starts.push(said);
        shop.signal("TERM").await;
        shop.ended().await;
    }
    assert_eq!(starts[0], starts[1]);
    use std::os::unix::fs::PermissionsExt as _;
    let kept = folder.join("latchkey-data/demo-accounts").metadata().unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
}

#[on_both_databases]
async fn a_shop_of_ones_own_has_no_demo_accounts(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let shop = Program::serve_with(&folder, &["--no-demo"], &[("DATABASE_URL", database.url.as_str())]).await;
    // Long enough for accounts to be made, if any were.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(!folder.join("latchkey-data/demo-accounts").exists());
    let customer = domain::email::EmailAddress::parse("customer@example.org").unwrap();
    assert!(
        database
            .open()
            .await
            .accounts()
            .credentials(&customer)
            .await
            .unwrap()
            .is_none()
    );
    let newest = ListQuery {
        limit: 1,
        ..ListQuery::default()
    };
    let imports = database.open().await.own_keys().imports(&newest).await.unwrap();
    assert!(imports.rows.is_empty(), "nor keys of a demo");
    shop.signal("TERM").await;
    shop.ended().await;
}
