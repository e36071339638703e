//! Who may ask for what, by where a request comes from and what it shows: tokens, cookies, origins, addresses.

use serde_json::json;
use testkit::{TestShop, on_both_databases};

on_both_databases! {
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
        assert_eq!(ada.units().await, (2, 0), "the token's account, without what the cookie would have brought");
        assert_eq!(guest.units().await, (1, 0));
    }

    async fn nothing_in_the_cookies_of_others_hides_the_shops_own(kind: Kind) {
        let shop = TestShop::filled(kind).await;
        let games = shop.games_for_sale(1).await;
        let (mut guest, ada) = (shop.guest(), shop.customer("ada@example.org").await);
        guest.add_to_cart(&games[0], 3).await;
        let (secret, token) = (guest.guest.unwrap(), ada.token.unwrap());
        let ask = async |path: &str, name: &str, value: &str| {
            let cookies = [b"other=\xff\xfe\"; \xe9=;".as_slice(), name.as_bytes(), b"=planted; ", name.as_bytes(), b"=", value.as_bytes()];
            let request = testkit::program::http()
                .get(format!("{}{path}", shop.url))
                .header("cookie", reqwest::header::HeaderValue::from_bytes(&cookies.concat()).unwrap());
            let text = request.send().await.unwrap().text().await.unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["data"].clone()
        };
        assert_eq!(ask("/api/cart", "sessionId", &secret).await["items"][0]["quantity"], 3);
        assert_eq!(ask("/api/auth/me", "token", &token).await["email"], "ada@example.org");
    }

    async fn pages_of_other_origins_use_the_api_if_the_settings_name_them(kind: Kind) {
        let shop = TestShop::filled(kind).await;
        let games = shop.games_for_sale(1).await;
        let named = |site| web::Site { allowed_origins: vec!["https://front.example".to_owned()], ..site };
        let (url, _stop) = shop.also_at(named).await;
        let ask = async |method: &str, path: &str, headers: &[(&str, &str)], body: String| {
            let mut request = testkit::program::http()
                .request(method.parse().unwrap(), format!("{url}{path}"))
                .header("content-type", "application/json");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.body(body).send().await.unwrap()
        };
        let before = [("origin", "https://front.example"), ("access-control-request-method", "PUT")];
        let preflight = ask("OPTIONS", "/api/cart/x", &before, String::new()).await;
        assert_eq!(preflight.status(), 204);
        assert_eq!(preflight.headers()["access-control-allow-origin"], "https://front.example");
        assert!(preflight.headers()["access-control-allow-methods"].to_str().unwrap().contains("PUT"));
        assert!(preflight.headers().contains_key("x-request-id"));
        let stranger = [("origin", "https://evil.example"), ("access-control-request-method", "PUT")];
        assert_eq!(ask("OPTIONS", "/api/cart/x", &stranger, String::new()).await.status(), 405);

        let path = format!("/api/games/{}", games[0]);
        for _ in 0..20 {
            // Whoever asks first, and whether the answer is at hand: each is told what is meant for it.
            for (origin, is_named) in [("https://front.example", true), ("https://evil.example", false)] {
                let answer = ask("GET", &path, &[("origin", origin)], String::new()).await;
                let allowed = answer.headers().get("access-control-allow-origin");
                assert_eq!(allowed.map(|value| value.to_str().unwrap()), is_named.then_some(origin));
                let varies = answer.headers().get_all("vary").iter().any(|value| value == "origin");
                assert!(answer.status() == 200 && varies);
            }
        }
        let missing = ask("GET", "/api/games/none", &[("origin", "https://front.example")], String::new()).await;
        assert_eq!(missing.headers()["access-control-allow-origin"], "https://front.example", "errors can be read, too");

        let add = json!({"gameId": games[0]}).to_string();
        for (path, body, origin, status) in [
            ("/api/cart", add.as_str(), "https://front.example", 201),
            ("/api/cart", add.as_str(), "https://evil.example", 403),
            ("/cart/add", "", "https://front.example", 403),
        ] {
            let asked = [("origin", origin), ("sec-fetch-site", "cross-site")];
            assert_eq!(ask("POST", path, &asked, body.to_owned()).await.status(), status, "{path} from {origin}");
        }
    }
}
