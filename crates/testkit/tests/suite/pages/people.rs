//! From guest to customer: the migration, the second factor, and navigation by keyboard alone.

use std::time::Duration;

use domain::id::GameId;
use domain::sync::SyncKind;
use serde_json::{Value, json};
use testkit::{Key, Kind, Look, PASSWORD, Person, TestShop, on_both_databases};
use totp_rs::Totp;
use uuid::Uuid;

use super::desk::picture;
use super::{LOOKS, is_well};

/// The supplier's id of a game: the shop shows it to nobody.
async fn product(shop: &TestShop, game: &Value) -> String {
    let id = GameId(Uuid::parse_str(game["id"].as_str().unwrap()).unwrap());
    shop.product_of(id).await
}

#[on_both_databases]
async fn a_guest_registers_and_is_told_what_became_of_the_cart(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = shop.json("/api/games?sort=price-desc&pageSize=100").await;
    let games = list["data"]["data"].as_array().unwrap();
    for (at, look) in LOOKS.into_iter().enumerate() {
        let games = &games[at * 3..at * 3 + 3];
        let guest = Person::visiting(&shop.url).await;
        let window = guest.window(look).await;
        for game in games {
            assert_eq!(
                window.go(&format!("/game/{}", game["slug"].as_str().unwrap())).await,
                200
            );
            is_well(&window, look).await;
            assert_eq!(window.follow(".buy form[action='/cart/add'] button").await, 200);
            assert_eq!(window.address().await, "/cart?done=added");
        }
        assert!(window.text(".count").await.starts_with('3'));
        is_well(&window, look).await;

        let sold_out = product(&shop, &games[1]).await;
        shop.change_product(&sold_out, &json!({"qty": 0})).await;
        let stock = SyncKind::Stock.into();
        shop.shop.sync().run(&stock, "a test", &|_| true).await.unwrap();
        assert_eq!(window.go("/cart").await, 200);
        assert_eq!(
            window.text(".line .state-gone").await,
            "Sold out at the moment, and not in the total"
        );

        assert_eq!(window.follow(".bill a[href^='/register']").await, 200);
        is_well(&window, look).await;
        window.fill("#email", &format!("ada{at}@example.org")).await;
        window.fill("#password", "weak").await;
        assert_eq!(window.follow(".form button").await, 400);
        window.until("document.activeElement.matches('.summary')").await;
        is_well(&window, look).await;
        window.fill("#password", PASSWORD).await;
        window.fill("#nickname", "Ada").await;
        assert_eq!(window.follow(".form button").await, 200);
        assert_eq!(window.address().await, "/cart?moved=2&kept=1");
        assert_eq!(
            window.text(".said").await,
            "2 copies are now in your cart; 1 copy could not be moved, because the game is sold out at the moment, and is kept for you below."
        );
        assert_eq!(window.count(".basket .line").await, 2);
        assert_eq!(window.count(".kept .line").await, 1);
        assert_eq!(
            (
                window.text(".who").await.as_str(),
                window.text(".count").await.chars().next()
            ),
            ("Ada", Some('2'))
        );
        is_well(&window, look).await;
        let token = guest
            .cookies()
            .await
            .into_iter()
            .find(|cookie| cookie.name == "token")
            .unwrap();
        assert_eq!((token.http_only, token.same_site.as_str()), (true, "Lax"));
    }
}

#[on_both_databases]
async fn signing_in_takes_the_second_factor_where_there_is_one(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = Person::visiting(&shop.url).await;
    shop.customer("ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    let code = |app: &Totp| {
        app.generate(u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap())
            .to_string()
    };
    let mut app = None;
    for look in LOOKS {
        let window = ada.window(look).await;
        assert_eq!(window.go("/account/second-factor").await, 200);
        assert_eq!(window.address().await, "/sign-in?next=%2Faccount%2Fsecond-factor");
        window.fill("#email", "ada@example.org").await;
        window.fill("#password", PASSWORD).await;
        assert_eq!(window.follow(".form button").await, 200);
        if let Some(app) = &app {
            assert_eq!(window.text("h1").await, "Enter the code");
            is_well(&window, look).await;
            window.fill("#code", "000000").await;
            assert_eq!(window.follow(".form button").await, 401);
            shop.clock.pass(Duration::from_secs(60));
            window.fill("#code", &code(app)).await;
            assert_eq!(window.follow(".form button").await, 200);
            assert!(window.text(".room .lead").await.starts_with("On since"));
        } else {
            is_well(&window, look).await;
            window.fill("#currentPassword", PASSWORD).await;
            assert_eq!(window.follow(".room .form button").await, 200);
            let address = window.attribute("input[name=address]", "value").await.unwrap();
            assert_eq!(window.count("svg.qr path").await, 1);
            is_well(&window, look).await;
            let new = Totp::from_url(&address).unwrap();
            window.fill("#code", &code(&new)).await;
            assert_eq!(window.follow(".room .form button").await, 200);
            assert_eq!(window.count(".codes li").await, 10);
            app = Some(new);
        }
        is_well(&window, look).await;
        assert_eq!(window.follow(".rooms form button").await, 200);
        assert_eq!(window.text(".said").await, "You are signed out.");
    }
}

