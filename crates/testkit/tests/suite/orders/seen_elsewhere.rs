//! Whatever is done with orders, wallets and keys on one node is seen on another: each row of the table of touches.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::{GameId, OrderId};
use domain::order::OrderStatus;
use domain::touch::Touch;
use domain::wallet::{PayoutWay, WalletOrder};
use serde_json::Value;
use services::accounts::Caller;
use testkit::{Caching, Client, Kind, Node, TestShop, on_both_databases, operator, soon};

use super::dropped::polled;
use super::raced::sell_nothing_but_own_keys;
use super::{Buyer, all_is_well, games, place, stock};
use crate::wallets::change;

/// How long another node may show what was, on a busy machine.
const WITHIN: Duration = Duration::from_secs(3);

/// The view of games for sale.
const LIST: &str = "offers";

/// A customer with a cart, at two nodes, and what they look at.
struct Readers<'a> {
    shop: &'a TestShop,
    node: &'a Node,
    here: Client,
    there: Client,
    ada: Buyer,
    game: GameId,
    order: Option<OrderId>,
}

/// What a customer sees, by the name of what shows it.
type Views = BTreeMap<&'static str, Value>;

impl<'a> Readers<'a> {
    async fn of(shop: &'a TestShop, node: &'a Node, game: GameId) -> Self {
        let ada = Buyer::with(shop, "ada@example.org", 100_000).await;
        let here = ada.client.clone();
        let mut there = Client::at(&node.url);
        there.token.clone_from(&here.token);
        Self {
            shop,
            node,
            here,
            there,
            ada,
            game,
            order: None,
        }
    }

    async fn seen_by(client: &mut Client, game: GameId, order: Option<OrderId>) -> Views {
        let mut paths = vec![
            ("game", format!("/api/games/{game}")),
            ("cart", "/api/cart".to_owned()),
            ("balance", "/api/user/balance".to_owned()),
            ("transactions", "/api/user/transactions".to_owned()),
            ("orders", "/api/orders".to_owned()),
            ("keys", "/api/user/keys".to_owned()),
            ("profile", "/api/user/profile".to_owned()),
        ];
        paths.extend(order.map(|order| ("order", format!("/api/orders/{order}"))));
        let mut views = Views::new();
        for (name, path) in paths {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            views.insert(name, answer.body);
        }
        views
    }

