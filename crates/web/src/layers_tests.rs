//! Tests of the layers, around routes that misbehave.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::get;
use fixtures::site;
use futures::stream;
use serde_json::Value;
use tokio::time::sleep;
use tower::ServiceExt as _;

use super::*;

async fn panics() -> &'static str {
    panic!("a bug")
}

async fn sleeps() {
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
}

fn shop(site: Site) -> Router {
    let routes = Router::new()
        .route("/api/fine", get(|| async { "fine ".repeat(100) }))
        .route("/api/change", axum::routing::post(|| async { "changed" }))
        .route("/api/panic", get(panics));
    let routes = routes.route("/panic", get(panics)).route("/api/slow", get(sleeps));
    let site = Arc::new(site);
    add_layers(
        with_fallbacks(routes),
        Router::new().route("/livez", get(|| async { "ok" })),
        &site,
        &Arc::new(Budgets::of(&site)),
    )
}

async fn ask(router: Router, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "shop.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

async fn fails(path: &str, method: Method, headers: &[(&str, &str)], status: u16, code: &str) -> HeaderMap {
    let (found, sent, body) = ask(shop(site()), method, path, headers).await;
    assert_eq!(found.as_u16(), status, "{path}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["success"], false);
    assert_eq!(body["error"]["code"], code);
    assert_eq!(body["error"]["requestId"], sent["x-request-id"].to_str().unwrap());
    sent
}

#[tokio::test(start_paused = true)]
async fn errors_are_envelopes_for_programs() {
    fails("/api/none", Method::GET, &[], 404, "NOTFOUND001").await;
    fails("/api", Method::GET, &[], 404, "NOTFOUND001").await;
    fails("/api/panic", Method::GET, &[], 500, "SERVER001").await;
    fails("/api/fine", Method::GET, &[("content-length", "65537")], 413, "VAL001").await;
    let sent = fails("/api/slow", Method::GET, &[], 503, "GATEWAY002").await;
    assert_eq!(sent["retry-after"], "1");
    let sent = fails("/api/fine", Method::POST, &[], 405, "VAL001").await;
    assert_eq!(sent["allow"], "GET,HEAD");
}

#[tokio::test]
async fn errors_are_pages_for_people() {
    for (path, status) in [("/none", 404), ("/panic", 500)] {
        let (found, sent, body) = ask(shop(site()), Method::GET, path, &[]).await;
        assert_eq!(found.as_u16(), status);
        assert_eq!(sent["content-type"], "text/html; charset=utf-8");
        assert!(body.starts_with("<!doctype html>"));
        assert!(body.contains(sent["x-request-id"].to_str().unwrap()));
    }
}

#[tokio::test]
async fn who_finds_no_seat_is_told_at_once_and_probes_need_none() {
    let full = || {
        shop(Site {
            requests_in_flight_max: 0,
            ..site()
        })
    };
    let (status, sent, _) = ask(full(), Method::GET, "/api/fine", &[]).await;
    assert_eq!(
        (status.as_u16(), &sent["retry-after"]),
        (503, &HeaderValue::from_static("1"))
    );
    assert_eq!(ask(full(), Method::GET, "/livez", &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_plain_request_id_is_kept_and_any_other_replaced() {
    let id = |given: &'static str| async move {
        let (_, sent, _) = ask(shop(site()), Method::GET, "/api/fine", &[("x-request-id", given)]).await;
        sent["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id("abc_DEF-123").await, "abc_DEF-123");
    for given in [
        "",
        "a b",
        "<script>",
        "0123456789012345678901234567890123456789012345678901234567890123x",
    ] {
        let made = id(given).await;
        assert!(made != given && !made.is_empty(), "{given}");
    }
}

#[tokio::test]
async fn security_headers_stand_on_everything() {
    let (_, sent, _) = ask(shop(site()), Method::GET, "/none", &[]).await;
    let policy = sent["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("img-src 'self';"), "{policy}");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains('*'));
    assert_eq!(sent["x-content-type-options"], "nosniff");
    assert!(sent.contains_key("strict-transport-security"));
    let plain = Site {
        public_url: "http://localhost".to_owned(),
        ..site()
    };
    assert!(
        !ask(shop(plain), Method::GET, "/none", &[])
            .await
            .1
            .contains_key("strict-transport-security")
    );
}

#[tokio::test]
async fn what_is_not_prepared_is_compressed_on_its_way() {
    let (_, sent, _) = ask(shop(site()), Method::GET, "/api/fine", &[("accept-encoding", "gzip")]).await;
    assert_eq!(sent["content-encoding"], "gzip");
    let (_, sent, body) = ask(shop(site()), Method::GET, "/none", &[("accept-encoding", "br")]).await;
    assert_eq!(sent["content-encoding"], "br");
    assert!(!body.contains("<!doctype"));
}

#[tokio::test]
async fn an_address_that_changes_too_much_has_to_wait_and_may_still_read() {
    let router = shop(Site {
        changes_per_minute: std::num::NonZeroU32::new(3),
        ..site()
    });
    for status in [200, 200, 200, 429] {
        let (found, headers, body) = ask(router.clone(), Method::POST, "/api/change", &[]).await;
        assert_eq!(found.as_u16(), status, "{body}");
        assert_eq!(headers.contains_key("retry-after"), status == 429);
    }
    assert_eq!(ask(router, Method::GET, "/api/fine", &[]).await.0, 200);
}

#[tokio::test]
async fn an_address_that_reads_too_much_has_to_wait_and_may_still_change_and_see_that_the_shop_lives() {
    let router = shop(Site {
        reads_per_minute: std::num::NonZeroU32::new(3),
        ..site()
    });
    for status in [200, 200, 200, 429, 429] {
        let (found, headers, body) = ask(router.clone(), Method::GET, "/api/fine", &[]).await;
        assert_eq!(found.as_u16(), status, "{body}");
        assert_eq!(headers.contains_key("retry-after"), status == 429);
        assert_eq!(body.contains("RATE001"), status == 429);
    }
    let (status, headers, page) = ask(router.clone(), Method::GET, "/none", &[]).await;
    assert_eq!(
        (status.as_u16(), &headers["retry-after"]),
        (429, &HeaderValue::from_static("20"))
    );
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(ask(router.clone(), Method::GET, "/static/none", &[]).await.0, 404);
    assert_eq!(ask(router.clone(), Method::GET, "/livez", &[]).await.0, 200);
    assert_eq!(ask(router, Method::POST, "/api/change", &[]).await.0, 200);
}

/// A body of twenty bytes, one a second.
fn trickled() -> Request {
    let bytes = stream::unfold(0, async |sent| {
        sleep(Duration::from_secs(1)).await;
        (sent < 20).then(|| (Ok::<_, io::Error>(Bytes::from_static(b"x")), sent + 1))
    });
    let request = Request::builder()
        .method("POST")
        .uri("/length")
        .header("host", "shop.example");
    request.body(Body::from_stream(bytes)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_sends_slowly_takes_no_seat() {
    let one = Arc::new(Site {
        requests_in_flight_max: 1,
        ..site()
    });
    let routes = Router::new()
        .route(
            "/length",
            axum::routing::post(async |body: Bytes| body.len().to_string()),
        )
        .route("/", get(async || "fine"));
    let router = add_layers(routes, Router::new(), &one, &Arc::new(Budgets::of(&one)));
    let slow = tokio::spawn(router.clone().oneshot(trickled()));
    sleep(Duration::from_secs(5)).await;
    let request = Request::builder().uri("/").header("host", "shop.example");
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        slow.await.unwrap().unwrap().status(),
        StatusCode::OK,
        "the time of an answer begins after it"
    );
}
