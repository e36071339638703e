//! Actions: what they do, what they say when they are refused, and that customers may do none.

use domain::message::Queue;
use services::jobs::JobError;
use services::sync::SyncCatalogue;
use services::view::TrailFilter;
use storage::outbox::Claim;
use testkit::{Kind, TestShop, on_both_databases};
use web_admin::declared_routes;

use super::filled_in;

const NOBODY: &str = "00000000-0000-0000-0000-00000000ffff";

#[on_both_databases]
async fn customers_and_guests_reach_no_address(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    let mut methods = Vec::new();
    for route in declared_routes() {
        let path = filled_in(&route.path, NOBODY);
        if route.method == "GET" {
            assert_eq!(customer.get(&path).await.status, 403, "{path}");
            // Who is not signed in is asked to be.
            assert!(guest.get(&path).await.text.contains("<h1>Sign in</h1>"), "{path}");
        } else {
            assert_eq!(customer.submit(&path, &[]).await.status, 403, "{path}");
        }
        methods.push(route.method);
    }
    assert!(methods.len() > 25 && methods.contains(&"POST"), "{methods:?}");
}

#[on_both_databases]
async fn what_is_not_there_is_named(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    for route in declared_routes()
        .into_iter()
        .filter(|route| route.path.contains("{id}"))
    {
        for id in [NOBODY, "x", "%00"] {
            let path = filled_in(&route.path, id);
            let status = if route.method == "GET" {
                staff.get(&path).await.status
            } else {
                staff.submit(&path, &[("game", NOBODY), ("title", "T")]).await.status
            };
            assert_eq!(status, 404, "{} {path}", route.method);
        }
    }
    for path in [
        "/admin/games?state=odd",
        "/admin/games?sort=odd",
        "/admin/games?after=odd",
        "/admin/offers?game=odd",
        &format!("/admin/games?q={}", "a".repeat(300)),
    ] {
        let answer = staff.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text.contains("This address asks for something"), "{path}");
    }
    assert_eq!(staff.get("/admin/games?q=%25_%27%22%3C&after=").await.status, 200);
}

/// A sync that has failed for good, as it was claimed.
pub(super) async fn failed_job(shop: &TestShop) -> Claim {
    let slot = "2026-11-23T02:00Z".to_owned();
    let job = SyncCatalogue { slot: slot.clone() };
    shop.shop.messages().post_once(slot, &job).await.unwrap();
    let claims = shop.shop.messages().claim(Queue::Sync, &jobs::JOBS, 1).await;
    let claim = claims.unwrap().remove(0);
    let error = JobError {
        reason: "the <moon> was full".to_owned(),
        permanent: true,
    };
    let kind_of_job = services::jobs::JobKind::of::<SyncCatalogue>();
    shop.shop
        .messages()
        .settle(&claim, kind_of_job, Err(error))
        .await
        .unwrap();
    claim
}

#[on_both_databases]
async fn a_failed_job_runs_again(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let claim = failed_job(&shop).await;
    let page = staff.get("/admin/jobs?queue=sync").await;
    assert!(
        page.text.contains("sync_catalogue") && page.text.contains("the &#60;moon&#62; was full"),
        "{}",
        page.text
    );
    let overview = staff.get("/admin").await;
    assert!(overview.text.contains("1 job has failed for good"), "{}", overview.text);
    let again = format!("/admin/jobs/{}/run-again", claim.id);
    let asked = staff.get(&again).await;
    assert!(
        asked.text.contains("sync_catalogue") && asked.text.contains("the &#60;moon&#62; was full"),
        "{}",
        asked.text
    );
    let answer = staff.submit(&again, &[]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("It runs again within seconds"), "{}", answer.text);
    assert!(answer.text.contains("No job has failed for good."));
    assert_eq!(staff.submit(&again, &[]).await.status, 404, "it runs once");
    let entries = shop.shop.trail().list(&TrailFilter::default(), None, 10).await.unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (&*entry.action, &*entry.subject, &*entry.actor))
        .collect();
    let (job, by) = (claim.id.to_string(), staff.id.unwrap().to_string());
    assert_eq!(told, [("job.run-again", &*job, &*by)]);
    let claimed = shop
        .shop
        .messages()
        .claim(Queue::Sync, &jobs::JOBS, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (claimed.id, claimed.attempts, &claimed.message),
        (claim.id, 1, &claim.message)
    );
}

#[on_both_databases]
async fn a_refused_form_keeps_what_was_typed(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let path = format!("/admin/games/{game}/fields");
    let typed = [
        ("title", ""),
        ("price", "1.999"),
        ("publisher", "Typed & kept"),
        ("releaseDate", "yesterday"),
    ];
    let answer = staff.submit(&path, &typed).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text.contains("Price is not an amount such as 10 or 19.99"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("value=\"Typed &#38; kept\"") && answer.text.contains("value=\"1.999\""));
    let answer = staff
        .submit(&path, &[("title", " "), ("releaseDate", "yesterday")])
        .await;
    assert_eq!(answer.status, 400);
    for wrong in ["Title is empty", "Released is not a day as 2015-11-10"] {
        assert!(answer.text.contains(wrong), "{wrong}: {}", answer.text);
    }
    let offer = shop.db.offers().managed_list(&Default::default()).await.unwrap().rows;
    assert!(offer.is_empty(), "a list without a limit has no row");
}

#[on_both_databases]
async fn fields_are_set_and_given_back(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let before = shop.json(&format!("/api/games/{game}")).await["data"].clone();
    let path = format!("/admin/games/{game}/fields");
    let typed = [
        ("price", "€12,50"),
        ("genres", "Odd\r\n Even \r\n"),
        ("title", before["title"].as_str().unwrap()),
    ];
    assert_eq!(staff.submit(&path, &typed).await.status, 200);
    let after = shop.json(&format!("/api/games/{game}")).await["data"].clone();
    assert_eq!(
        (&after["price"], &after["genres"]),
        (&serde_json::json!(12.5), &serde_json::json!(["Even", "Odd"]))
    );
    let page = staff.get(&format!("/admin/games/{game}")).await;
    assert!(
        page.text.contains("€12.50") && !page.text.contains("data-name=\"Field\">Title"),
        "{}",
        page.text
    );
    assert_eq!(
        staff
            .submit(&path, &[("giveBack", "price"), ("giveBack", "genres")])
            .await
            .status,
        200
    );
    let back = shop.json(&format!("/api/games/{game}")).await["data"].clone();
    assert_eq!((&back["price"], &back["genres"]), (&before["price"], &before["genres"]));
}
