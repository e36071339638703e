//! No page makes a browser contact another host than the shop: not for a picture, a font or a script.

use testkit::{Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases};

/// The addresses of everything that the page shows or would load, that are not the shop's own.
const FOREIGN: &str = "(() => {
    const all = [...document.querySelectorAll('*')];
    const named = all.flatMap(it => ['src', 'srcset', 'poster', 'data', 'action', 'formaction', 'background']
        .filter(name => it.hasAttribute(name))
        .flatMap(name => it.getAttribute(name).split(name === 'srcset' ? ',' : '\\n').map(part => part.trim().split(' ')[0])));
    const linked = [...document.querySelectorAll('link')].filter(it => !['canonical', 'prev', 'next'].includes(it.rel)).map(it => it.href);
    const painted = all.flatMap(it => [null, '::before', '::after'].flatMap(part => {
        const style = getComputedStyle(it, part);
        return ['backgroundImage', 'maskImage', 'listStyleImage', 'borderImageSource', 'content', 'cursor']
            .flatMap(name => [...(style[name] || '').matchAll(/url\\(\"?([^\")]*)/g)].map(found => found[1]));
    }));
    return [...named, ...linked, ...painted].filter(address => new URL(address, location).origin !== location.origin);
})()";

/// Opens each page, waits until all of it is there, and looks for strangers. The window itself fails the test when it
/// asked one.
async fn visit(window: &Window<'_>, pages: &[(&str, u16)]) {
    for (page, status) in pages {
        assert_eq!(window.go(page).await, *status, "{page}");
        // Pictures that are only loaded when they are scrolled to are loaded too.
        window.load_whole().await;
        assert_eq!(window.ask(FOREIGN).await, serde_json::json!([]), "{page}");
        assert_eq!(window.sticks_out().await, 0, "{page}");
    }
}

#[on_both_databases]
async fn every_page_asks_the_shop_alone(kind: Kind) {
    // Synced by itself: the pictures are its own supplier's.
    let shop = TestShop::open(kind).await;
    shop.sync().await;
    shop.staff().await;
    let list = shop.json("/api/games?pageSize=100").await;
    let games = list["data"]["data"].as_array().unwrap();
    let picture = games[0]["image"].as_str().unwrap();
    assert!(
        picture.starts_with(&shop.sandbox.url()),
        "the pictures are somebody else's: {picture}"
    );
    let game = format!("/game/{}", games[0]["slug"].as_str().unwrap());

    let person = Person::visiting(&shop.url).await;
    let window = person.window(Look::WIDE).await;
    visit(
        &window,
        &[
            ("/", 200),
            ("/catalogue", 200),
            ("/catalogue?genres=Action&search=xyzzy", 200),
            (&game, 200),
        ],
    )
    .await;
    assert!(window.count(".gallery img").await > 0 && window.count(".game-cover img").await == 1);
    let widths = "[...document.images].every(it => it.complete && it.naturalWidth > 100)";
    assert_eq!(window.ask(widths).await, true, "and the pictures are there");
    assert_eq!(window.follow(".buy form[action='/wishlist/add'] button").await, 200);
    assert_eq!(window.go(&game).await, 200);
    assert_eq!(window.follow(".buy form[action='/cart/add'] button").await, 200);
    assert!(window.count(".line img").await > 0);
    visit(
        &window,
        &[
            ("/cart", 200),
            ("/wishlist", 200),
            ("/register", 200),
            ("/forgot-password", 200),
            ("/reset-password?token=none", 400),
            ("/known-device?token=none", 400),
            ("/api/docs", 200),
            ("/nothing-here", 404),
            ("/game/nothing-here", 404),
            ("/sign-in", 200),
        ],
    )
    .await;
    window.fill("#email", "staff@example.org").await;
    window.fill("#password", PASSWORD).await;
    assert_eq!(window.follow(".form button").await, 200);
    let mail = format!("/admin/mails/{}", shop.shop.mails().list(1).await.unwrap().mails[0].id);
    visit(
        &window,
        &[
            ("/account", 200),
            ("/account/password", 200),
            ("/account/sign-ins", 200),
            ("/account/second-factor", 200),
            ("/account/events", 200),
            ("/verify-email", 200),
            ("/cart", 200),
            ("/admin/mails", 200),
            (&mail, 200),
        ],
    )
    .await;
}
