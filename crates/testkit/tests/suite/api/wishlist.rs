//! `/api/wishlist`: wishlists of guests and of customers.

use std::time::Duration;

use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

#[on_both_databases]
async fn guests_and_customers_keep_a_wishlist(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    shop.set_stock(&games[1], 0).await;
    for mut person in [shop.guest(), shop.customer("ada@example.org").await] {
        assert_eq!(person.get("/api/wishlist").await.data(), &json!({"items": []}));
        assert_eq!(
            person.post("/api/wishlist", &json!({"gameId": games[0]})).await.status,
            201
        );
        shop.clock.pass(Duration::from_secs(1));
        let list = person.post("/api/wishlist", &json!({"gameId": games[1]})).await;
        assert_eq!(list.status, 201, "a game that is sold out can be wished for");
        let again = person.post("/api/wishlist", &json!({"gameId": games[1]})).await;
        assert_eq!((again.status, again.data()), (201, list.data()), "twice is once");
        let items = list.data()["items"].as_array().unwrap();
        assert_eq!(
            (items.len(), &items[0]["gameId"], &items[0]["game"]["inStock"]),
            (2, &json!(games[1]), &json!(false))
        );
        assert!(items[0]["addedAt"].as_str() > items[1]["addedAt"].as_str());
        let check = |id: &str| format!("/api/wishlist/{id}/check");
        assert_eq!(person.get(&check(&games[0])).await.data(), &json!({"inWishlist": true}));
        assert_eq!(person.delete(&format!("/api/wishlist/{}", games[0])).await.status, 200);
        assert_eq!(
            person.get(&check(&games[0])).await.data(),
            &json!({"inWishlist": false})
        );
        assert_eq!(
            person.get(&check("nonsense")).await.data(),
            &json!({"inWishlist": false})
        );
        assert_eq!(
            person.delete(&format!("/api/wishlist/{}", games[0])).await.code(),
            "NOTFOUND006"
        );
        let unknown = json!({"gameId": "00000000-0000-7000-8000-000000000000"});
        assert_eq!(person.post("/api/wishlist", &unknown).await.code(), "NOTFOUND002");
    }
}

#[on_both_databases]
async fn the_users_own_address_leads_to_the_same_list(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut ada = shop.customer("ada@example.org").await;
    let path = format!("/api/user/wishlist/{}", games[0]);
    assert_eq!(shop.guest().post(&path, &json!({})).await.code(), "AUTH001");
    assert_eq!(ada.post(&path, &json!({})).await.status, 201);
    assert_eq!(
        ada.get("/api/user/wishlist").await.data(),
        ada.get("/api/wishlist").await.data()
    );
    assert_eq!(ada.delete(&path).await.data(), &json!({"items": []}));
}
