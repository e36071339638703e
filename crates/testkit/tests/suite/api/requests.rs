//! Which requests are allowed, by their origin and credentials: tokens, cookies, origins, addresses.

use std::num::NonZeroU32;

use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

#[on_both_databases]
async fn what_a_browser_adds_by_itself_is_no_way_past_the_check_of_origins(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let (mut guest, mut ada) = (shop.guest(), shop.customer("ada@example.org").await);
    guest.add_to_cart(&games[0], 1).await;
    let bearer = format!("Bearer {}", ada.token.clone().unwrap());
    let cookie = format!("sessionId={}", guest.guest.clone().unwrap());
    for (authorization, status) in [
        ("Basic dXNlcjpwYXNz", 403),
        ("Bearer", 403),
        ("Bearer a b", 403),
        (bearer.as_str(), 201),
    ] {
        let request = testkit::program::http()
            .post(format!("{}/api/cart", shop.url))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "cross-site")
            .header("authorization", authorization)
            .header("cookie", &cookie)
            .body(json!({"gameId": games[0], "quantity": 2}).to_string());
        assert_eq!(request.send().await.unwrap().status(), status, "{authorization}");
    }
    assert_eq!(
        ada.units().await,
        (2, 0),
        "the token's account, without what the cookie would have brought"
    );
    assert_eq!(guest.units().await, (1, 0));
}

#[on_both_databases]
async fn nothing_in_the_cookies_of_others_hides_the_shops_own(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let (mut guest, ada) = (shop.guest(), shop.customer("ada@example.org").await);
    guest.add_to_cart(&games[0], 3).await;
    let (secret, token) = (guest.guest.unwrap(), ada.token.unwrap());
    let ask = async |path: &str, name: &str, value: &str| {
        let cookies = [
            b"other=\xff\xfe\"; \xe9=;".as_slice(),
            name.as_bytes(),
            b"=planted; ",
            name.as_bytes(),
            b"=",
            value.as_bytes(),
        ];
        let request = testkit::program::http().get(format!("{}{path}", shop.url)).header(
            "cookie",
            reqwest::header::HeaderValue::from_bytes(&cookies.concat()).unwrap(),
        );
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["data"].clone()
    };
    assert_eq!(ask("/api/cart", "sessionId", &secret).await["items"][0]["quantity"], 3);
    assert_eq!(ask("/api/auth/me", "token", &token).await["email"], "ada@example.org");
}

const FRONT: &str = "https://front.example";
const EVIL: &str = "https://evil.example";

/// Asks a shop from a page of `origin`.
async fn ask_from(origin: &str, method: &str, address: String, body: &str) -> reqwest::Response {
    testkit::program::http()
        .request(method.parse().unwrap(), address)
        .header("content-type", "application/json")
        .header("origin", origin)
        .header("sec-fetch-site", "cross-site")
        .header("access-control-request-method", "PUT")
        .body(body.to_owned())
        .send()
        .await
        .unwrap()
}

fn allowed(answer: &reqwest::Response) -> Option<&str> {
    let allowed = answer.headers().get("access-control-allow-origin");
    allowed.map(|value| value.to_str().unwrap())
}

