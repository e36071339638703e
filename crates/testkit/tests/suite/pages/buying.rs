//! A key is bought and seen in a browser: with scripts and without, on a telephone, by the keyboard; refused, and paid back.

use domain::id::{GameId, OrderId, UserId};
use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::wallet::{WalletChange, WalletOrder};
use services::own_keys::KeyImportOrder;
use testkit::{Key, Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases, operator};

use super::desk::picture;
use super::{is_well, looks, reach};

/// Somebody buys in a window.
struct Buying<'w> {
    shop: &'w TestShop,
    window: Window<'w>,
    look: Look,
    email: String,
    id: UserId,
    /// Begins the names of pictures; none are made on the second database.
    pictures: Option<String>,
}

impl<'w> Buying<'w> {
    /// Somebody new signs in.
    async fn begin(shop: &'w TestShop, person: &'w Person, (at, look): (usize, Look), kind: Kind) -> Self {
        let email = format!("ada{at}@example.org");
        let id = shop.customer(&email).await.id.unwrap();
        shop.prove_address(&email).await;
        let window = person.window(look).await;
        window.go("/sign-in").await;
        window.fill("#email", &email).await;
        window.fill("#password", PASSWORD).await;
        assert_eq!(window.follow(".form button").await, 200);
        Self {
            shop,
            window,
            look,
            email,
            id,
            pictures: (kind == Kind::Sqlite).then(|| format!("{at}-buying")),
        }
    }

    /// The page that is open is right in this look, and nothing stands in anybody's way.
    async fn is_well(&self, name: &str) {
        is_well(&self.window, self.look).await;
        if self.look.scripts {
            let found = self.window.inaccessible().await;
            assert!(found.is_empty(), "{name} at {:?}:\n{}", self.look, found.join("\n"));
        }
        if let Some(begin) = &self.pictures {
            self.window.picture_to(&picture(&format!("{begin}-{name}"))).await;
        }
    }

    /// Staff put money into the wallet, or take it out.
    async fn give(&self, cents: i64) {
        let change = WalletChange {
            order: WalletOrder::Adjust,
            amount: Cents::new(cents),
            reference: None,
        };
        let wallets = self.shop.shop.wallets();
        wallets.change_of(&self.email, &change, operator()).await.unwrap();
    }

    async fn put_into_cart(&self, slug: &str) {
        assert_eq!(self.window.go(&format!("/game/{slug}")).await, 200);
        assert_eq!(self.window.follow(".buy form[action='/cart/add'] button").await, 200);
        assert_eq!(self.window.follow(".bill a[href='/checkout']").await, 200);
    }

    /// Reads the consent and pays, by the keyboard alone.
    async fn pay(&self) -> u16 {
        let consent = "input#consent I want the keys at once, and know that I lose my right of wi";
        reach(&self.window, consent, 40).await;
        self.window.press(Key::Space).await;
        self.window.press(Key::Tab).await;
        assert_eq!(self.window.focused().await, "button Buy now and pay €2.50");
        self.window.press_and_follow(Key::Enter).await
    }

    /// What the wallet's page says is there.
    async fn balance(&self) -> String {
        assert_eq!(self.window.go("/account/wallet").await, 200);
        self.window.text(".lead strong").await
    }
}

/// A shop with so many keys of one game, each for 2.50 EUR; the game's slug.
async fn stocked(kind: Kind, keys: usize) -> (TestShop, String) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let file: String = (0..keys).map(|number| format!("AAAAA-BBBBB-{number:05}\n")).collect();
    let own_keys = shop.shop.own_keys();
    let rows = own_keys.rows(file.as_bytes(), KeyFormat::Lines, Some(&game)).unwrap();
    let order = KeyImportOrder {
        name: "keys.txt".to_owned(),
        game: Some(game.clone()),
        price: Some(Cents::new(250)),
    };
    own_keys
        .import(&rows, &order, operator(), &mut |_: &[_]| ())
        .await
        .unwrap();
    let slug = shop
        .shop
        .offers()
        .of(GameId(game.parse().unwrap()))
        .await
        .unwrap()
        .game
        .slug;
    (shop, slug)
}

