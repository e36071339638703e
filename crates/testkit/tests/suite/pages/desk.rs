//! The administration as staff see it: every page, with scripts and without, wide and narrow, by keyboard, and for axe-core.

use std::path::PathBuf;
use std::time::Duration;

use domain::listing::ListQuery;
use domain::money::Cents;
use domain::sync::SyncKind;
use serde_json::{Value, json};
use testkit::{Key, Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases};

use super::{LOOKS, is_well, reach};

/// Pages that the navigation leads to.
const PAGES: [&str; 13] = [
    "/admin",
    "/admin/games",
    "/admin/categories",
    "/admin/genres",
    "/admin/platforms",
    "/admin/tags",
    "/admin/offers",
    "/admin/possible-duplicates",
    "/admin/suppliers",
    "/admin/sync-runs",
    "/admin/mails",
    "/admin/cache",
    "/admin/jobs",
];

/// Where pictures of the pages are kept for who wants to look at them.
pub(super) fn picture(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("desk-{name}.png"))
}

pub(super) async fn sign_in(window: &Window<'_>, path: &str) {
    window.go(path).await;
    window.fill("#email", "staff@example.org").await;
    window.fill("#password", PASSWORD).await;
    assert_eq!(window.follow(".form button").await, 200);
}

/// A run whose lower prices wait for a decision.
async fn park_a_run(shop: &TestShop) {
    shop.clock.pass(Duration::from_secs(60));
    let for_sale = ListQuery {
        limit: 40,
        filters: vec![("state", "for_sale".to_owned())],
        ..Default::default()
    };
    for offer in shop.db.offers().managed_list(&for_sale).await.unwrap().rows {
        let price = Cents::new((offer.cost.get() / 10).max(1));
        let price: Value = serde_json::from_str(&price.to_string()).unwrap();
        shop.change_product(offer.product.as_str(), &json!({"minPrice": price}))
            .await;
    }
    let order = SyncKind::Full.into();
    shop.shop.sync().run(&order, "a test", &|_| true).await.unwrap();
}

#[on_both_databases]
async fn every_page_is_well_in_every_look(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    park_a_run(&shop).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let offer = shop
        .db
        .offers()
        .some_shown(&domain::id::SupplierName::g2a(), 1)
        .await
        .unwrap()[0]
        .0;
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap().id;
    let genre = shop.db.terms().all(domain::term::Term::Genre).await.unwrap()[0].id;
    let mut paths: Vec<String> = PAGES.map(str::to_owned).into();
    paths.extend([
        format!("/admin/games/{game}"),
        format!("/admin/games/{game}/fields"),
        format!("/admin/games/{game}/withdraw"),
        format!("/admin/offers/{}/link", offer.0),
        format!("/admin/offers/{}/unlink", offer.0),
        format!("/admin/sync-runs/{run}"),
        "/admin/tags/add".to_owned(),
        format!("/admin/genres/{genre}/change"),
        format!("/admin/genres/{genre}/merge"),
        format!("/admin/genres/{genre}/delete"),
        format!("/admin/sync-runs/{run}/accept"),
    ]);
    for (at, look) in LOOKS.into_iter().enumerate() {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        sign_in(&window, "/admin").await;
        for path in &paths {
            assert_eq!(window.go(path).await, 200, "{path}");
            is_well(&window, look).await;
            if look.scripts {
                let found = window.inaccessible().await;
                assert!(found.is_empty(), "{path} at {look:?}:\n{}", found.join("\n"));
            }
            if kind == Kind::Sqlite {
                let name = path
                    .trim_start_matches('/')
                    .replace('/', "-")
                    .replace(|c: char| c.is_ascii_digit(), "");
                window.picture_to(&picture(&format!("{at}-{name}"))).await;
            }
        }
    }
}