#[on_both_databases]
async fn pages_of_other_origins_use_the_api_if_the_settings_name_them(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let named = |site| web_kit::Site {
        allowed_origins: vec![FRONT.to_owned()],
        ..site
    };
    let (url, _stop) = shop.also_at(named).await;
    let preflight = ask_from(FRONT, "OPTIONS", format!("{url}/api/cart/x"), "").await;
    assert_eq!((preflight.status().as_u16(), allowed(&preflight)), (204, Some(FRONT)));
    let methods = preflight.headers()["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("PUT") && preflight.headers().contains_key("x-request-id"));
    let stranger = ask_from(EVIL, "OPTIONS", format!("{url}/api/cart/x"), "").await;
    assert_eq!(stranger.status(), 405);

    for _ in 0..20 {
        // Whoever asks first, and whether the answer is in the response cache: each is told what is meant for it.
        for (origin, is_named) in [(FRONT, true), (EVIL, false)] {
            let answer = ask_from(origin, "GET", format!("{url}/api/games/{}", games[0]), "").await;
            assert_eq!(allowed(&answer), is_named.then_some(origin));
            let varies = answer.headers().get_all("vary").iter().any(|value| value == "origin");
            assert!(answer.status() == 200 && varies);
        }
    }
    let missing = ask_from(FRONT, "GET", format!("{url}/api/games/none"), "").await;
    assert_eq!(allowed(&missing), Some(FRONT), "errors can be read, too");

    let add = json!({"gameId": games[0]}).to_string();
    for (path, body, origin, status) in [
        ("/api/cart", add.as_str(), FRONT, 201),
        ("/api/cart", add.as_str(), EVIL, 403),
        ("/cart/add", "", FRONT, 403),
    ] {
        let answer = ask_from(origin, "POST", format!("{url}{path}"), body).await;
        assert_eq!(answer.status(), status, "{path} from {origin}");
    }
}

#[on_both_databases]
async fn what_one_address_reads_is_bounded_whether_it_is_at_hand_or_not(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let proxied = |site| web_kit::Site {
        reads_per_minute: NonZeroU32::new(6),
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..site
    };
    let (url, _stop) = shop.also_at(proxied).await;
    let ask = async |path: &str, from: &str| {
        let request = testkit::program::http()
            .get(format!("{url}{path}"))
            .header("x-forwarded-for", from);
        request.send().await.unwrap()
    };
    for _ in 0..6 {
        assert_eq!(
            ask("/api/games", "192.0.2.9").await.status(),
            200,
            "from now on it is in the response cache"
        );
    }
    let mut answered = 0;
    while ask("/api/games", "192.0.2.1:1234").await.status() == 200 {
        answered += 1;
        // With ten seconds comes one more.
        assert!(answered < 20, "there is no bound");
    }
    assert!(answered >= 6, "{answered}");
    let refused = ask("/catalogue", "192.0.2.1:4321").await;
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(refused.status() == 429 && (1..=10).contains(&wait), "{wait}");
    assert!(refused.text().await.unwrap().starts_with("<!doctype html>"));
    assert_eq!(
        ask("/api/games", "192.0.2.2").await.status(),
        200,
        "others are not disturbed"
    );
    for path in ["/livez", "/readyz", "/health"] {
        assert_eq!(ask(path, "192.0.2.1").await.status(), 200, "{path}");
    }
}

#[on_both_databases]
async fn what_costs_much_has_a_budget_of_its_own(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (url, _stop) = shop
        .also_at(|site| web_kit::Site {
            costly_reads_per_minute: NonZeroU32::new(10),
            ..site
        })
        .await;
    shop.caught_up().await;
    let ask = async |path: String| {
        testkit::program::http()
            .get(format!("{url}{path}"))
            .send()
            .await
            .unwrap()
    };
    for number in 0..3 {
        assert_eq!(ask(format!("/api/games/search?q=a{number}")).await.status(), 200);
        assert_eq!(ask(format!("/api/games/autocomplete?q=a{number}")).await.status(), 200);
        assert_eq!(ask(format!("/catalogue?search=a{number}")).await.status(), 200);
    }
    // A search is cached from the second request on.
    shop.in_step().await;
    assert_eq!(
        ask("/api/games/search?q=a1".to_owned()).await.status(),
        200,
        "the tenth"
    );
    let mut answers = Vec::new();
    for path in [
        "/api/games/search?q=",
        "/api/games?search=",
        "/api/games?minPrice=7.1",
        "/api/games?maxPrice=9",
    ] {
        answers.push(ask(format!("{path}{}", answers.len())).await);
    }
    // With six seconds comes one more.
    let refused = answers.iter().filter(|answer| answer.status() == 429).count();
    assert!(refused >= 2, "{answers:?}");
    let last = answers.pop().unwrap();
    assert!(last.headers().contains_key("retry-after") && last.text().await.unwrap().contains("RATE001"));
    shop.in_step().await;
    assert_eq!(
        ask("/api/games/search?q=a1".to_owned()).await.status(),
        200,
        "what is kept costs little"
    );
    for path in ["/", "/catalogue", "/api/games", "/api/games/genres"] {
        assert_eq!(ask(path.to_owned()).await.status(), 200, "{path}");
    }
}
