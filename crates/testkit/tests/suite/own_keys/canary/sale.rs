//! The canaries are sold: imported by a page, bought, shown, paid back; and everything that anybody could read meanwhile.

use domain::id::GameId;
use domain::unit::UnitState;
use domain::wallet::WalletOrder;
use sea_orm::{ConnectionTrait, Statement, Value};
use serde_json::json;
use testkit::{Client, TestShop, operator};
use uuid::Uuid;

use super::{KEYS, found_in};
use crate::desk::{KEYS_FORM, NEW_KEYS, form_of_keys};
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
        for (end, status) in [(b"".as_slice(), 200), (b"\xff", 400)] {
            let file = [keys.as_bytes(), end].concat();
            let form = form_of_keys("lines", game.as_str(), "", Some(("keys.txt", &file)));
            let uploaded = staff.send_body(NEW_KEYS, KEYS_FORM, form).await;
            assert_eq!(uploaded.status, status, "{}", uploaded.text);
            is_clean("a file of keys", &uploaded.text);
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
        self.ids.extend(units.iter().map(|(_, unit, _)| unit.to_string()));
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

    /// A key that was seen cannot be read for a while: that is a case, which a person looks at.
    pub(super) async fn has_a_case(&mut self, shop: &TestShop) {
        let orders = shop.shop.orders();
        let made = orders.list(self.ada.id.unwrap(), None, 1, 10).await.unwrap();
        let units = made
            .iter()
            .flat_map(|order| order.units.iter().map(move |unit| (order.id, unit)));
        let (order, key) = units
            .filter(|(_, unit)| unit.state == UnitState::Delivered)
            .map(|(order, unit)| (order, unit.key.unwrap()))
            .next()
            .unwrap();
        let sealed = sealed(shop, key).await;
        let mut lost = sealed.clone();
        lost.reverse();
        seal(shop, key, lost).await;
        let path = format!("/api/orders/{order}/keys/{key}/reveal");
        let failed = self.ada.post(&path, &json!({})).await;
        assert_eq!(failed.status, 500, "{}", failed.text);
        is_clean("a key that cannot be read", &failed.text);
        seal(shop, key, sealed).await;
        let list = self.staff.get("/admin/cases").await.text;
        let address = list
            .split("/admin/cases/")
            .find_map(|rest| rest.get(..36)?.parse::<Uuid>().ok());
        let case = address.expect("a case").to_string();
        let page = self.staff.get(&format!("/admin/cases/{case}")).await;
        assert!(
            page.status == 200 && page.text.contains("A sold key cannot be read"),
            "{}",
            page.text
        );
        self.ids.push(case);
    }

    /// Every page and answer for a customer.
    async fn is_read_by_its_customer(&mut self) {
        let mut paths: Vec<String> = [
            "/account",
            "/account/orders",
            "/account/keys",
            "/account/keys?search=canary",
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
            paths.push(format!("/account/orders/{order}"));
            // Whoever saw a key by the API reads it there again.
            let answer = self.ada.get(&format!("/api/orders/{order}")).await;
            let shown = found_in(answer.text.as_bytes()).len();
            assert_eq!(
                (answer.status, shown),
                (200, usize::from(*order == self.orders[0])),
                "{}",
                answer.text
            );
        }
        for path in paths {
            let answer = self.ada.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            is_clean(&path, &answer.text);
        }
    }

    /// Every page and answer for a customer and for staff, with each id that there is.
    pub(super) async fn is_read(&mut self) {
        self.is_read_by_its_customer().await;
        let imports = self.staff.get("/admin/key-imports").await.text;
        let import = imports
            .split("/admin/key-imports/")
            .skip(1)
            .map(|rest| rest[..36].to_owned());
        self.ids.extend(import.filter(|id| id.parse::<uuid::Uuid>().is_ok()));
        let mut read = Vec::new();
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
                read.extend((answer.status == 200).then_some(path));
            }
        }
        assert!(read.len() > 50, "most pages are there: {read:?}");
        for (begin, end) in [
            ("/admin/units/", "/refund"),
            ("/admin/cases/", ""),
            ("/admin/key-imports/", ""),
        ] {
            let is_one = |path: &String| path.starts_with(begin) && path.ends_with(end);
            assert!(read.iter().any(is_one), "{begin}…{end}: {read:?}");
        }
        let offers = format!("/api/admin/offers?gameId={}", self.ids[0]);
        let user = format!("/api/admin/users/{}", self.ada.id.unwrap());
        for path in ["/api/admin/trail", "/api/admin/mails", &offers, &user, "/metrics"] {
            let answer = self.staff.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            is_clean(path, &answer.text);
        }
    }
}

/// What is sealed of a key.
async fn sealed(shop: &TestShop, key: Uuid) -> Vec<u8> {
    let raw = shop.db.raw();
    let sql = "SELECT sealed FROM own_keys WHERE id = $1";
    let statement = Statement::from_sql_and_values(raw.get_database_backend(), sql, [Value::from(key)]);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "sealed").unwrap()
}

async fn seal(shop: &TestShop, key: Uuid, sealed: Vec<u8>) {
    let raw = shop.db.raw();
    let sql = "UPDATE own_keys SET sealed = $2 WHERE id = $1";
    let values = [Value::from(key), Value::from(sealed)];
    let statement = Statement::from_sql_and_values(raw.get_database_backend(), sql, values);
    assert_eq!(raw.execute_raw(statement).await.unwrap().rows_affected(), 1);
}
