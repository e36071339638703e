//! What changed between the cart and the payment: the sign-in, the account, the game, its price, its stock.

use domain::id::GameId;
use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, balance, place, stock};
use crate::orders::games;

/// What somebody does meanwhile, and how the order is refused then: status and code.
const CHANGES: [(Change, u16, &str); 7] = [
    (Change::SignedOut, 401, "AUTH001"),
    (Change::SessionsEnded, 401, "AUTH001"),
    (Change::Blocked, 403, "AUTH007"),
    (Change::PriceRaised, 409, "BIZ009"),
    (Change::PriceLowered, 409, "BIZ009"),
    (Change::Withdrawn, 404, "NOTFOUND002"),
    (Change::SoldOut, 400, "BIZ002"),
];

#[derive(Clone, Copy, Debug)]
enum Change {
    SignedOut,
    SessionsEnded,
    Blocked,
    PriceRaised,
    PriceLowered,
    Withdrawn,
    SoldOut,
}

impl Change {
    async fn happens(self, shop: &TestShop, ada: &mut Buyer, game: GameId) {
        let path = format!("/api/admin/games/{game}");
        match self {
            Self::SignedOut => {
                let token = ada.client.token.clone();
                assert_eq!(ada.client.post("/api/auth/logout", &json!({})).await.status, 200);
                // Whoever kept the token.
                ada.client.token = token;
            }
            Self::SessionsEnded => {
                assert_eq!(shop.shop.staff().end_sessions(ada.id, operator()).await.unwrap(), 1);
            }
            Self::Blocked => drop(shop.shop.staff().block(ada.id, operator()).await.unwrap()),
            Self::PriceRaised | Self::PriceLowered => {
                let price = if matches!(self, Self::PriceRaised) { 6 } else { 4 };
                let set = shop.staff().await.put(&path, &json!({ "price": price })).await;
                assert_eq!(set.status, 200, "{}", set.text);
            }
            Self::Withdrawn => {
                let gone = shop.staff().await.delete(&path).await;
                assert_eq!(gone.status, 200, "{}", gone.text);
            }
            Self::SoldOut => {
                let eve = Buyer::with(shop, "eve@example.org", 10_000).await;
                place(shop, &eve.caller, &[game], None).await.unwrap();
            }
        }
    }
}

#[on_both_databases]
async fn what_changed_since_the_cart_is_refused_and_nothing_is_paid(kind: Kind) {
    for (change, status, code) in CHANGES {
        let shop = TestShop::filled(kind).await;
        let game = games(&shop, 1).await[0];
        stock(&shop, game, &["A-1"], 500).await;
        super::raced::sell_nothing_but_own_keys(&shop, game).await;
        let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
        ada.client.add_to_cart(&game.to_string(), 1).await;
        assert_eq!(ada.client.units().await.0, 1);
        change.happens(&shop, &mut ada, game).await;
        let asked = json!({"items": [{"gameId": game.to_string(), "quantity": 1}], "expectedTotal": 5});
        let answer = ada.client.post("/api/orders", &asked).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{change:?}: {}",
            answer.text
        );
        assert_eq!(balance(&shop, ada.id).await, 1_000, "{change:?}");
        let made = shop.shop.orders().list(ada.id, None, 1, 10).await.unwrap();
        assert!(made.is_empty(), "{change:?}: {made:?}");
        all_is_well(&shop).await;
    }
}
