//! `latchkey staff`, `latchkey make-admin --role` and `latchkey audit`: what they say and how they end.

use std::path::Path;
use std::process::{Output, Stdio};

use domain::email::EmailAddress;
use domain::pattern::Pattern;
use testkit::database::own_folder;
use testkit::{Client, Kind, PASSWORD, Program, TestDatabase, on_both_databases, program};
use tokio::io::AsyncWriteExt as _;

pub(crate) async fn run(folder: &Path, database: &TestDatabase, words: &[&str]) -> Output {
    let mut command = program::latchkey(folder, &[&["--no-demo"], words].concat());
    let mut child = command
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may have ended.
    let _unread = stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.unwrap()
}

/// The exit code, and what was said on either stream.
pub(crate) fn ended(output: &Output) -> (i32, String) {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (output.status.code().unwrap(), text.concat())
}

/// Commands one after the other, each with its exit code and something that it says.
const COMMANDS: [(&[&str], i32, &str); 16] = [
    (
        &["staff"],
        0,
        "nobody has a role: `latchkey make-admin EMAIL` makes an owner",
    ),
    (
        &["make-admin", "root@example.org", "--password-stdin"],
        0,
        "root@example.org is an administrator: the account was made",
    ),
    (
        &["make-admin", "sue@example.org", "--password-stdin", "--role", "support"],
        0,
        "sue@example.org is staff, as support: the account was made",
    ),
    (&["staff"], 0, "root@example.org  owner\nsue@example.org   support"),
    (
        &["staff", "grant", "Sue@Example.org", "finance"],
        0,
        "Sue@Example.org has the role finance now",
    ),
    (
        &["staff", "grant", "sue@example.org", "finance"],
        0,
        "sue@example.org has the role finance already",
    ),
    (
        &["staff", "grant", "nobody@example.org", "finance"],
        1,
        "nobody@example.org has no account",
    ),
    (
        &["staff", "grant", "nobody", "finance"],
        1,
        "email is not an e-mail address",
    ),
    (
        &["staff", "grant", "sue@example.org", "king"],
        2,
        "a role is one of owner, finance, catalogue, support, read-only",
    ),
    (&["staff", "revoke", "root@example.org"], 1, "last owner"),
    (&["staff", "grant", "root@example.org", "support"], 1, "last owner"),
    (
        &[
            "make-admin",
            "root@example.org",
            "--role",
            "read-only",
            "--password-stdin",
        ],
        1,
        "last owner",
    ),
    (
        &["staff", "revoke", "sue@example.org"],
        0,
        "sue@example.org is no member of staff any more",
    ),
    (&["staff", "revoke", "sue@example.org"], 1, "no member of staff"),
    (&["staff", "revoke", "nobody@example.org"], 1, "no such account"),
    (&["staff"], 0, "root@example.org  owner\n"),
];

#[on_both_databases]
async fn roles_are_shown_given_and_taken(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    for (words, code, said) in COMMANDS {
        let ended = ended(&run(&folder, &database, words).await);
        assert!(ended.0 == code && ended.1.contains(said), "{words:?}: {ended:?}");
    }
    let db = database.open().await;
    let root = EmailAddress::parse("root@example.org").unwrap();
    let known = db.accounts().credentials(&root).await.unwrap().unwrap();
    // What OWASP recommends; the shops of most tests have cheaper hashes.
    let cost = "$argon2id$v=19$m=19456,t=2,p=1$";
    assert!(known.password_hash.starts_with(cost), "{}", known.password_hash);
    db.close().await.unwrap();
    let audit = ended(&run(&folder, &database, &["audit"]).await);
    assert!(audit.1.contains("ok     trail: 4 entries in one chain"), "{audit:?}");
}

#[on_both_databases]
async fn an_audit_finds_a_tail_that_was_cut_after_the_shop_wrote_its_head_down(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let made = run(
        &folder,
        &database,
        &["make-admin", "root@example.org", "--password-stdin"],
    )
    .await;
    assert!(made.status.success(), "{made:?}");
    let shop = Program::serve_with(&folder, &["--no-demo"], &[("DATABASE_URL", database.url.as_str())]).await;
    let mut root = Client::at(&shop.url);
    assert_eq!(root.sign_in("root@example.org", PASSWORD).await.status, 200);
    let body = serde_json::json!({"pattern": Pattern::everything().as_str()});
    assert_eq!(root.post("/api/admin/cache/invalidate", &body).await.status, 200);
    shop.signal("TERM").await;
    shop.ended().await;
    let held = ended(&run(&folder, &database, &["audit"]).await);
    assert!(held.1.contains("ok     trail: 2 entries in one chain"), "{held:?}");
    let db = database.open().await;
    let tx = db.begin().await.unwrap();
    let on = if kind == Kind::Sqlite { "" } else { " ON trail_entries" };
    for sql in [
        format!("DROP TRIGGER trail_entries_no_delete{on}"),
        "DELETE FROM trail_entries WHERE seq = 2".to_owned(),
        "UPDATE trail_head SET seq = 1, mac = (SELECT mac FROM trail_entries WHERE seq = 1)".to_owned(),
    ] {
        tx.execute_for_test(&sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    let found = "the tail was cut: the data folder remembers entry 2, the last one is 1";
    let cut = ended(&run(&folder, &database, &["audit"]).await);
    assert!(
        cut.0 == 1 && cut.1.contains(&format!("WRONG  trail: {found}")),
        "{cut:?}"
    );
    let json = run(&folder, &database, &["audit", "--json"]).await;
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let told = json["checks"].as_array().unwrap().iter();
    let told: Vec<_> = told.filter(|check| check["holds"] == false).collect();
    assert_eq!((told.len(), &told[0]["findings"][0]), (1, &found.into()), "{json}");
    assert_eq!(json["holds"], false);
    // A head that goes on from another tail is not written over the evidence.
    let again = run(
        &folder,
        &database,
        &["make-admin", "root@example.org", "--password-stdin"],
    )
    .await;
    assert!(again.status.success(), "{again:?}");
    let still = ended(&run(&folder, &database, &["audit"]).await);
    assert!(still.1.contains(found), "{still:?}");
}
