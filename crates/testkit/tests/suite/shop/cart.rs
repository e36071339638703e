//! `/cart`: the cart, and the lines that were kept aside.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

#[on_both_databases]
async fn a_cart_is_filled_changed_and_emptied(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    for mut person in [Visitor::of(&shop), Visitor::registered(&shop, "ada@example.org").await] {
        let empty = person.get("/cart").await;
        assert!(empty.status == 200 && empty.has("Nothing is in it yet") && empty.is_private());
        let added = person.done("/cart/add", &[("gameId", &game)]).await;
        assert!(added.has("Added to your cart.") && added.has("<span class=\"count\">1"));
        assert_eq!(added.value("quantity"), "1");
        let price = shop.json(&format!("/api/games/{game}")).await["data"]["price"]
            .as_f64()
            .unwrap();
        let changed = person
            .done("/cart/set", &[("gameId", &game), ("quantity", " 3 ")])
            .await;
        let sum = format!("{:.2}", price * 3.0);
        let (euros, cents) = sum.split_once('.').unwrap();
        let shown = format!("€{euros}<span class=\"cents\">.{cents}</span>");
        assert_eq!(
            changed.html.matches(&shown).count(),
            2,
            "the line and the total are {shown}: {}",
            changed.html
        );
        for (typed, said) in [
            ("100", "must be 0 to 99"),
            ("-1", "must be 0 to 99"),
            ("some", "must be a whole number"),
            ("", "must be a whole number"),
        ] {
            let refused = person
                .post("/cart/set", &[("gameId", &game), ("quantity", typed)])
                .await;
            assert!(refused.status == 400 && refused.has(said), "{typed}: {}", refused.html);
            assert!(
                refused.has(&format!("href=\"#copies-{game}\""))
                    && refused.has(&format!("aria-describedby=\"wrong-{game}\""))
            );
            assert_eq!(refused.value("quantity"), if typed.is_empty() { "3" } else { typed });
        }
        assert!(
            person
                .done("/cart/set", &[("gameId", &game), ("quantity", "0")])
                .await
                .has("Nothing is in it yet")
        );
        assert_eq!(
            person
                .post("/cart/set", &[("gameId", &game), ("quantity", "2")])
                .await
                .status,
            404
        );
        person.post("/cart/add", &[("gameId", &game), ("quantity", "2")]).await;
        assert!(
            person
                .done("/cart/remove", &[("gameId", &game)])
                .await
                .has("Nothing is in it yet")
        );
        assert_eq!(
            person.post("/cart/remove", &[("gameId", &game)]).await.status,
            303,
            "twice does no harm"
        );
        assert_eq!(person.post("/cart/add", &[("gameId", "nonsense")]).await.status, 404);
    }
}

#[on_both_databases]
async fn what_is_sold_out_is_said_and_costs_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let mut guest = Visitor::of(&shop);
    for game in &games {
        guest.post("/cart/add", &[("gameId", game)]).await;
    }
    shop.set_stock(&games[0], 0).await;
    let cart = guest.get("/cart").await;
    assert!(cart.has("Sold out at the moment, and not in the total") && cart.has("Without what is sold out."));
    let price = shop.json(&format!("/api/games/{}", games[1])).await["data"]["price"]
        .as_f64()
        .unwrap();
    let (euros, cents) = format!("{price:.2}")
        .split_once('.')
        .map(|(euros, cents)| (euros.to_owned(), cents.to_owned()))
        .unwrap();
    assert!(
        cart.has(&format!(
            "<span>Total</span><span class=\"price\">€{euros}<span class=\"cents\">.{cents}"
        )),
        "{}",
        cart.html
    );
    let refused = guest.post("/cart/add", &[("gameId", &games[0])]).await;
    assert!(refused.status == 400 && refused.has("This game is sold out at the moment.") && refused.has("2 copies"));
}

#[on_both_databases]
async fn what_is_kept_is_tried_again_or_given_up(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let mut ada = Visitor::of(&shop);
    for game in &games {
        ada.post("/cart/add", &[("gameId", game), ("quantity", "2")]).await;
        shop.set_stock(game, 0).await;
    }
    let page = ada
        .done("/register", &[("email", "ada@example.org"), ("password", PASSWORD)])
        .await;
    assert!(
        page.has("4 copies could not be moved")
            && page.has("Nothing is in it yet")
            && page.html.matches("Sold out at the moment").count() == 2
    );
    let still = ada.done("/cart/migrate", &[]).await;
    assert!(still.has("4 copies could not be moved"), "told again: {}", still.html);
    shop.set_stock(&games[0], 9).await;
    assert!(ada.get("/cart").await.has("There is room for it in your cart now"));
    let moved = ada.done("/cart/migrate", &[]).await;
    assert!(
        moved.has("2 copies are now in your cart; 2 copies could not be moved")
            && moved.has("<p class=\"found\">2 copies</p>")
    );
    let given_up = ada.done("/cart/give-up", &[("gameId", &games[1])]).await;
    assert!(given_up.has("Removed from the list.") && !given_up.has("Kept for you"));
    assert_eq!(
        ada.post("/cart/give-up", &[("gameId", &games[1])]).await.status,
        303,
        "twice does no harm"
    );
}

#[on_both_databases]
async fn an_address_that_was_made_up_says_nothing_but_numbers(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut guest = Visitor::of(&shop);
    assert!(
        !guest.get("/cart?moved=3").await.has("now in your cart"),
        "a guest has signed in nowhere"
    );
    let mut ada = Visitor::registered(&shop, "ada@example.org").await;
    for query in ["moved=%3Cb%3E", "moved=-1", "kept=99999999999999999999", "done=%3Cb%3E"] {
        let page = ada.get(&format!("/cart?{query}")).await;
        assert!(
            page.status == 200 && !page.has("role=\"status\"") && !page.has("<b>"),
            "{query}"
        );
    }
}
