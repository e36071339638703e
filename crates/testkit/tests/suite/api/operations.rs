//! `/health`, `/metrics`, the API's documentation, and headers of every response.

use testkit::database::own_folder;
use testkit::program::http;
use testkit::{Kind, Program, TestShop, on_both_databases, soon};

#[on_both_databases]
async fn operators_see_how_the_shop_is(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    soon("it is well", async || shop.json("/api/health").await["status"] == "ok").await;
    assert_eq!(shop.get("/livez").await.status(), 200);
    assert_eq!(shop.get("/readyz").await.status(), 200);
    shop.page("/").await;
    let metrics = shop.page("/metrics").await;
    assert!(
        metrics.contains("http_requests_total") && metrics.contains("cache_reads_total"),
        "{metrics}"
    );
}

#[on_both_databases]
async fn the_metrics_are_for_this_machine_or_for_who_shows_the_token(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let token = |site| web_kit::Site {
        metrics_readers: web_kit::MetricsReaders::Token("a-token".to_owned()),
        ..site
    };
    let (guarded, _stop) = shop.also_at(token).await;
    for (url, header, value, status) in [
        (&shop.url, "accept", "*/*", 200),
        (&shop.url, "x-forwarded-for", "127.0.0.1", 404),
        (&guarded, "accept", "*/*", 404),
        (&guarded, "authorization", "Bearer another", 404),
        (&guarded, "authorization", "Bearer a-token", 200),
    ] {
        let answer = http()
            .get(format!("{url}/metrics"))
            .header(header, value)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{header}: {value}");
        let text = answer.text().await.unwrap();
        assert_eq!(text.contains("NOTFOUND001"), status == 404, "{text}");
    }
}

#[on_both_databases]
async fn every_answer_is_guarded(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    for path in ["/", "/catalogue", "/api/games", "/nowhere", "/api/nowhere"] {
        let answer = shop.get(path).await;
        let headers = answer.headers();
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
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

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_may_have_an_address_of_their_own() {
    let folder = own_folder();
    let own = format!("127.0.0.1:{}", testkit::port::of_ones_own());
    let shop = Program::serve_with(&folder, &[], &[("LATCHKEY__METRICS__LISTEN", &own)]).await;
    let ask = async |url: String| http().get(url).send().await.unwrap();
    let metrics = ask(format!("http://{own}/metrics")).await;
    assert_eq!(metrics.status(), 200);
    assert!(metrics.text().await.unwrap().contains("cache_"));
    assert_eq!(
        ask(format!("http://{own}/")).await.status(),
        404,
        "nothing else of the shop"
    );
    assert_eq!(ask(format!("{}/metrics", shop.url)).await.status(), 404);
    assert_eq!(ask(format!("{}/livez", shop.url)).await.status(), 200);
}
