//! Keys imported from a file by the form of the administration.

use domain::listing::ListQuery;
use domain::staff::StaffRole;
use storage::own_keys::KeyImport;
use testkit::{Answer, Client, Kind, TestShop, on_both_databases};

pub(crate) const NEW: &str = "/admin/key-imports/new";
pub(crate) const FORM: &str = "multipart/form-data; boundary=----browser";
const MEGABYTE: usize = 1024 * 1024;

/// The parts of a form, as a browser sends them: texts in the order of the fields, and the file among them.
pub(crate) fn parts(format: &str, game: &str, typed: &str, file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |head: &str, content: &[u8]| {
        body.extend(format!("------browser\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        body.extend(content);
        body.extend(b"\r\n");
    };
    part("name=\"name\"", b"From the fair");
    part("name=\"format\"", format.as_bytes());
    part("name=\"game\"", game.as_bytes());
    part("name=\"price\"", b"1,23");
    part("name=\"keys\"", typed.as_bytes());
    match file {
        Some((name, content)) => {
            let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/png");
            part(&head, content);
        }
        // No file was chosen.
        None => part(
            "name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream",
            b"",
        ),
    }
    part("name=\"reason\"", b"bought there");
    body.extend(b"------browser--\r\n");
    body
}

async fn send(staff: &mut Client, body: Vec<u8>) -> Answer {
    staff.send_body(NEW, FORM, body).await
}

/// The latest imports, the newest first.
async fn imports(shop: &TestShop) -> Vec<KeyImport> {
    let query = ListQuery {
        is_descending: true,
        limit: 10,
        ..ListQuery::default()
    };
    shop.db.own_keys().imports(&query).await.unwrap().rows
}

/// What the newest import is called, and how many keys it brought.
async fn newest(shop: &TestShop) -> (String, u64) {
    let import = imports(shop).await.remove(0);
    let counts = shop.db.own_keys().counts(import.id).await.unwrap();
    (import.name, counts.free)
}

#[on_both_databases]
async fn keys_are_imported_from_a_file_whatever_it_is_called(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let form = staff.get(NEW).await.text;
    assert!(
        form.contains("enctype=\"multipart/form-data\"") && form.contains("type=\"file\""),
        "{form}"
    );
    let csv = format!("game,key,cost\n{game},SECRET-1,1\n{game},SECRET-1,1\nnone,SECRET-2,1\n{game},SECRET-3,x\n");
    let done = send(
        &mut staff,
        parts("csv", "", "", Some(("../../etc/passwd<b>", csv.as_bytes()))),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text);
    for told in ["duplicate of line 2", "unknown game", "has a cost that is no amount"] {
        assert!(done.text.contains(told), "{told}: {}", done.text);
    }
    assert!(
        !done.text.contains("SECRET") && !done.text.contains("passwd"),
        "{}",
        done.text
    );
    assert_eq!(newest(&shop).await, ("From the fair".to_owned(), 1));

    // Much longer than what other forms may send.
    let keys: String = (0..20_000)
        .map(|number| format!("LONG-{number:05}-{}\n", "x".repeat(60)))
        .collect();
    let text = format!("\u{feff}{keys}");
    let done = send(
        &mut staff,
        parts("lines", &game, "", Some(("keys.txt", text.as_bytes()))),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(newest(&shop).await.1, 20_000);
    // What is typed still is taken, with and without parts.
    let done = send(&mut staff, parts("lines", &game, "TYPED-1\nTYPED-2", None)).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(newest(&shop).await.1, 2);
}

#[on_both_databases]
async fn a_file_that_cannot_be_used_is_refused_beside_its_field(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let large = "SECRET-KEY\n".repeat(5 * MEGABYTE / 11 + 1);
    let refusals: [(&str, &str, Option<&[u8]>, &str); 7] = [
        (
            "lines",
            "",
            Some(b"SECRET-1\nSECRET\xff\xfe-2\n"),
            "File line 2: this is not text in UTF-8",
        ),
        (
            "lines",
            "",
            Some(b"S\0E\0C\0R\0E\0T\0\xd8\x00"),
            "File line 1: this is not text in UTF-8",
        ),
        (
            "csv",
            "",
            Some(b"game;key\nx;SECRET"),
            "File line 1: the header has no column `key`",
        ),
        ("lines", "", Some(b""), "File has no keys"),
        ("lines", "", None, "Keys are missing: type them, or choose a file"),
        ("lines", "SECRET-1", Some(b"SECRET-2"), "File is one too many"),
        ("lines", "", Some(large.as_bytes()), "File is larger than 5 MiB"),
    ];
    for (format, typed, file, told) in refusals {
        let file = file.map(|content| ("keys.txt", content));
        let refused = send(&mut staff, parts(format, &game, typed, file)).await;
        assert_eq!(refused.status, 400, "{told}: {}", refused.text);
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
        assert!(!refused.text.contains("SECRET"), "{told}: a key is sent back");
        // What was typed besides stays, also what comes behind the file.
        for typed in ["From the fair", "1,23", "bought there", &game] {
            assert!(
                refused.text.contains(typed),
                "{told}: {typed} is gone: {}",
                refused.text
            );
        }
        assert!(
            refused.text.contains(&format!("value=\"{format}\" selected")),
            "{}",
            refused.text
        );
    }
    assert_eq!(imports(&shop).await, []);
}

#[on_both_databases]
async fn what_no_browser_sends_is_refused(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let (whole, good) = (
        parts("lines", &game, "", Some(("x", b"A-1"))),
        "application/x-www-form-urlencoded",
    );
    for (media, body, status) in [
        ("application/json", b"{}".to_vec(), 415),
        ("text/plain", whole.clone(), 415),
        ("multipart/mixed; boundary=----browser", whole.clone(), 415),
        ("multipart/form-data", whole.clone(), 400),
        ("multipart/form-data; boundary=other", whole.clone(), 400),
        (FORM, whole[..whole.len() / 2].to_vec(), 400),
        (FORM, whole[..whole.len() - 4].to_vec(), 400),
        (FORM, parts("lines", &game, &"SECRET\n".repeat(10_000), None), 413),
        (good, vec![b'x'; 65 * 1024], 413),
    ] {
        let refused = staff.send_body(NEW, media, body).await;
        assert_eq!(refused.status, status, "{media}: {}", refused.text);
        assert!(!refused.text.contains("SECRET"), "{media}");
    }
    // Without the part of the file, as without a file.
    let texts = String::from_utf8(parts("lines", &game, "", None)).unwrap();
    let (before, behind) = texts
        .split_once("------browser\r\nContent-Disposition: form-data; name=\"file\"")
        .unwrap();
    let (_, behind) = behind.split_once("------browser").unwrap();
    let refused = send(&mut staff, format!("{before}------browser{behind}").into_bytes()).await;
    assert!(
        refused.status == 400 && refused.text.contains("Keys are missing"),
        "{}",
        refused.text
    );
    assert_eq!(imports(&shop).await, []);
}

#[on_both_databases]
async fn a_file_is_read_from_no_one_else_and_for_no_other_form(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let body = || parts("lines", &game, "", Some(("keys.txt", b"A-1")));
    let large = || parts("lines", &game, "", Some(("keys.txt", &vec![b'x'; MEGABYTE])));
    let mut guest = shop.guest();
    let asked = guest.send_body(NEW, FORM, body()).await;
    assert!(
        asked.text.contains("name=\"password\""),
        "a guest is asked to sign in: {}",
        asked.text
    );
    let mut support = shop.staff_as("help@example.org", StaffRole::Support).await;
    assert_eq!(support.send_body(NEW, FORM, body()).await.status, 403);
    // Other forms take no parts, and no long bodies either.
    let mut staff = shop.staff().await;
    let other = format!("/admin/games/{game}/withdraw");
    for path in [other.as_str(), "/account", "/api/cart"] {
        assert_eq!(staff.send_body(path, FORM, body()).await.status, 415, "{path}");
        assert_eq!(staff.send_body(path, FORM, large()).await.status, 413, "{path}");
    }
    // A page of another site sends it with the cookie of whoever is signed in.
    let forged = reqwest::Client::new()
        .post(format!("{}{NEW}", shop.url))
        .header("origin", "https://evil.example")
        .header("content-type", FORM)
        .body(body());
    assert_eq!(forged.send().await.unwrap().status().as_u16(), 403);
    assert_eq!(imports(&shop).await, []);
}
