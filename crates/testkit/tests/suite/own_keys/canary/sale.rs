//! The canaries are sold: imported by a page, bought, shown, paid back; and everything that anybody could read meanwhile.

use domain::id::GameId;
use domain::wallet::WalletOrder;
use serde_json::json;
use testkit::{Client, TestShop, operator};

use super::{KEYS, found_in};
use crate::wallets::change;

/// Who bought, and the ids of all that there is to look at.
pub(super) struct Sale {
    ada: Client,
    staff: Client,
    orders: Vec<String>,
    ids: Vec<String>,
}

/// Looks at an answer in which no key may stand.
fn is_clean(what: &str, text: &str) {
    assert_eq!(found_in(text.as_bytes()), [""; 0], "{what}: {text}");
}

impl Sale {
    /// Keys come by the page for staff, twice, so that the second time they are duplicates; a customer has money.
    pub(super) async fn prepared(shop: &TestShop, game: GameId) -> Self {
        let (mut staff, ada) = (shop.staff().await, shop.customer("ada@example.org").await);
        shop.prove_address("ada@example.org").await;
        change(shop, ada.id.unwrap(), WalletOrder::TopUp, 5_000, "canary")
            .await
            .unwrap();
        let (keys, game) = (KEYS[..3].join("\n"), game.to_string());
        let mut typed = [
            ("name", "From a page"),
            ("format", "lines"),
            ("game", game.as_str()),
            ("price", "1.00"),
            ("keys", keys.as_str()),
            ("reason", "bought at the fair"),
        ];
        for told in ["Imported.", "duplicate"] {
            let imported = staff.submit("/admin/key-imports/new", &typed).await;
            assert!(
                imported.status == 200 && imported.text.contains(told),
                "{}",
                imported.text
            );
            is_clean("an import by a page", &imported.text);
        }
        typed[3].1 = "0";
        let refused = staff.submit("/admin/key-imports/new", &typed).await;
        assert_eq!(refused.status, 400);
        is_clean("an import that was refused", &refused.text);
        let ids = [game, ada.id.unwrap().to_string(), staff.id.unwrap().to_string()].to_vec();
        Self {
            ada,
            staff,
            orders: Vec::new(),
            ids,
        }
    }

    /// Two keys are bought by the API; one of them is shown by it, one by a page, each twice. The second and a third one are
    /// paid back, and what is asked for in vain is told why.
    pub(super) async fn sells(&mut self, shop: &TestShop, game: GameId) {
        for quantity in [2, 1] {
            let asked = json!({"items": [{"gameId": game.to_string(), "quantity": quantity}]});
            let bought = self.ada.post("/api/orders", &asked).await;
            assert_eq!(bought.status, 201, "{}", bought.text);
            is_clean("an order", &bought.text);
            self.orders.push(bought.data()["id"].as_str().unwrap().to_owned());
        }
        self.ids.extend(self.orders.iter().cloned());
        let user = self.ada.id.unwrap();
        let (orders, mut units) = (shop.shop.orders(), Vec::new());
        for made in orders.list(user, None, 1, 10).await.unwrap() {
            units.extend(made.units.iter().map(|unit| (made.id, unit.id, unit.key.unwrap())));
        }
        units.sort_by_key(|(order, _, _)| order.to_string() != self.orders[0]);
        let [(first, _, by_api), (_, seen, by_page), (second, unseen, back)] = units[..] else {
            panic!("three keys were sold: {units:?}");
        };
        for _ in 0..2 {
            let path = format!("/api/orders/{first}/keys/{by_api}/reveal");
            let shown = self.ada.post(&path, &json!({})).await.text;
            assert_eq!(
                found_in(shown.as_bytes()).len(),
                1,
                "the search finds what is shown: {shown}"
            );
            let path = format!("/account/orders/{first}/reveal");
            let shown = self.ada.submit(&path, &[("key", &by_page.to_string())]).await.text;
            assert_eq!(
                found_in(shown.as_bytes()).len(),
                1,
                "the search finds what is shown: {shown}"
            );
        }
        let knowingly = operator().because(Some("does not work"));
        orders.refund(first, seen, &knowingly).await.unwrap();
        orders.refund(second, unseen, operator()).await.unwrap();
        for (order, key) in [(first, by_page), (second, back), (second, by_api)] {
            let path = format!("/api/orders/{order}/keys/{key}/reveal");
            let refused = self.ada.post(&path, &json!({})).await;
            assert_eq!(refused.status, 404, "{}", refused.text);
            is_clean("a refusal", &refused.text);
            let path = format!("/account/orders/{order}/reveal");
            let refused = self.ada.submit(&path, &[("key", &key.to_string())]).await;
            assert_eq!(refused.status, 404, "{}", refused.text);
            is_clean("a refusal on a page", &refused.text);
        }
    }

    /// Every page and answer for a customer and for staff, with each id that there is.
    pub(super) async fn is_read(&mut self) {
        let mut paths: Vec<String> = [
            "/account",
            "/account/orders",
            "/account/wallet",
            "/account/events",
            "/cart",
            "/checkout",
            "/api/orders",
            "/api/user/keys",
            "/api/user/transactions",
            "/api/user/profile",
            "/api/cart",
        ]
        .map(str::to_owned)
        .to_vec();
        for order in &self.orders {
            paths.extend([format!("/account/orders/{order}"), format!("/api/orders/{order}")]);
        }
        for path in paths {
            let answer = self.ada.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            is_clean(&path, &answer.text);
        }
        let imports = self.staff.get("/admin/key-imports").await.text;
        let import = imports
            .split("/admin/key-imports/")
            .skip(1)
            .map(|rest| rest[..36].to_owned());
        self.ids.extend(import.filter(|id| id.parse::<uuid::Uuid>().is_ok()));
        let mut read = 0;
        for route in web_admin::declared_routes()
            .into_iter()
            .filter(|route| route.method == "GET")
        {
            let with = |id: &String| route.path.replace("{id}", id);
            let paths: Vec<String> = match route.path.contains("{id}") {
                true => self.ids.iter().map(with).collect(),
                false => vec![route.path.clone()],
            };
            for path in paths {
                let answer = self.staff.get(&path).await;
                assert!(
                    matches!(answer.status, 200 | 303 | 404 | 409),
                    "{path}: {}",
                    answer.status
                );
                is_clean(&path, &answer.text);
                read += usize::from(answer.status == 200);
            }
        }
        assert!(read > 50, "most pages are there: {read}");
        let offers = format!("/api/admin/offers?gameId={}", self.ids[0]);
        for path in ["/api/admin/trail", "/api/admin/mails", &offers, "/metrics"] {
            let answer = self.staff.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            is_clean(path, &answer.text);
        }
    }
}
