//! The administration as staff see it: every page, with scripts and without, wide and narrow, by keyboard, and for axe-core.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use domain::listing::ListQuery;
use domain::money::Cents;
use domain::sync::SyncKind;
use serde_json::{Value, json};
use testkit::{Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases};

use super::{is_well, looks};

/// Pages that the navigation leads to.
const PAGES: [&str; 15] = [
    "/admin",
    "/admin/games",
    "/admin/categories",
    "/admin/genres",
    "/admin/platforms",
    "/admin/tags",
    "/admin/offers",
    "/admin/possible-duplicates",
    "/admin/own-keys",
    "/admin/key-imports",
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

/// Opens these pages, each with a name for its picture, in every look.
pub(super) async fn every_page_is_well(shop: &TestShop, kind: Kind, of_what: &str, paths: &[(impl Display, String)]) {
    for (at, look) in looks(kind).iter().copied().enumerate() {
        let staff = Person::visiting(&shop.url).await;
        let window = staff.window(look).await;
        sign_in(&window, "/admin").await;
        for (name, path) in paths {
            assert_eq!(window.go(path).await, 200, "{path}");
            is_well(&window, look).await;
            if look.scripts {
                let found = window.inaccessible().await;
                assert!(found.is_empty(), "{path} at {look:?}:\n{}", found.join("\n"));
            }
            if kind == Kind::Sqlite {
                window.picture_to(&picture(&format!("{at}-{of_what}-{name}"))).await;
            }
        }
    }
}

/// A run whose lower prices wait for a decision.
pub(super) async fn park_a_run(shop: &TestShop) {
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
    let file = format!("game,key,cost\n{game},A,1\n{game},A,1\n{game},B,2\nnone,C,1\n");
    let import = crate::own_keys::import(&shop, &file, Some(99)).await.unwrap().0.id;
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
        "/admin/key-imports/new".to_owned(),
        format!("/admin/key-imports/{import}"),
        format!("/admin/key-imports/{import}/undo"),
        format!("/admin/genres/{genre}/change"),
        format!("/admin/genres/{genre}/merge"),
        format!("/admin/genres/{genre}/delete"),
        format!("/admin/sync-runs/{run}/accept"),
    ]);
    let named = paths.into_iter().map(|path| {
        let name = path
            .trim_start_matches("/admin")
            .trim_start_matches('/')
            .replace('/', "-");
        (name.replace(|c: char| c.is_ascii_digit(), ""), path)
    });
    let named: Vec<(String, String)> = named.collect();
    every_page_is_well(&shop, kind, "admin", &named).await;
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
