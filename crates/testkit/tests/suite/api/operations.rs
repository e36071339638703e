//! `/health`, `/metrics`, the API's description, and what every answer bears.

use testkit::{TestShop, on_both_databases, soon};

on_both_databases! {
    async fn operators_see_how_the_shop_is(kind: Kind) {
        let shop = TestShop::filled(kind).await;
        soon("it is well", async || shop.json("/api/health").await["status"] == "ok").await;
        assert_eq!(shop.get("/livez").await.status(), 200);
        assert_eq!(shop.get("/readyz").await.status(), 200);
        shop.page("/").await;
        let metrics = shop.page("/metrics").await;
        assert!(metrics.contains("http_requests_total") && metrics.contains("cache_reads_total"), "{metrics}");
    }

    async fn every_answer_is_guarded(kind: Kind) {
        let shop = TestShop::filled(kind).await;
        for path in ["/", "/catalogue", "/api/games", "/nowhere", "/api/nowhere"] {
            let answer = shop.get(path).await;
            let headers = answer.headers();
            assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"), "{path}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert!(headers.contains_key("x-request-id"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_description_lists_what_is_served() {
    let shop = TestShop::open(testkit::Kind::Sqlite).await;
    let description = shop.json("/api/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in ["/api/games", "/api/games/{id}", "/api/games/slug/{slug}", "/api/health"] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    assert!(shop.page("/api/docs").await.contains("/api/games"));
}