#[on_both_databases]
async fn the_keyboard_is_enough_to_register(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    for look in [Look::WIDE, Look::WIDE.without_scripts()] {
        let guest = Person::visiting(&shop.url).await;
        let window = guest.window(look).await;
        assert_eq!(window.go("/register").await, 200);
        window.press(Key::Tab).await;
        assert_eq!(window.focused().await, "a Skip to the content");
        window.press(Key::Enter).await;
        let email = if look.scripts {
            "ada@example.org"
        } else {
            "eve@example.org"
        };
        for (field, text) in [
            ("input#email E-mail address", "nobody"),
            ("input#password Password", "weak"),
        ] {
            window.press(Key::Tab).await;
            assert_eq!(window.focused().await, field);
            window.type_text(text).await;
        }
        assert_eq!(window.press_and_follow(Key::Enter).await, 400);
        window.until("document.activeElement.matches('.summary')").await;
        window.press(Key::Tab).await;
        assert_eq!(window.focused().await, "a E-mail address is not an e-mail address");
        window.press(Key::Enter).await;
        assert_eq!(
            window.focused().await,
            "input#email E-mail address",
            "its link leads to the field"
        );
        window.ask_of("#email", "it.select()").await;
        window.type_text(email).await;
        window.press(Key::Tab).await;
        window.type_text(PASSWORD).await;
        window.press(Key::Tab).await;
        assert_eq!(
            window.focused().await,
            "input#nickname What should we call you? optional"
        );
        window.press(Key::Tab).await;
        assert_eq!(window.focused().await, "button Create account");
        assert_eq!(window.press_and_follow(Key::Space).await, 200);
        assert_eq!(window.address().await, "/account");
        assert_eq!(window.text("h1").await, "Your account");
    }
}

#[on_both_databases]
async fn a_mailed_link_makes_a_browser_known(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer("ada@example.org").await;
    for (at, look) in LOOKS.into_iter().enumerate() {
        let mut stranger = shop.guest();
        while stranger.sign_in("ada@example.org", "Wrong-Horse-1").await.status != 429 {}
        let ada = Person::visiting(&shop.url).await;
        let window = ada.window(look).await;
        let address = format!(
            "/known-device?token={}",
            shop.known_device_token("ada@example.org").await
        );
        let looks_well = async |name: &str| {
            is_well(&window, look).await;
            if look.scripts {
                let found = window.inaccessible().await;
                assert!(found.is_empty(), "{name} at {look:?}:\n{}", found.join("\n"));
            }
            if kind == Kind::Sqlite {
                window.picture_to(&picture(&format!("{at}-{name}"))).await;
            }
        };
        assert_eq!(window.go(&address).await, 200);
        looks_well("known-device").await;
        assert_eq!(window.follow(".form button").await, 200);
        assert_eq!(
            window.text(".said").await,
            "The shop knows this browser now. Please sign in."
        );
        looks_well("known-device-done").await;
        window.fill("#email", "ada@example.org").await;
        window.fill("#password", PASSWORD).await;
        assert_eq!(
            window.follow(".form button").await,
            200,
            "nobody else keeps the owner out"
        );
        assert_eq!(window.go(&address).await, 400);
        looks_well("known-device-used").await;
        // Another link is mailed when the budget of mails has grown again.
        shop.clock.pass(Duration::from_secs(6 * 3_600));
    }
}
