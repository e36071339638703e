//! A request for each action of staff.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Client, TestShop};

async fn parked_run(shop: &TestShop, staff: &mut Client) -> String {
    shop.set_faults(&json!({"emptyList": {}})).await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    let run = staff.get("/api/admin/sync-runs").await.data()["runs"][0].clone();
    assert_eq!(run["status"], "parked");
    run["id"].as_str().unwrap().to_owned()
}

/// Method, address and body of a request, the action that it is, and on what: empty where that is new.
pub(super) type Step = (&'static str, String, Value, &'static str, String);

pub(super) async fn steps(shop: &TestShop, staff: &mut Client) -> Vec<Step> {
    let mut steps = steps_of_games(shop, staff).await;
    steps.extend(steps_of_names(staff).await);
    steps.extend(steps_of_accounts(shop, staff).await);
    steps
}

async fn steps_of_games(shop: &TestShop, staff: &mut Client) -> Vec<Step> {
    let games = shop.games_for_sale(2).await;
    let offers = staff.get(&format!("/api/admin/offers?gameId={}", games[0])).await;
    let offer = offers.data()["offers"][0]["id"].as_str().unwrap().to_owned();
    let run = parked_run(shop, staff).await;
    let (game, of_offer) = (
        format!("/api/admin/games/{}", games[1]),
        format!("/api/admin/offers/{offer}/game"),
    );
    vec![
        (
            "PUT",
            game.clone(),
            json!({"title": "Ours"}),
            "game.override",
            games[1].clone(),
        ),
        ("DELETE", game, json!({}), "game.override", games[1].clone()),
        (
            "PUT",
            of_offer.clone(),
            json!({"gameId": games[1]}),
            "offer.link",
            offer.clone(),
        ),
        ("DELETE", of_offer, json!({}), "offer.unlink", offer),
        (
            "POST",
            "/api/admin/suppliers/g2a/sync".to_owned(),
            json!({}),
            "sync.request",
            "g2a".to_owned(),
        ),
        (
            "POST",
            format!("/api/admin/sync-runs/{run}/accept"),
            json!({}),
            "sync.accept",
            run,
        ),
        (
            "POST",
            "/api/admin/cache/invalidate".to_owned(),
            json!({"pattern": "game:*"}),
            "cache.invalidate",
            "game:*".to_owned(),
        ),
        (
            "POST",
            "/api/admin/cache/clear".to_owned(),
            json!({}),
            "cache.invalidate",
            "*".to_owned(),
        ),
    ]
}

async fn steps_of_names(staff: &mut Client) -> Vec<Step> {
    let genres = staff.get("/api/admin/genres").await;
    let [first, second, third] = [0, 1, 2].map(|at| genres.data()[at]["id"].as_str().unwrap().to_owned());
    let of_genre = |id: &str| format!("/api/admin/genres/{id}");
    vec![
        (
            "POST",
            "/api/admin/tags".to_owned(),
            json!({"name": "Ours"}),
            "name.add",
            String::new(),
        ),
        (
            "PUT",
            of_genre(&first),
            json!({"name": "Another"}),
            "name.change",
            first.clone(),
        ),
        (
            "DELETE",
            format!("{}?into={first}", of_genre(&second)),
            json!({}),
            "name.merge",
            second,
        ),
        ("DELETE", of_genre(&third), json!({}), "name.delete", third),
    ]
}

async fn steps_of_accounts(shop: &TestShop, staff: &mut Client) -> Vec<Step> {
    let user = shop.customer("ada@example.org").await.id.unwrap().to_string();
    let mails = staff.get("/api/admin/mails").await;
    let mail = mails.data()["data"][0]["id"].as_str().unwrap().to_owned();
    let of_user = |what: &str| format!("/api/admin/users/{user}/{what}");
    vec![
        ("GET", format!("/api/admin/mails/{mail}"), json!({}), "mail.read", mail),
        (
            "PUT",
            of_user("staff-role"),
            json!({"role": "support"}),
            "staff.give",
            user.clone(),
        ),
        (
            "PUT",
            of_user("staff-role"),
            json!({"role": null}),
            "staff.take",
            user.clone(),
        ),
        (
            "POST",
            of_user("block"),
            json!({"reason": "a stolen card"}),
            "user.block",
            user.clone(),
        ),
        ("DELETE", of_user("block"), json!({}), "user.unblock", user.clone()),
        (
            "PUT",
            of_user("balance"),
            json!({"amount": 7, "reason": "a gift"}),
            "wallet.adjust",
            user.clone(),
        ),
        (
            "DELETE",
            of_user("sessions"),
            json!({}),
            "user.end-sessions",
            user.clone(),
        ),
    ]
}
