//! Why staff do something: each form asks for it, and the trail keeps it.

use serde_json::json;
use services::view::TrailFilter;
use testkit::{Client, Kind, TestShop, on_both_databases};

use super::actions::failed_job;

/// The action of the newest entry, and its reason.
pub(super) async fn newest(shop: &TestShop) -> (String, Option<String>) {
    let entries = shop.shop.trail().list(&TrailFilter::default(), None, 1).await.unwrap();
    (entries[0].action.clone(), entries[0].reason.clone())
}

/// Forms with an address, and whether each has to be told why.
async fn forms(shop: &TestShop, staff: &mut Client) -> Vec<(String, bool)> {
    let game = shop.games_for_sale(1).await.remove(0);
    let offers = staff.get(&format!("/api/admin/offers?gameId={game}")).await;
    let offer = offers.data()["offers"][0]["id"].as_str().unwrap().to_owned();
    let genres = staff.get("/api/admin/genres").await;
    let genre = genres.data()[0]["id"].as_str().unwrap().to_owned();
    let user = shop.customer("ada@example.org").await.id.unwrap();
    let all = [
        (format!("/admin/games/{game}/fields"), false),
        (format!("/admin/games/{game}/withdraw"), true),
        (format!("/admin/games/{game}/bring-back"), false),
        ("/admin/suppliers/g2a/sync".to_owned(), false),
        (format!("/admin/jobs/{}/run-again", failed_job(shop).await.id), false),
        (format!("/admin/offers/{offer}/link"), false),
        (format!("/admin/offers/{offer}/unlink"), false),
        ("/admin/genres/add".to_owned(), false),
        ("/admin/key-imports/new".to_owned(), false),
        (format!("/admin/genres/{genre}/change"), false),
        (format!("/admin/genres/{genre}/merge"), true),
        (format!("/admin/genres/{genre}/delete"), true),
        (format!("/admin/users/{user}/block"), true),
        (format!("/admin/users/{user}/unblock"), true),
        (format!("/admin/users/{user}/end-sessions"), false),
        (format!("/admin/users/{user}/role"), true),
        ("/admin/cash-desk".to_owned(), true),
        (format!("/admin/wallets/{user}/top-up"), true),
        (format!("/admin/wallets/{user}/adjust"), true),
        (format!("/admin/wallets/{user}/pay-out"), true),
        ("/admin/cache/clear".to_owned(), false),
    ];
    all.into()
}

#[on_both_databases]
async fn each_form_asks_why_and_what_destroys_or_gives_rights_has_to_know(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    for (path, is_needed) in forms(&shop, &mut staff).await {
        let form = staff.get(&path).await.text;
        assert_eq!(form.matches("name=\"reason\"").count(), 1, "{path}: {form}");
        let long = "x".repeat(501);
        let answer = staff.submit(&path, &[("reason", &long), ("role", "none")]).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.text.contains("Reason is longer than 500 characters"),
            "{path}: {}",
            answer.text
        );
        if is_needed {
            let answer = staff.submit(&path, &[("reason", " "), ("role", "none")]).await;
            assert_eq!(answer.status, 400, "{path}");
            assert!(answer.text.contains("Reason is missing"), "{path}: {}", answer.text);
        }
    }
    assert!(shop.shop.trail().head().await.unwrap().is_none(), "nothing was done");
}

#[on_both_databases]
async fn the_trail_keeps_the_reason_of_a_page_and_of_a_program(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let path = format!("/admin/games/{game}/withdraw");
    let typed = [("reason", " The publisher\r\nasked\u{202e} for it ")];
    assert_eq!(staff.submit(&path, &typed).await.status, 200);
    let why = |text: &str| Some(text.to_owned());
    assert_eq!(
        newest(&shop).await,
        ("game.override".to_owned(), why("The publisher asked for it"))
    );
    for (path, action) in [
        (format!("/admin/games/{game}/bring-back"), "game.override"),
        ("/admin/suppliers/g2a/sync".to_owned(), "sync.request"),
        (
            format!("/admin/jobs/{}/run-again", failed_job(&shop).await.id),
            "job.run-again",
        ),
    ] {
        assert_eq!(staff.submit(&path, &[("reason", "why")]).await.status, 200, "{path}");
        assert_eq!(newest(&shop).await, (action.to_owned(), why("why")), "{path}");
    }
    let managed = format!("/api/admin/games/{game}");
    for (method, path, body, action) in [
        (
            "PUT",
            managed.as_str(),
            json!({"title": "Ours", "reason": "why"}),
            "game.override",
        ),
        (
            "POST",
            "/api/admin/tags",
            json!({"name": "Ours", "reason": "why"}),
            "name.add",
        ),
        (
            "POST",
            "/api/admin/cache/invalidate",
            json!({"pattern": "game:*", "reason": "why"}),
            "cache.invalidate",
        ),
    ] {
        let answer = staff.ask(method.parse().unwrap(), path, Some(&body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        assert_eq!(newest(&shop).await, (action.to_owned(), why("why")));
    }
    staff.put(&managed, &json!({"title": "Theirs"})).await;
    assert_eq!(newest(&shop).await.1, None);
    let odd = staff.put(&managed, &json!({"title": "Ours", "reason": 1})).await;
    assert_eq!(odd.status, 400, "{}", odd.body);
}
