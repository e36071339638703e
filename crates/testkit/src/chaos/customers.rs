//! Customers: each fills a cart and a wishlist at one node after another, and reads them at all nodes.
//!
//! Each list has one writer, which knows its content. The node that answered must show a change in the next read; the
//! other nodes in a read a second later.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::known::Known;
use super::mix;
use super::readers::{Names, Seen, Unavailable, chosen, now};
use super::stage::Stage;
use crate::{Answer, Client, PASSWORD};

/// Customers at once; every other one has an account.
const CUSTOMERS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(10);
/// The pause before another attempt to register.
const TRY_AGAIN: Duration = Duration::from_millis(300);
/// Longer than any node may need; the request may still take effect afterwards.
const PATIENCE: Duration = Duration::from_secs(5);

/// They run until stopped.
pub(super) struct Customers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<Seen>>,
}

/// A customer with a cart of one line and a wishlist.
struct Customer {
    number: u64,
    nodes: Vec<(Arc<Mutex<String>>, String, Client)>,
    names: Arc<Names>,
    guest: Option<String>,
    token: Option<String>,
    /// The game in the cart.
    game: String,
    cart: Known,
    wishes: Known,
    state: u64,
}

/// The addresses of a list: JSON and page.
const CART: [&str; 2] = ["/api/cart", "/cart"];
const WISHES: [&str; 2] = ["/api/wishlist", "/wishlist"];