    /// Reads on the other node so that what was read may be kept, does something on the first, and waits until the other one
    /// shows it. `changed` names the views that it changes: at once, but for the list of games, which may lag behind.
    async fn see(&mut self, what: &str, changed: &[&str], deed: impl Future<Output = ()>) {
        self.node.caught_up().await;
        let (game, order) = (self.game, self.order);
        let list = self.list(&[]).await;
        let before = Self::seen_by(&mut self.there, game, order).await;
        let again = Self::seen_by(&mut self.there, game, order).await;
        assert_eq!(again, before, "before: {what}");
        deed.await;
        let now = Self::seen_by(&mut self.here, game, order).await;
        let differs = |(name, view): (&&'static str, &Value)| (before[*name] != *view).then_some(*name);
        let differ: Vec<&str> = now.iter().filter_map(differs).collect();
        let at_once: Vec<&str> = changed.iter().copied().filter(|view| *view != LIST).collect();
        assert_eq!(differ, at_once, "{what}: seen on the node that did it");
        let took = soon(what, async || Self::seen_by(&mut self.there, game, order).await == now).await;
        assert!(took < WITHIN, "{what}: {took:?}");
        if changed.contains(&LIST) {
            self.list(&list).await;
        }
    }

    /// The games that a list shows as for sale on both nodes, once they are the same and others than these.
    async fn list(&mut self, before: &[Value]) -> Vec<Value> {
        let path = "/api/games?inStockOnly=true&sort=price-asc&pageSize=100";
        let mut list = Vec::new();
        soon("both nodes list the same games", async || {
            let here = self.here.get(path).await.data()["data"].clone();
            let there = self.there.get(path).await.data()["data"].clone();
            list = here.as_array().unwrap().clone();
            here == there && (before.is_empty() || list != before)
        })
        .await;
        list
    }

    /// Looks at the newest order from now on.
    async fn newest(&mut self) -> OrderId {
        let orders = self.shop.shop.orders().list(self.ada.id, None, 1, 1).await.unwrap();
        self.order = Some(orders[0].id);
        orders[0].id
    }
}

async fn buys(shop: &TestShop, caller: &Caller, game: GameId, key: &str) {
    place(shop, caller, &[game], Some(key)).await.unwrap();
}

/// The supplier has one copy of a game again.
async fn one_copy_of_the_supplier(shop: &TestShop, game: GameId) {
    let mut tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("UPDATE offers SET supplier_qty = 1 WHERE supplier = 'g2a'")
        .await
        .unwrap();
    let others = "UPDATE games SET copies = 1 WHERE id NOT IN (SELECT game_id FROM offers WHERE supplier = 'own')";
    tx.execute_for_test(others).await.unwrap();
    tx.orders().settle(&[game], shop.shop.offers().terms()).await.unwrap();
    tx.touch(Touch::Everything);
    tx.commit().await.unwrap();
    shop.caught_up().await;
}

#[on_both_databases]
async fn each_touch_is_seen_on_another_node(kind: Kind) {
    for caching in [Caching::Memory, Caching::Redis] {
        let shop = TestShop::filled_with(kind, caching).await;
        let node = shop.second_node().await;
        let game = games(&shop, 1).await[0];
        stock(&shop, game, &["A-1"], 250).await;
        sell_nothing_but_own_keys(&shop, game).await;
        let mut tx = shop.db.begin().await.unwrap();
        tx.touch(Touch::Everything);
        tx.commit().await.unwrap();
        shop.caught_up().await;
        let mut readers = Readers::of(&shop, &node, game).await;
        wallets_are_seen(&mut readers).await;
        own_keys_are_seen(&mut readers).await;
        copies_are_seen(&mut readers).await;
        stock_is_seen(&mut readers).await;
        deliveries_are_seen(&mut readers).await;
        all_is_well(&shop).await;
    }
}

async fn wallets_are_seen(readers: &mut Readers<'_>) {
    let (shop, ada) = (readers.shop, readers.ada.id);
    for (what, order, cents) in [
        ("top-up", WalletOrder::TopUp, 500),
        ("adjustment", WalletOrder::Adjust, -100),
        ("payout", WalletOrder::PayOut(PayoutWay::Cash), 50),
    ] {
        let deed = async { drop(change(shop, ada, order, cents, what).await.unwrap()) };
        readers.see(what, &["balance", "profile", "transactions"], deed).await;
    }
}

async fn own_keys_are_seen(readers: &mut Readers<'_>) {
    let (shop, game, caller) = (readers.shop, readers.game, readers.ada.caller.clone());
    let orders = shop.shop.orders();
    readers.here.add_to_cart(&game.to_string(), 1).await;
    let all = [
        "balance",
        "cart",
        "game",
        "keys",
        "offers",
        "orders",
        "profile",
        "transactions",
    ];
    readers
        .see("checkout of the last copy", &all, buys(shop, &caller, game, "one"))
        .await;
    let id = readers.newest().await;
    let unit = orders.of(caller.user.id, id).await.unwrap().units[0].id;
    let deed = async {
        orders.refund(id, unit, operator()).await.unwrap();
    };
    let freed = [
        "balance",
        "game",
        "keys",
        "offers",
        "order",
        "orders",
        "profile",
        "transactions",
    ];
    readers.see("refund of a key that nobody saw", &freed, deed).await;

    readers.order = None;
    let without_a_cart: Vec<&str> = all.into_iter().filter(|view| *view != "cart").collect();
    let deed = buys(shop, &caller, game, "once more");
    readers.see("checkout without a cart", &without_a_cart, deed).await;
    let id = readers.newest().await;
    let unit = orders.of(caller.user.id, id).await.unwrap().units[0].clone();
    let deed = async { drop(orders.reveal(&caller, id, unit.key.unwrap()).await.unwrap()) };
    readers.see("reveal", &["keys", "order", "orders"], deed).await;
    let knowingly = operator().because(Some("the key does not work"));
    let deed = async {
        orders.refund(id, unit.id, &knowingly).await.unwrap();
    };
    let paid_back = ["balance", "keys", "order", "orders", "profile", "transactions"];
    readers.see("refund of a key that was seen", &paid_back, deed).await;
}

async fn copies_are_seen(readers: &mut Readers<'_>) {
    let (shop, game, caller) = (readers.shop, readers.game, readers.ada.caller.clone());
    let orders = shop.shop.orders();
    one_copy_of_the_supplier(shop, game).await;
    let promised = ["balance", "game", "offers", "orders", "profile", "transactions"];
    let ended = [
        "balance",
        "game",
        "offers",
        "order",
        "orders",
        "profile",
        "transactions",
    ];
    readers.order = None;
    readers
        .see(
            "checkout of the supplier's last copy",
            &promised,
            buys(shop, &caller, game, "two"),
        )
        .await;
    let id = readers.newest().await;
    let deed = async { orders.cancel(&caller, id).await.unwrap() };
    readers.see("cancel", &ended, deed).await;
    readers.order = None;
    readers
        .see("checkout", &promised, buys(shop, &caller, game, "three"))
        .await;
    readers.newest().await;
    let tx = shop.db.begin().await.unwrap();
    let late = "UPDATE units SET deadline_at = 1, next_at = 1 WHERE state = 'planned'";
    assert_eq!(tx.execute_for_test(late).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let deed = async { orders.advance_due().await.unwrap() };
    readers.see("deadline", &ended, deed).await;
}

async fn stock_is_seen(readers: &mut Readers<'_>) {
    let (shop, game) = (readers.shop, readers.game);
    let mut import = None;
    let deed = async { import = Some(stock(shop, game, &["B-1"], 200).await) };
    readers.see("import of a cheaper key", &["game", "offers"], deed).await;
    let deed = async {
        shop.shop.own_keys().undo(import.unwrap(), operator()).await.unwrap();
    };
    readers.see("import undone", &["game", "offers"], deed).await;
}

/// A delivery as a step of its own: that of a customer who hung up once they had paid.
async fn deliveries_are_seen(readers: &mut Readers<'_>) {
    let (shop, game, ada) = (readers.shop, readers.game, readers.ada.id);
    let keys: Vec<String> = (0..20).map(|n| format!("C-{n}")).collect();
    stock(shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), 150).await;
    shop.caught_up().await;
    let orders = shop.shop.orders();
    let mut waits = false;
    for times in 1..=keys.len() {
        let key = format!("hung up after {times}");
        drop(polled(place(shop, &readers.ada.caller, &[game], Some(&key)), times).await);
        // What runs on without its caller comes to an end.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let newest = orders.list(ada, None, 1, 1).await.unwrap();
        waits = newest[0].status == OrderStatus::Processing;
        if waits {
            break;
        }
    }
    assert!(waits, "an order was paid and not delivered");
    readers.newest().await;
    shop.caught_up().await;
    let deed = async { orders.advance_due().await.unwrap() };
    readers.see("delivery", &["keys", "order", "orders"], deed).await;
}
