//! Long e-mail addresses on a telephone: nothing is wider than the screen, and no word of them breaks.

use domain::staff::StaffRole;
use testkit::{Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases};

use super::desk::{picture, sign_in};
use super::is_well;

const LONG: &str = "a.rather.long.address.of.somebody@customers.of.the.shop.example.org";
const LONG_STAFF: &str = "the.one.who.looks.after.suppliers@colleagues.example.org";

/// The words that stand on more than one line, of all that are beside or in an e-mail address.
const BROKEN: &str = "(() => {
    const broken = [];
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        const place = text.parentElement.closest('td, dd, h1, li, strong');
        if (!place || !place.textContent.includes('@')) continue;
        for (const word of text.data.matchAll(/\\S+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map((part) => Math.round(part.top)));
            if (lines.size > 1) broken.push(word[0]);
        }
    }
    return broken.join(' ');
})()";

async fn is_readable(window: &Window<'_>, path: &str, shown: &str) {
    assert_eq!(window.go(path).await, 200, "{path}");
    is_well(window, Look::NARROW).await;
    let text = window.text("main").await;
    assert!(text.contains(shown), "{path}: {text}");
    assert_eq!(window.ask(BROKEN).await, "", "{path}");
    let name = path.trim_start_matches('/').replace('/', "-");
    let name = name.replace(|c: char| c.is_ascii_digit(), "");
    window.picture_to(&picture(&format!("address-{name}"))).await;
}

#[on_both_databases]
async fn a_long_address_is_readable_on_a_telephone(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let long = shop.customer(LONG).await.id.unwrap();
    shop.staff_as(LONG_STAFF, StaffRole::Support).await;
    shop.staff().await;
    shop.guest().sign_in(LONG, "Wrong-Horse-1").await;
    let staff = Person::visiting(&shop.url).await;
    let window = staff.window(Look::NARROW).await;
    sign_in(&window, "/admin").await;
    let user = format!("/admin/users/{long}");
    for (path, shown) in [
        ("/admin/users", LONG),
        (user.as_str(), LONG),
        (&format!("{user}/block"), LONG),
        ("/admin/staff", LONG_STAFF),
        ("/admin/mails", LONG),
        ("/admin/security-events", LONG),
    ] {
        is_readable(&window, path, shown).await;
    }
    let customer = Person::visiting(&shop.url).await;
    let window = customer.window(Look::NARROW).await;
    window.go("/sign-in").await;
    window.fill("#email", LONG).await;
    window.fill("#password", PASSWORD).await;
    assert_eq!(window.follow(".form button").await, 200);
    for path in ["/account", "/account/password"] {
        is_readable(&window, path, LONG).await;
    }
}
