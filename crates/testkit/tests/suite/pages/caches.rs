//! The caches' page: staff see statistics and history, invalidate a pattern, and have to confirm the invalidation of
//! everything.

use std::path::PathBuf;
use std::time::Duration;

use domain::pattern::Pattern;
use testkit::{Caching, Key, Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases, soon};

use super::{LOOKS, is_well, reach};

/// Signs in on the way to a page for staff.
async fn sign_in(window: &Window<'_>, email: &str) -> u16 {
    window.fill("#email", email).await;
    window.fill("#password", PASSWORD).await;
    window.follow(".form button").await
}

/// An hour of visits and changes, but for a quarter in the middle in which nobody counted.
async fn an_hour(shop: &TestShop) {
    let game = shop.games_for_sale(1).await.remove(0);
    let pattern = Pattern::parse(&format!("game:{game}")).unwrap();
    for step in 0..200_u64 {
        shop.clock.pass(Duration::from_secs(if step == 90 { 900 } else { 10 }));
        for _ in 0..2 {
            shop.get(&format!("/api/games/{game}")).await;
        }
        if step % 9 < 2 {
            shop.shop
                .caches()
                .invalidate(&pattern, testkit::operator())
                .await
                .unwrap();
        }
        shop.shop.caches().sample();
    }
}

/// Where pictures of the page are kept for who wants to look at them.
fn screenshots() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The quarter in which nobody counted is a gap.
async fn curves_have_a_gap(window: &Window<'_>) {
    for plot in ["rate", "lag"] {
        let line = window
            .attribute(&format!("svg[aria-labelledby={plot}] .one"), "d")
            .await
            .unwrap();
        assert!(line.starts_with('M') && line.contains('L'), "{plot}: {line}");
        assert!(line.matches('M').count() >= 2, "{plot} has no gap: {line}");
    }
}

#[on_both_databases]
async fn staff_see_the_caches_and_have_a_pattern_forgotten(kind: Kind) {
    let shop = TestShop::filled_with(kind, Caching::Redis).await;
    shop.staff().await;
    an_hour(&shop).await;
    for (at, look) in LOOKS.into_iter().enumerate() {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        assert_eq!(window.go("/admin/cache").await, 200);
        assert_eq!(window.address().await, "/sign-in?next=%2Fadmin%2Fcache");
        assert_eq!(sign_in(&window, "staff@example.org").await, 200);
        assert_eq!(
            (window.address().await.as_str(), window.text("h1").await.as_str()),
            ("/admin/cache", "Caches")
        );
        is_well(&window, look).await;
        window
            .picture_to(&screenshots().join(format!("caches-{kind:?}-{at}.png")))
            .await;
        assert!(window.text(".lead").await.contains("a test's node"));
        // On a busy machine they may rest for a moment, and the page says so.
        soon("caches are in use", async || {
            let gauges = window.text(".gauges").await;
            let are_in_use = gauges.contains("Caches are in use.") && gauges.contains("in use");
            if !are_in_use {
                window.go("/admin/cache").await;
            }
            are_in_use
        })
        .await;
        curves_have_a_gap(&window).await;
        assert_eq!(window.count(".fold tbody tr").await, 6);

        window.fill("#pattern", " ").await;
        assert_eq!(window.follow(".admin .form button").await, 400);
        assert_eq!(window.text(".summary li").await, "Pattern is empty");
        is_well(&window, look).await;
        window.fill("#pattern", "moon:*").await;
        assert_eq!(window.follow(".admin .form button").await, 200);
        assert_eq!(
            window.text(".said").await,
            "Nothing that the shop caches has a name that this pattern means."
        );

        assert_eq!(window.go("/catalogue").await, 200);
        let kept = || shop.shop.caches().statistics().values;
        assert!(kept() > 0);
        assert_eq!(window.go("/admin/cache").await, 200);
        window.fill("#pattern", "catalog:*").await;
        assert_eq!(window.follow(".admin .form button").await, 200);
        let said = window.text(".said").await;
        assert!(
            said.starts_with("Invalidated: ") && said.contains(" left Redis. "),
            "{said}"
        );
        is_well(&window, look).await;

        assert_eq!(window.go("/").await, 200);
        assert!(kept() > 0);
        assert_eq!(window.go("/admin/cache").await, 200);
        assert_eq!(window.follow(".clear a").await, 200);
        assert_eq!(window.text("h1").await, "Clear all caches?");
        is_well(&window, look).await;
        assert_eq!(window.follow(".ways a").await, 200);
        assert!(kept() > 0, "it was only asked");
        assert_eq!(window.go("/admin/cache/clear").await, 200);
        assert_eq!(window.follow(".form button").await, 200);
        assert!(window.text(".said").await.starts_with("Cleared: "));
        // The page that says so counts its reader's cart.
        assert!(kept() <= 1);
    }
}

#[on_both_databases]
async fn a_pattern_is_forgotten_and_all_is_cleared_by_keyboard_alone(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    let kept = || shop.shop.caches().statistics().values;
    for look in [Look::WIDE, Look::NARROW.without_scripts()] {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        window.go("/admin/cache").await;
        assert_eq!(sign_in(&window, "staff@example.org").await, 200);
        shop.get("/api/games").await;
        assert!(kept() > 0);
        reach(&window, "input#pattern Pattern", 60).await;
        window.type_text("catalog:*").await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert!(window.text(".said").await.starts_with("Invalidated: "));
        shop.get("/api/games").await;
        reach(&window, "a Clear all caches…", 60).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        reach(&window, "button Clear the caches", 60).await;
        assert!(kept() > 0, "it was only asked");
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert!(window.text(".said").await.starts_with("Cleared: "));
    }
}

#[on_both_databases]
async fn customers_see_nothing_of_the_caches_and_clear_none(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    for path in ["/admin/cache", "/admin/cache/clear"] {
        assert_eq!(ada.get(path).await.status, 403, "{path}");
        let body = "pattern=*".to_owned();
        let sent = testkit::program::http()
            .post(format!("{}{path}", shop.url))
            .bearer_auth(ada.token.as_ref().unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        assert_eq!(sent.send().await.unwrap().status(), 403, "{path}");
    }
    let guest = Person::visiting(&shop.url).await;
    let window = guest.window(Look::WIDE).await;
    assert_eq!(window.go("/admin/cache/clear").await, 200);
    assert_eq!(window.address().await, "/sign-in?next=%2Fadmin%2Fcache%2Fclear");
    assert_eq!(sign_in(&window, "ada@example.org").await, 403);
}

#[on_both_databases]
async fn a_fresh_shop_without_redis_has_a_page_too(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.staff().await;
    let staff = Person::visiting(&shop.url).await;
    let window = staff.window(Look::NARROW).await;
    window.go("/admin/cache").await;
    assert_eq!(sign_in(&window, "staff@example.org").await, 200);
    assert!(window.text(".gauges").await.contains("not set"));
    is_well(&window, Look::NARROW).await;
    window
        .picture_to(&screenshots().join(format!("caches-fresh-{kind:?}.png")))
        .await;
}
