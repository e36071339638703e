//! The end of an episode: both suppliers are honest, and the shop must come to offer just what they have.

use serde_json::Value;

use super::goods::Good;
use super::records::OfferVersion;
use super::stage::FeedStage;
use super::{G2A, WHOLESALER};

/// Crawls of each supplier until everything must be as it is there.
const CRAWLS: usize = 4;

impl FeedStage {
    /// Lets the shop hear the truth; returns what it still does not offer, or offers otherwise.
    pub(super) async fn become_honest(&mut self) -> Vec<String> {
        self.list.become_honest();
        for at in 0..self.sandbox.goods.len() {
            let good = &mut self.sandbox.goods[at];
            (good.spoiled, good.is_gone) = (None, false);
            self.sandbox.put(at).await;
        }
        let mut left = Vec::new();
        for _ in 0..CRAWLS {
            let (of_sandbox, of_list) = (self.sandbox.syncs.clone(), self.list.syncs.clone());
            tokio::join!(of_sandbox.run(&[]), of_list.run(&[]));
            left = self.differences().await;
            if left.is_empty() {
                break;
            }
        }
        left
    }

    /// Offers that are not what the suppliers have, by what these themselves show.
    async fn differences(&self) -> Vec<String> {
        let offers = self.records.offers_now().await;
        let mut wrong = Vec::new();
        let mut compare = |named: (&'static str, &str), cost: i64, qty: i64| {
            let offer = offers.get(&(named.0, named.1.to_owned()));
            let is_right =
                |offer: &OfferVersion| (offer.cost, offer.qty, offer.hidden, offer.parked) == (cost, qty, false, false);
            if !offer.is_some_and(is_right) {
                wrong.push(format!(
                    "{named:?} costs {cost} cents and has {qty} copies, and after {CRAWLS} honest crawls it is {offer:?}"
                ));
            }
        };
        for Good { product, .. } in &self.sandbox.goods {
            let state = self.sandbox.state(product).await;
            let qty = state["qty"].as_i64().expect("a number");
            compare((G2A, product), cents(&state["minPrice"]), qty);
        }
        // The list's own state is its file.
        let list = std::fs::read_to_string(&self.list.path).expect("the list");
        for row in list.lines().skip(1) {
            let cells: Vec<&str> = row.split(';').collect();
            let price: i64 = cells[2].replace('.', "").parse().expect("a price");
            compare((WHOLESALER, cells[0]), price, cells[3].parse().expect("copies"));
        }
        wrong
    }
}

/// Cents of a price of at most two decimals.
fn cents(price: &Value) -> i64 {
    let text = price.to_string();
    let (euros, cents) = text.split_once('.').unwrap_or((&text, ""));
    format!("{euros}{cents:0<2}").parse().expect("a price")
}
