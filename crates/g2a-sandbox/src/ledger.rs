//! The ledger, which tests read: the calls received, the orders, and the movements of money and keys.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalogue::{Euros, id_of};
use crate::clock;
use crate::notify::Delivery;
use crate::state::Shop;

/// How often each path was called; the paths of orders without their ids.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Requests(BTreeMap<&'static str, u64>);

impl Requests {
    pub(crate) fn count(&mut self, path: &'static str) {
        *self.0.entry(path).or_default() += 1;
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ledger {
    orders: Vec<Line>,
    charged: Euros,
    wallet: Euros,
    keys_taken: u64,
    requests: Requests,
    arrivals: u64,
    requests_in_worst_minute: usize,
    notifications: Vec<Delivery>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    order_id: String,
    product_id: String,
    price: Euros,
    state: &'static str,
    paid: bool,
    payments: u32,
    transaction_id: Option<String>,
    key_taken: bool,
    key: Option<String>,
    created_at: String,
}

/// The body of `GET /_sandbox/ledger`.
///
/// # Errors
///
/// None in practice: all of it is plain data.
pub(crate) fn write(shop: &Shop) -> serde_json::Result<String> {
    let (ledger, orders) = {
        let memory = shop.memory();
        let ledger = Ledger {
            orders: Vec::new(),
            charged: Euros(memory.orders.charged),
            wallet: Euros(memory.orders.wallet),
            keys_taken: memory.orders.keys_taken,
            requests: memory.requests.clone(),
            arrivals: memory.rate.arrivals(),
            requests_in_worst_minute: memory.rate.worst_minute(),
            notifications: memory.notifications.deliveries(),
        };
        (ledger, memory.orders.all().to_vec())
    };
    let seed = shop.settings.seed;
    let orders = orders
        .into_iter()
        .map(|order| Line {
            order_id: order.id(),
            product_id: id_of(order.place),
            price: Euros(order.price.into()),
            state: order.state(&shop.settings).name(),
            paid: order.payments > 0,
            payments: order.payments,
            transaction_id: (order.payments > 0).then(|| order.transaction(seed)),
            key_taken: order.key_taken,
            key: order.key_taken.then(|| order.key(seed)),
            created_at: clock::written(order.created),
        })
        .collect();
    serde_json::to_string(&Ledger { orders, ..ledger })
}