#[on_both_databases]
async fn a_key_is_bought_seen_and_found_again_by_the_keyboard(kind: Kind) {
    let (shop, slug) = stocked(kind, 8).await;
    for look in looks(kind).iter().copied().enumerate() {
        let person = Person::visiting(&shop.url).await;
        let buying = Buying::begin(&shop, &person, look, kind).await;
        let (window, look) = (&buying.window, look.1);
        buying.give(1_000).await;
        buying.put_into_cart(&slug).await;
        buying.is_well("checkout").await;
        // Without the tick nothing is bought, and it is said where it is missing.
        assert_eq!(window.follow(".bill button").await, 400);
        window.until("document.activeElement.matches('.summary')").await;
        buying.is_well("checkout-unticked").await;
        window.press(Key::Tab).await;
        assert_eq!(
            window.focused().await,
            "a The box about the keys has to be ticked before you can buy"
        );
        assert_eq!(buying.pay().await, 200);
        assert_eq!(window.text(".said").await, "Thank you for your order.");
        buying.is_well("order").await;

        // Shown on purpose, with how to use it.
        let button = window
            .ask_of(".line-word form button", "it.textContent.slice(0, 60)")
            .await;
        reach(window, &format!("button {}", button.as_str().unwrap()), 40).await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        let key = window.ask_of(".shown-key input", "it.value").await;
        assert!(key.as_str().unwrap().starts_with("AAAAA-BBBBB-"), "{key}");
        buying.is_well("order-with-key").await;
        if look.scripts {
            // What the browser is given is remembered, to look at it below.
            let listen = "(() => { const real = navigator.clipboard.writeText.bind(navigator.clipboard); \
                          navigator.clipboard.writeText = (text) => { window.given = text; return real(text); }; })()";
            window.ask(listen).await;
            window.click("[data-copies]").await;
            window
                .until("document.querySelector('[data-copies]').textContent === 'Copied'")
                .await;
            assert_eq!(window.ask("window.given").await, key);
        } else {
            let boxes = window.ask_of("[data-copies]", "it.getClientRects().length").await;
            assert_eq!(boxes, 0, "nothing is offered that does not work");
        }
        let order = window.address().await.replace("/reveal", "");

        // Found again without the key, and shown there once more.
        assert_eq!(window.go("/account/orders").await, 200);
        buying.is_well("orders").await;
        assert_eq!(window.follow(".room .lead a[href='/account/keys']").await, 200);
        window.fill("#search-keys", "nothing of this name").await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert_eq!(window.count(".slip").await, 0);
        buying.is_well("keys-none-found").await;
        assert_eq!(window.go("/account/keys").await, 200);
        assert_eq!(window.count(".slip").await, 1);
        buying.is_well("keys").await;
        assert_eq!(window.follow(".slip h2 a").await, 200);
        assert_eq!(window.address().await, order);
        assert_eq!(window.count(".shown-key").await, 0);
        assert_eq!(window.follow(".line-word form button").await, 200);
        assert_eq!(window.ask_of(".shown-key input", "it.value").await, key);
        assert_eq!(buying.balance().await, "€7.50");
    }
}

#[on_both_databases]
async fn too_little_money_is_said_and_a_refund_is_seen(kind: Kind) {
    let (shop, slug) = stocked(kind, 8).await;
    for look in looks(kind).iter().copied().enumerate() {
        let person = Person::visiting(&shop.url).await;
        let buying = Buying::begin(&shop, &person, look, kind).await;
        let window = &buying.window;
        buying.put_into_cart(&slug).await;
        assert_eq!(window.text(".bill .state").await, "€2.50 are missing in your wallet");
        assert_eq!(window.count(".bill button").await, 0);
        buying.is_well("checkout-short").await;
        // The money goes after the page was drawn.
        buying.give(300).await;
        assert_eq!(window.go("/checkout").await, 200);
        buying.give(-100).await;
        assert_eq!(buying.pay().await, 400);
        window.until("document.activeElement.matches('.summary')").await;
        assert!(
            window.text(".summary").await.starts_with("Insufficient balance"),
            "{}",
            window.text(".summary").await
        );
        assert_eq!(window.text(".bill .state").await, "€0.50 are missing in your wallet");
        buying.is_well("checkout-refused").await;

        buying.give(100).await;
        assert_eq!(window.go("/checkout").await, 200);
        assert_eq!(buying.pay().await, 200);
        let address = window.address().await;
        let id = address
            .trim_start_matches("/account/orders/")
            .split('?')
            .next()
            .unwrap();
        let id = OrderId(id.parse().unwrap());
        let unit = shop.shop.orders().of(buying.id, id).await.unwrap().units[0].id;
        assert_eq!(buying.balance().await, "€0.50");
        shop.shop.orders().refund(id, unit, operator()).await.unwrap();
        assert_eq!(buying.balance().await, "€3.00");
        assert!(
            window.text(".slip").await.contains("+€2.50"),
            "{}",
            window.text(".slip").await
        );
        buying.is_well("wallet").await;
        assert_eq!(window.follow(".slip h2 a").await, 200);
        assert_eq!(window.address().await, format!("/account/orders/{id}"));
        assert!(
            window
                .text(".line-word")
                .await
                .contains("Paid back to your wallet: €2.50")
        );
        assert_eq!(window.count(".line-word form").await, 0, "its key is not shown");
        buying.is_well("order-refunded").await;
        assert_eq!(window.go("/account/keys").await, 200);
        assert_eq!(window.count(".slip").await, 0);
        buying.is_well("keys-none").await;
    }
}
