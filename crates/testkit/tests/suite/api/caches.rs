//! `/api/admin/cache`: the statistics of the caches, and invalidations by operators.

use serde_json::json;
use testkit::{Caching, Kind, TestShop, on_both_databases, soon};

#[on_both_databases]
async fn operators_see_the_caches_and_clear_them(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let game = shop.games_for_sale(1).await.remove(0);
        let mut staff = shop.staff().await;
        shop.caught_up().await;
        shop.json(&format!("/api/games/{game}")).await;
        let mut seen = staff.get("/api/admin/cache/statistics").await;
        soon("the last pulse is young", async || {
            seen = staff.get("/api/admin/cache/statistics").await;
            seen.data()["pulseAgeMillis"].as_u64().unwrap() < 700
        })
        .await;
        assert_eq!(seen.status, 200, "{}", seen.body);
        assert_eq!(seen.headers["cache-control"], "private, no-store");
        assert_eq!(seen.data()["values"].as_u64().unwrap() > 0, caching != Caching::None);
        let redis = if caching == Caching::Redis { "inUse" } else { "none" };
        assert_eq!(seen.data()["redis"], redis);
        assert_eq!(seen.data()["node"], "a test's node");
        let kinds = seen.data()["kinds"].as_array().unwrap();
        let games = kinds.iter().find(|kind| kind["kind"] == "game");
        assert_eq!(games.is_some(), caching != Caching::None);
        if let Some(games) = games {
            assert_eq!(
                (&games["reads"]["missed"], &games["filled"], &games["hitRate"]),
                (&json!(1), &json!(1), &json!(0.0))
            );
        }
        let lag = &seen.data()["lag"];
        let (own, others) = (&lag["byWrite"], &lag["byPulse"]);
        assert!(
            own["changes"].as_u64().unwrap() > 0 && own["p50Millis"].as_f64() <= own["p99Millis"].as_f64(),
            "{lag}"
        );
        // Nobody else writes, but a pulse may come between a commit and its writer's next step.
        assert_eq!(
            others["changes"] == json!(0),
            others.get("p99Millis").is_none(),
            "{lag}"
        );
        let removed = staff
            .post(
                "/api/admin/cache/invalidate",
                &json!({"pattern": format!("game:{game}*")}),
            )
            .await;
        assert_eq!(removed.status, 200, "{}", removed.body);
        assert_eq!(
            removed.data()["inMemory"].as_u64().unwrap() > 0,
            caching != Caching::None
        );
        assert_eq!(removed.data()["complete"], true);
        assert_eq!(staff.post("/api/admin/cache/clear", &json!({})).await.status, 200);
        let seen = staff.get("/api/admin/cache/statistics").await;
        assert_eq!(seen.data()["values"], 0);
    }
}

#[on_both_databases]
async fn nobody_else_does_and_a_bad_pattern_is_named(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    let pattern = json!({"pattern": "*"});
    for (client, status) in [(&mut guest, 401), (&mut customer, 403)] {
        assert_eq!(client.get("/api/admin/cache/statistics").await.status, status);
        assert_eq!(
            client.post("/api/admin/cache/invalidate", &pattern).await.status,
            status
        );
        assert_eq!(client.post("/api/admin/cache/clear", &json!({})).await.status, status);
    }
    let mut staff = shop.staff().await;
    for (body, code) in [
        (json!({"pattern": ""}), "VAL001"),
        (json!({"pattern": "a\nb"}), "VAL001"),
        (json!({}), "VAL007"),
    ] {
        let refused = staff.post("/api/admin/cache/invalidate", &body).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{body}");
        assert_eq!(refused.body["error"]["details"][0]["field"], "pattern");
    }
}
