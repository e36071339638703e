//! `/wishlist`: games that a visitor saves for later.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

#[on_both_databases]
async fn games_are_wished_for_bought_and_let_go(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    for mut person in [Visitor::of(&shop), Visitor::registered(&shop, "ada@example.org").await] {
        let empty = person.get("/wishlist").await;
        assert!(empty.status == 200 && empty.has("Nothing is on it yet") && empty.is_private());
        shop.set_stock(&games[0], 5).await;
        for game in &games {
            assert!(
                person
                    .done("/wishlist/add", &[("gameId", game)])
                    .await
                    .has("Added to your wishlist.")
            );
        }
        person.post("/wishlist/add", &[("gameId", &games[0])]).await;
        shop.set_stock(&games[0], 0).await;
        let list = person.get("/wishlist").await;
        assert_eq!(list.html.matches("class=\"card wish\"").count(), 2, "each once");
        assert!(list.has("Sold out") && list.html.matches("action=\"/cart/add\"").count() == 1);
        assert_eq!(person.post("/cart/add", &[("gameId", &games[1])]).await.status, 303);
        assert!(
            person
                .done("/wishlist/remove", &[("gameId", &games[0])])
                .await
                .has("Removed from your wishlist.")
        );
        assert_eq!(
            person.post("/wishlist/remove", &[("gameId", &games[0])]).await.status,
            303,
            "twice does no harm"
        );
        person.post("/wishlist/remove", &[("gameId", &games[1])]).await;
        let unknown = person.post("/wishlist/add", &[("gameId", "nonsense")]).await;
        assert!(unknown.status == 404 && unknown.has("This game does not exist."));
        assert_eq!(person.get("/wishlist/add").await.location(), "/wishlist");
    }
}

#[on_both_databases]
async fn wishes_alone_lead_to_the_wishlist_after_signing_in(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    Visitor::registered(&shop, "ada@example.org").await;
    let mut ada = Visitor::of(&shop);
    for game in &games {
        ada.post("/wishlist/add", &[("gameId", game)]).await;
    }
    let page = ada
        .done("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)])
        .await;
    assert!(page.has("2 games are new on your wishlist.") && page.html.matches("class=\"card wish\"").count() == 2);
}