impl Customers {
    pub(super) fn start(stage: &Stage, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let task = |number: u64| {
            let customer = Customer::new(stage, number, mix(seed ^ (1_000 + number)));
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
    fn new(stage: &Stage, number: u64, state: u64) -> Self {
        let node = |url: &Arc<Mutex<String>>| (Arc::clone(url), String::new(), Client::default());
        Self {
            number,
            nodes: stage.nodes.iter().map(|process| node(&process.url)).collect(),
            names: Arc::clone(&stage.names),
            guest: None,
            token: None,
            game: String::new(),
            cart: Known::default(),
            wishes: Known::default(),
            state,
        }
    }

    const fn has_account(&self) -> bool {
        self.number % 2 == 1
    }

    async fn shop(mut self, stop: CancellationToken) -> Seen {
        let mut seen = Seen::default();
        while !stop.is_cancelled() {
            self.state = mix(self.state);
            let node = usize::try_from(self.state % self.nodes.len() as u64).unwrap_or_default();
            let writes = (self.state >> 32).is_multiple_of(4);
            if self.has_account() && self.token.is_none() {
                self.register(node, &mut seen).await;
            } else if (self.state >> 40).is_multiple_of(2) {
                if self.cart.last().is_none() || writes {
                    self.fill_cart(node, &mut seen).await;
                } else {
                    self.look_at(&CART, node, &mut seen).await;
                }
            } else if self.wishes.last().is_none() || writes {
                self.wish(node, &mut seen).await;
            } else {
                self.look_at(&WISHES, node, &mut seen).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        seen
    }

    /// Registers a new address; fails while the database is unavailable.
    async fn register(&mut self, node: usize, seen: &mut Seen) {
        let email = format!("customer-{}-{}@example.org", self.number, now());
        let body = json!({"email": email, "password": PASSWORD});
        let answer = self.ask(node, Method::POST, "/api/auth/register", Some(body)).await;
        match answer {
            Some(answer) if answer.status == 201 => {
                seen.accounts += 1;
                self.token = answer.data()["token"].as_str().map(str::to_owned);
            }
            _ => tokio::time::sleep(TRY_AGAIN).await,
        }
    }

    /// Sets another quantity in the cart.
    async fn fill_cart(&mut self, node: usize, seen: &mut Seen) {
        let copies = 1 + self.cart.last().unwrap_or(0) % 99;
        let path = CART[0];
        let answer = if self.cart.last().is_none() {
            self.game.clone_from(&chosen(&self.names.games, self.state >> 16).id);
            let body = json!({"gameId": self.game, "quantity": copies});
            self.ask(node, Method::POST, path, Some(body)).await
        } else {
            let path = format!("{path}/{}", self.game);
            let body = json!({"quantity": copies});
            self.ask(node, Method::PUT, &path, Some(body)).await
        };
        if self.is_done(answer, node, seen) {
            self.cart.confirm(copies, node, now());
        }
    }

    /// Adds a game to the wishlist, or removes it if it is there.
    async fn wish(&mut self, node: usize, seen: &mut Seen) {
        let (before, at) = (
            self.wishes.last().unwrap_or(0),
            (self.state >> 16) % self.names.games.len() as u64,
        );
        let id = chosen(&self.names.games, at).id.clone();
        let answer = if before >> at & 1 == 0 {
            self.ask(node, Method::POST, WISHES[0], Some(json!({"gameId": id})))
                .await
        } else {
            let path = format!("{}/{id}", WISHES[0]);
            self.ask(node, Method::DELETE, &path, None).await
        };
        if self.is_done(answer, node, seen) {
            self.wishes.confirm(before ^ (1 << at), node, now());
        }
    }

    /// Whether a change was confirmed. Where that is not certain, the customer starts over.
    fn is_done(&mut self, answer: Option<Answer>, node: usize, seen: &mut Seen) -> bool {
        match answer {
            Some(answer) if matches!(answer.status, 200 | 201) => {
                seen.list_writes += 1;
                return true;
            }
            // Some games are sold out or withdrawn: nothing was changed.
            Some(answer) if matches!(answer.code(), "BIZ002" | "NOTFOUND002") => {}
            // The change may have happened, or may happen later: the content of these lists is no longer known.
            Some(answer) if answer.status == 503 => self.begin_anew(),
            None => self.begin_anew(),
            Some(answer) => {
                seen.wrong
                    .push(format!("{} {} for a list of node {node}", answer.status, answer.body));
                self.begin_anew();
            }
        }
        false
    }

    fn begin_anew(&mut self) {
        (self.guest, self.token) = (None, None);
        (self.cart, self.wishes) = (Known::default(), Known::default());
    }

    /// Reads a list, and checks its content.
    async fn look_at(&mut self, list: &[&'static str; 2], node: usize, seen: &mut Seen) {
        let route = *chosen(list, self.state >> 48);
        let asked_at = now();
        let Some(answer) = self.ask(node, Method::GET, route, None).await else {
            seen.silent += 1;
            return;
        };
        match answer.status {
            200 => {}
            503 => return seen.unavailable.push(Unavailable { asked_at, node }),
            status => return seen.wrong.push(format!("{status} for {route} of node {node}")),
        }
        seen.note((asked_at, node, route), &answer.text);
        let age = if *list == CART {
            self.cart.age(node, asked_at, copies(&answer))
        } else {
            self.wishes.age(node, asked_at, self.wished(&answer))
        };
        match age {
            Ok(0) => {}
            Ok(age) => seen.list_ages.push(age),
            Err(wrong) => seen.wrong.push(format!("{route} of node {node}: {wrong}")),
        }
    }

    /// The games on a wishlist, as bits of a number.
    fn wished(&self, answer: &Answer) -> u64 {
        let ids: Vec<&str> = match answer.data()["items"].as_array() {
            Some(items) => items.iter().filter_map(|item| item["gameId"].as_str()).collect(),
            None => behind(
                &answer.text,
                "action=\"/wishlist/remove\"><input type=\"hidden\" name=\"gameId\" value=\"",
            ),
        };
        let bit = |id: &str| self.names.games.iter().position(|name| name.id == id);
        // An unknown game belongs to no list that ever existed.
        ids.into_iter()
            .fold(0, |all, id| all | bit(id).map_or(1 << 63, |at| 1 << at))
    }

    async fn ask(&mut self, node: usize, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let (url, known, client) = &mut self.nodes[node];
        let url = url.lock().expect("no panic").clone();
        if *known != url {
            *client = Client::at(&url);
            *known = url;
        }
        client.guest.clone_from(&self.guest);
        client.token.clone_from(&self.token);
        let asked = client.try_ask(method, path, body.as_ref());
        let answer = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
        self.guest.clone_from(&client.guest);
        Some(answer)
    }
}

/// The quantity of the one line; 0 for an empty cart.
fn copies(answer: &Answer) -> u64 {
    if !answer.body.is_null() {
        return answer.data()["items"][0]["quantity"].as_u64().unwrap_or(0);
    }
    let typed = behind(&answer.text, "name=\"quantity\" value=\"");
    typed.first().and_then(|copies| copies.parse().ok()).unwrap_or(0)
}

/// The quoted texts behind each `mark`.
fn behind<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let behind = text.split(mark).skip(1);
    behind
        .filter_map(|rest| rest.split_once('"').map(|(inside, _)| inside))
        .collect()
}
