//! `/game/{slug}`: the forms that put a game into the cart and on the wishlist.

use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::Visitor;

#[on_both_databases]
async fn the_page_holds_nothing_of_a_person_but_its_header(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let game = shop.games_for_sale(1).await.remove(0);
        let slug = shop.json(&format!("/api/games/{game}")).await["data"]["slug"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/game/{slug}");
        let before = Visitor::of(&shop).get(&path).await;
        assert_eq!(before.value("gameId"), game);
        let mut ada = Visitor::registered(&shop, "ada@example.org").await;
        ada.post("/cart/add", &[("gameId", &before.value("gameId"))]).await;
        let hers = ada.get(&path).await;
        assert!(hers.is_private() && hers.has("<span class=\"count\">1"));
        let without = |html: &str| {
            let (before, rest) = html.split_once("<nav class=\"me\"").unwrap();
            format!("{before}{}", rest.split_once("</nav>").unwrap().1)
        };
        let kept = Visitor::of(&shop).get(&path).await;
        assert_eq!(kept.html, before.html, "the kept bytes are the same for everybody");
        let bare = |html: &str| without(&html.replace("<!--person-->", "").replace("<!--/person-->", ""));
        assert_eq!(bare(&kept.html), bare(&hers.html));
    }
}

#[on_both_databases]
async fn what_is_sold_out_can_only_be_wished_for(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let list = shop.json("/api/games?inStockOnly=false&pageSize=100").await;
        let games = list["data"]["data"].as_array().unwrap();
        for in_stock in [true, false] {
            let game = games.iter().find(|game| game["inStock"] == in_stock).unwrap();
            let page = Visitor::of(&shop)
                .get(&format!("/game/{}", game["slug"].as_str().unwrap()))
                .await;
            assert_eq!(page.has("action=\"/cart/add\""), in_stock);
            assert!(page.has("action=\"/wishlist/add\""));
            assert_eq!(page.has("It cannot be bought at the moment."), !in_stock);
        }
    }
}
