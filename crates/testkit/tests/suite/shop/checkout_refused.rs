//! `/checkout` and `/account/orders`: forms that nobody's browser sends, and what changed since the page was drawn.

use domain::email::EmailAddress;
use domain::id::{GameId, UserId};
use services::Error;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::checkout::{buy, fill, stocked};
use super::{Page, Visitor};

const EMAIL: &str = "ada@example.org";
const NOBODY: &str = "019e0000-0000-7000-8000-00000000abcd";

/// Forms of the checkout: items, total, consent, where `G` stands for a game's id; the status and what the page says.
const FORMS: [(&str, &str, &str, u16, &str); 16] = [
    ("", "", "", 400, "has to be ticked"),
    ("G:1", "2.50", "1999-01", 400, "has to be ticked"),
    ("", "2.50", "C", 400, "must name at least one game"),
    (",,,", "2.50", "C", 400, "must name at least one game"),
    ("x", "2.50", "C", 400, "cannot be read"),
    ("G", "2.50", "C", 400, "cannot be read"),
    ("G:", "2.50", "C", 400, "cannot be read"),
    ("G:x", "2.50", "C", 400, "cannot be read"),
    ("G:1.5", "2.50", "C", 400, "cannot be read"),
    ("G:99999999999999999999", "2.50", "C", 400, "cannot be read"),
    ("G:0", "2.50", "C", 400, "quantity must be 1 or more"),
    ("G:-1", "2.50", "C", 400, "quantity must be 1 or more"),
    ("G:21", "2.50", "C", 400, "at most 20 copies"),
    (
        "019e0000-0000-7000-8000-00000000abcd:1",
        "2.50",
        "C",
        404,
        "does not exist",
    ),
    ("G:1", "", "C", 400, "cannot be read"),
    ("G:1", "2.5e0", "C", 400, "cannot be read"),
];

/// Somebody who stands before the button, with enough money; the page, and the consent that it asks for.
async fn ready(shop: &TestShop, game: GameId) -> (Visitor, Page, String) {
    let mut person = Visitor::registered(shop, EMAIL).await;
    shop.prove_address(EMAIL).await;
    fill(shop, EMAIL, 1_000).await;
    person.done("/cart/add", &[("gameId", &game.to_string())]).await;
    let page = person.get("/checkout").await;
    let consent = page.value("consent");
    (person, page, consent)
}

async fn id(shop: &TestShop) -> UserId {
    let email = EmailAddress::parse(EMAIL).unwrap();
    shop.db.accounts().credentials(&email).await.unwrap().unwrap().user.id
}

/// Nothing was paid.
async fn nothing_is_paid(shop: &TestShop) {
    let ada = id(shop).await;
    let balance: Result<_, Error> = shop.shop.wallets().balance(ada).await;
    assert_eq!(balance.unwrap().get(), 1_000);
    assert!(shop.shop.orders().list(ada, None, 1, 10).await.unwrap().is_empty());
}

#[on_both_databases]
async fn forms_that_no_page_has_are_refused(kind: Kind) {
    let (shop, game) = stocked(kind).await;
    let (mut person, page, consent) = ready(&shop, game).await;
    let mut wrong = Vec::new();
    for (items, total, agreed, status, says) in FORMS {
        let items = items.replace('G', &game.to_string());
        let agreed = agreed.replace('C', &consent);
        let fields = [
            ("key", "a key"),
            ("items", &items),
            ("total", total),
            ("consent", &agreed),
        ];
        let answer = person.post("/checkout", &fields).await;
        if answer.status != status || !answer.has(says) {
            wrong.push(format!("{items} {total} {agreed}: {} without {says:?}", answer.status));
        }
    }
    for (path, status) in [
        ("/account/orders?page=0", 400),
        ("/account/orders?page=x", 400),
        ("/account/wallet?page=-1", 400),
        ("/account/orders/x", 404),
        ("/account/orders/%FF", 404),
    ] {
        let answer = person.get(path).await;
        if answer.status != status {
            wrong.push(format!("{path}: {} and not {status}", answer.status));
        }
    }
    nothing_is_paid(&shop).await;
    let bought = buy(&mut person, &page, &consent).await;
    let order = bought.location().split('?').next().unwrap().to_owned();
    for (path, key, status) in [
        ("/account/orders/x/cancel".to_owned(), "", 404),
        (format!("/account/orders/{NOBODY}/cancel"), "", 404),
        (format!("/account/orders/{NOBODY}/reveal"), NOBODY, 404),
        (format!("{order}/reveal"), "", 404),
        (format!("{order}/reveal"), "x", 404),
        (format!("{order}/reveal"), NOBODY, 404),
    ] {
        let answer = person.post(&path, &[("key", key)]).await;
        if answer.status != status {
            wrong.push(format!("{path} {key}: {} and not {status}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What happens between the page and the button: an action of staff.
#[derive(Clone, Copy, Debug)]
enum Change {
    SessionsEnded,
    Blocked,
    Withdrawn,
    SoldOut,
}

#[on_both_databases]
async fn what_changed_since_the_page_was_drawn_is_said(kind: Kind) {
    for (change, status, says) in [
        (Change::SessionsEnded, 303, ""),
        (Change::Blocked, 403, "This account is blocked"),
        (Change::Withdrawn, 404, "does not exist"),
        (Change::SoldOut, 400, "out of stock"),
    ] {
        let (shop, game) = stocked(kind).await;
        let (mut person, page, consent) = ready(&shop, game).await;
        let staff = shop.shop.staff();
        let ada = id(&shop).await;
        match change {
            Change::SessionsEnded => assert_eq!(staff.end_sessions(ada, operator()).await.unwrap(), 1),
            Change::Blocked => drop(staff.block(ada, operator()).await.unwrap()),
            Change::Withdrawn => {
                let gone = shop.staff().await.delete(&format!("/api/admin/games/{game}")).await;
                assert_eq!(gone.status, 200, "{}", gone.text);
            }
            Change::SoldOut => {
                let tx = shop.db.begin().await.unwrap();
                tx.execute_for_test("UPDATE offers SET supplier_qty = 0").await.unwrap();
                tx.execute_for_test("UPDATE games SET copies = 0").await.unwrap();
                tx.commit().await.unwrap();
            }
        }
        let refused = buy(&mut person, &page, &consent).await;
        assert!(
            refused.status == status && refused.has(says),
            "{change:?}: {} {}",
            refused.status,
            refused.html
        );
        assert!(
            status != 303 || refused.location().starts_with("/sign-in"),
            "{}",
            refused.location()
        );
        nothing_is_paid(&shop).await;
    }
}
