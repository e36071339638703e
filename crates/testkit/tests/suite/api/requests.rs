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
}