#[on_both_databases]
async fn a_game_is_found_and_set_by_keyboard_alone(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let title = shop.json(&format!("/api/games/{game}")).await["data"]["title"]
        .as_str()
        .unwrap()
        .to_owned();
    for (number, look) in [Look::WIDE, Look::NARROW.without_scripts()].into_iter().enumerate() {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        sign_in(&window, "/sign-in").await;
        assert_eq!(window.go("/").await, 200);
        reach(&window, "a Administration", 30).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        reach(&window, "a Games", 30).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        if look.scripts {
            window.type_text("/").await;
            assert!(
                window.focused().await.starts_with("input#search-table"),
                "{}",
                window.focused().await
            );
        } else {
            reach(&window, "input#search-table Title /", 60).await;
        }
        window.type_text(&title).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        reach(
            &window,
            &format!("a {}", title.chars().take(60).collect::<String>().trim()),
            80,
        )
        .await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert_eq!(window.address().await, format!("/admin/games/{game}"));
        reach(&window, "a Set fields…", 60).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        reach(&window, "input#publisher Publisher optional", 60).await;
        window.type_text(&format!("House {number} ")).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert!(window.text(".said").await.starts_with("Saved."));
        is_well(&window, look).await;
        let publisher = shop.json(&format!("/api/games/{game}")).await["data"]["publisher"].clone();
        assert!(
            publisher.as_str().unwrap().contains(&format!("House {number}")),
            "{publisher}"
        );
    }
}

#[on_both_databases]
async fn a_parked_run_is_accepted_and_two_offers_linked(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    park_a_run(&shop).await;
    let games = shop.games_for_sale(2).await;
    for look in [Look::NARROW.without_scripts()] {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        sign_in(&window, "/admin").await;
        assert!(window.text(".desk-notes").await.contains("waits for a decision"));
        assert_eq!(window.follow(".note a").await, 200);
        assert_eq!(window.follow(".desk-do a").await, 200);
        assert!(window.text("h1").await.starts_with("Accept"));
        assert_eq!(window.count("#password").await, 0, "the sign-in is a proof");
        shop.clock.pass(Duration::from_secs(11 * 60));
        let accept = window.address().await;
        assert_eq!(window.go(&accept).await, 200);
        window.fill("#reason", "The list was checked by hand.").await;
        window.fill("#password", "Wrong-Horse-1").await;
        assert_eq!(window.follow(".form button").await, 400);
        assert_eq!(window.text(".summary li").await, "Your password is wrong");
        assert_eq!(window.attribute("#password", "value").await.as_deref(), Some(""));
        window.fill("#password", PASSWORD).await;
        assert_eq!(window.follow(".form button").await, 200);
        assert!(
            window.text(".said").await.starts_with("Accepted"),
            "{}",
            window.text(".said").await
        );
        is_well(&window, look).await;

        assert_eq!(window.go(&format!("/admin/offers?game={}", games[0])).await, 200);
        assert_eq!(window.count(".sheet tbody tr").await, 1);
        assert_eq!(window.follow(".row-do a").await, 200);
        window.fill("#game", "no id").await;
        assert_eq!(window.follow(".form button").await, 400);
        assert_eq!(
            window.text(".summary li").await,
            "Id of the game is not an id of a game"
        );
        assert_eq!(window.attribute("#game", "value").await.as_deref(), Some("no id"));
        window
            .fill("#game", &format!("{}/admin/games/{}", shop.url, games[1]))
            .await;
        assert_eq!(window.follow(".form button").await, 200);
        assert!(window.text(".said").await.starts_with("Linked."));
        assert_eq!(window.count(".sheet tbody tr").await, 2);
        is_well(&window, look).await;
    }
}

#[on_both_databases]
async fn a_running_sync_is_followed_by_itself(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    let name = domain::id::SupplierName::g2a();
    let (id, now) = (uuid::Uuid::from_u128(9), shop.shop.now());
    let begin = async |read: u64| {
        let tx = shop.db.begin().await.unwrap();
        let progress = domain::sync::SyncProgress {
            read,
            total: 100,
            ..Default::default()
        };
        if read == 0 {
            let span = Duration::from_secs(600);
            assert!(tx.leases().take("catalogue sync", id, "a test", span).await.unwrap());
            tx.sync_runs()
                .begin(id, &name, SyncKind::Full, "a test", now)
                .await
                .unwrap();
        }
        tx.sync_runs()
            .progress(id, progress, &Default::default())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    begin(0).await;
    let staff = Person::visiting(&shop.url).await;
    let window = staff.window(Look::WIDE).await;
    sign_in(&window, &format!("/admin/sync-runs/{id}")).await;
    assert!(
        window
            .text(".desk-progress")
            .await
            .starts_with("0 of 100 products read")
    );
    begin(42).await;
    window
        .until("document.querySelector('.desk-progress p').textContent.startsWith('42 of 100')")
        .await;
    let tx = shop.db.begin().await.unwrap();
    tx.sync_runs()
        .finish(id, "complete", &Default::default(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    window
        .until(
            "!document.querySelector('.desk-progress') && document.querySelector('.desk-facts').textContent.includes('complete')",
        )
        .await;
    window.quiet().await;
}
