//! `/register`: creating an account.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

#[on_both_databases]
async fn what_a_guest_had_comes_along_and_is_told(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(4).await;
    let mut guest = Visitor::of(&shop);
    for game in &games[..3] {
        assert_eq!(
            guest.post("/cart/add", &[("gameId", game)]).await.location(),
            "/cart?done=added"
        );
    }
    guest.post("/wishlist/add", &[("gameId", &games[3])]).await;
    assert!(
        guest
            .get("/cart")
            .await
            .has("<h1>Your cart</h1><p class=\"found\">3 copies</p>")
    );
    shop.set_stock(&games[1], 0).await;
    let form = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("nickname", "Ada <3"),
    ];
    let page = guest.post("/register", &form).await;
    assert_eq!((page.status, page.location()), (303, "/cart?moved=2&kept=1&wishes=1"));
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("token=") && cookie.contains("HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let cart = guest.get(page.location()).await;
    let told = "2 copies are now in your cart; 1 copy could not be moved, because the game is sold out at the moment, and \
                    is kept for you below; 1 game is new on your wishlist.";
    assert!(
        cart.has(told) && cart.has("<p class=\"found\">2 copies</p>") && cart.has("Kept for you"),
        "{}",
        cart.html
    );
    assert!(
        cart.has("Ada &#60;3</a>") && cart.has("<span class=\"count\">2"),
        "{}",
        cart.html
    );
    assert!(cart.is_private());
}

#[on_both_databases]
async fn a_refused_form_keeps_what_was_typed_but_no_password(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = Visitor::of(&shop);
    let typed = [
        ("email", "not \"an\" address"),
        ("password", "short"),
        ("nickname", "x"),
        ("next", "/wishlist"),
    ];
    let page = guest.post("/register", &typed).await;
    assert_eq!(page.status, 400);
    assert!(page.is_private());
    assert_eq!(
        (
            page.value("password").as_str(),
            page.value("nickname").as_str(),
            page.value("next").as_str()
        ),
        ("", "x", "/wishlist")
    );
    assert!(page.value("email").starts_with("not &#34;an&#34;"), "{}", page.html);
    for field in ["email", "password", "nickname"] {
        assert!(
            page.has(&format!("<a href=\"#{field}\">")),
            "the summary leads to {field}"
        );
        assert!(page.has(&format!("id=\"{field}-wrong\"")), "{field}");
    }
    assert_eq!(page.html.matches("aria-invalid=\"true\"").count(), 3);
    assert!(page.has("<title>Error: Create an account") && page.has("role=\"alert\" tabindex=\"-1\" autofocus"));
    assert!(!page.has("short"), "no password comes back");
    assert!(guest.cookies.is_empty());
}

#[on_both_databases]
async fn an_address_has_one_account(kind: Kind) {
    let shop = TestShop::open(kind).await;
    Visitor::registered(&shop, "ada@example.org").await;
    let page = Visitor::of(&shop)
        .post("/register", &[("email", "ADA@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 409);
    assert!(
        page.has("There is an account with this e-mail address already.") && page.value("email") == "ADA@example.org"
    );
}

#[on_both_databases]
async fn with_the_database_away_the_form_says_so_and_keeps_what_was_typed(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut guest = Visitor::of(&shop);
    let game = &shop.games_for_sale(1).await[0];
    guest.post("/cart/add", &[("gameId", game)]).await;
    shop.db.clone().close().await.unwrap();
    let page = guest
        .post("/register", &[("email", "ada@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!((page.status, page.headers["retry-after"].to_str().unwrap()), (503, "1"));
    assert!(
        page.has("please try again") && page.value("email") == "ada@example.org",
        "{}",
        page.html
    );
}

#[on_both_databases]
async fn another_site_cannot_send_the_form(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = Visitor::of(&shop);
    for path in [
        "/register",
        "/sign-in",
        "/sign-out",
        "/account",
        "/account/password",
        "/cart/add",
        "/wishlist/add",
    ] {
        let request = guest
            .client
            .post(format!("{}{path}", shop.url))
            .header("origin", "https://evil.example");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(guest.send(request.body("")).await.status, 403, "{path}");
    }
}

#[on_both_databases]
async fn only_what_a_form_sends_is_taken(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = Visitor::of(&shop);
    let json = guest
        .client
        .post(format!("{}/register", shop.url))
        .header("content-type", "application/json");
    assert_eq!(guest.send(json.body("{}")).await.status, 415);
    let bytes = guest
        .client
        .post(format!("{}/register", shop.url))
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(
        guest
            .send(bytes.body(vec![0xff, 0x00, b'=', 0xfe, b'&', b'%', b'0']))
            .await
            .status,
        400
    );
}
