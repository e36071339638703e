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
}
