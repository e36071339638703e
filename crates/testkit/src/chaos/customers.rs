//! Customers: each fills a cart at one node after another, and looks at it at all of them.
//!
//! Whoever wrote knows what is true: nobody else writes into this cart. At the node that answered, the next look must
//! show it; at the others, a look a second later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::readers::{Names, Seen, Shown, Unavailable, in_json, now};
use super::stage::Stage;
use super::{OLD_MAX, mix};
use crate::people::{Answer, Client};

/// Customers at once.
const CUSTOMERS: u64 = 2;
const PAUSE: Duration = Duration::from_millis(5);
/// Longer than any node may need; what was asked may still happen afterwards.
const PATIENCE: Duration = Duration::from_secs(5);
const CART: &str = "/api/cart";

/// They run until stopped.
pub(super) struct Customers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<Seen>>,
}

/// How many copies the cart held, from when on, and which node said so.
#[derive(Clone, Copy, Debug)]
struct Held {
    copies: u64,
    /// In microseconds of Unix time, when the answer was there: the commit was earlier.
    since: i64,
    node: usize,
}

/// Somebody without an account, with a line of their own.
struct Customer {
    nodes: Vec<(Arc<Mutex<String>>, String, Client)>,
    guest: Option<String>,
    game: String,
    /// What was confirmed, the last one in front.
    held: VecDeque<Held>,
    state: u64,
}

impl Customers {
    pub(super) fn start(stage: &Stage, names: &Names, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let task = |number: u64| {
            let customer = Customer::new(stage, names, mix(seed ^ (1_000 + number)));
            tokio::spawn(customer.shop(stop.clone()))
        };
        let tasks = (0..CUSTOMERS).map(task).collect();
        Self { stop, tasks }
    }

    pub(super) async fn stop(self, all: &mut Seen) {
        self.stop.cancel();
        for task in self.tasks {
            all.add(task.await.expect("a customer"));
        }
    }
}

impl Customer {
    fn new(stage: &Stage, names: &Names, state: u64) -> Self {
        let node = |url: &Arc<Mutex<String>>| (Arc::clone(url), String::new(), Client::default());
        let at = usize::try_from(state % names.len() as u64).unwrap_or_default();
        Self {
            nodes: stage.nodes.iter().map(|process| node(&process.url)).collect(),
            guest: None,
            game: names[at].0.clone(),
            held: VecDeque::new(),
            state,
        }
    }

    async fn shop(mut self, stop: CancellationToken) -> Seen {
        let mut seen = Seen::default();
        while !stop.is_cancelled() {
            self.state = mix(self.state);
            let node = usize::try_from(self.state % self.nodes.len() as u64).unwrap_or_default();
            if self.held.is_empty() || (self.state >> 32).is_multiple_of(4) {
                self.write(node, &mut seen).await;
            } else {
                self.look(node, &mut seen).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        seen
    }

    /// Puts another number of copies into the cart.
    async fn write(&mut self, node: usize, seen: &mut Seen) {
        let copies = 1 + self.held.front().map_or(0, |held| held.copies) % 99;
        let answer = if self.held.is_empty() {
            let body = json!({"gameId": self.game, "quantity": copies});
            self.ask(node, Method::POST, CART, Some(body)).await
        } else {
            let path = format!("{CART}/{}", self.game);
            self.ask(node, Method::PUT, &path, Some(json!({"quantity": copies})))
                .await
        };
        match answer {
            Some(answer) if matches!(answer.status, 200 | 201) => {
                let since = now();
                seen.cart_writes += 1;
                self.held.push_front(Held { copies, since, node });
                self.held.truncate(400);
            }
            // It may have happened and may happen yet: with this cart nobody knows any more what is true.
            Some(answer) if answer.status == 503 => self.begin_anew(),
            None => self.begin_anew(),
            Some(answer) => {
                seen.wrong
                    .push(format!("{} {} for a cart of node {node}", answer.status, answer.body));
                self.begin_anew();
            }
        }
    }

    fn begin_anew(&mut self) {
        self.guest = None;
        self.held.clear();
    }

    /// Looks at the cart, and judges what it shows.
    async fn look(&mut self, node: usize, seen: &mut Seen) {
        let asked_at = now();
        let Some(answer) = self.ask(node, Method::GET, CART, None).await else {
            seen.silent += 1;
            return;
        };
        if answer.status == 503 {
            seen.unavailable.push(Unavailable { asked_at, node });
            return;
        }
        seen.answers += 1;
        in_json(&answer.body, &mut |game, version, price_cents| {
            seen.shown.push(Shown {
                asked_at,
                node,
                route: CART,
                game,
                version,
                price_cents,
            });
        });
        match self.age(node, asked_at, copies(&answer.body)) {
            Ok(0) => {}
            Ok(age) => seen.cart_ages.push(age),
            Err(wrong) => seen.wrong.push(format!("{CART} of node {node}: {wrong}")),
        }
    }

    /// How long before `asked_at` so many copies were no longer true, in microseconds.
    fn age(&self, node: usize, asked_at: i64, copies: u64) -> Result<i64, String> {
        let known = || self.held.iter().take(5).collect::<Vec<_>>();
        let at = self.held.iter().position(|held| held.copies == copies);
        let at = at.ok_or_else(|| format!("{copies} copies, which it never held: {:?}", known()))?;
        // What came after it: each of them should have been seen.
        let mut age = 0;
        for next in self.held.iter().take(at) {
            age = age.max(asked_at - next.since);
            if next.node == node {
                return Err(format!("{copies} copies, and this node itself wrote {next:?}"));
            }
        }
        if age > i64::try_from(OLD_MAX.as_micros()).unwrap_or(i64::MAX) {
            return Err(format!("{copies} copies are {} ms old: {:?}", age / 1_000, known()));
        }
        Ok(age)
    }

    async fn ask(&mut self, node: usize, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let (url, known, client) = &mut self.nodes[node];
        let url = url.lock().expect("no panic").clone();
        if *known != url {
            *client = Client::at(&url);
            *known = url;
        }
        client.guest.clone_from(&self.guest);
        let asked = client.try_ask(method, path, body.as_ref());
        let answer = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
        self.guest.clone_from(&client.guest);
        Some(answer)
    }
}

/// Copies of the one line; 0 for an empty cart.
fn copies(body: &Value) -> u64 {
    body["data"]["items"][0]["quantity"].as_u64().unwrap_or(0)
}
