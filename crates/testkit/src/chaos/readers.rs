//! Whoever reads: every route that shows a game, on every node, without pause.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::history::read_title;
use super::mix;
use super::stage::Stage;
use crate::program::http;

/// Readers of each node.
const READERS: u64 = 3;
/// Between two questions of a reader: the machine has other work too.
const PAUSE: Duration = Duration::from_millis(3);

/// What the crowd asks for: every game is on it.
const CROWDED: &str = "/api/games?search=chaos&pageSize=100";
/// Between two questions of a crowd.
const CROWD_PAUSE: Duration = Duration::from_millis(250);

/// What somebody was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// In microseconds of Unix time, read before the question was sent.
    pub(super) asked_at: i64,
    pub(super) node: usize,
    pub(super) route: &'static str,
    pub(super) game: u32,
    pub(super) version: u32,
    pub(super) price_cents: Option<i64>,
}

/// A question that a node answered with 503.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unavailable {
    /// In microseconds of Unix time.
    pub(super) asked_at: i64,
    pub(super) node: usize,
}

/// What all readers saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) shown: Vec<Shown>,
    pub(super) answers: u64,
    /// 503: the node says that it does not know.
    pub(super) unavailable: Vec<Unavailable>,
    /// Nobody answered: the node is dead or paused.
    pub(super) silent: u64,
    /// What broke a promise by itself, in words: another status, a cart that its owner knows better.
    pub(super) wrong: Vec<String>,
    /// Changes of carts that were confirmed.
    pub(super) cart_writes: u64,
    /// How old those carts were that another node had changed: in microseconds.
    pub(super) cart_ages: Vec<i64>,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.shown.extend(other.shown);
        self.answers += other.answers;
        self.unavailable.extend(other.unavailable);
        self.silent += other.silent;
        self.wrong.extend(other.wrong);
        self.cart_writes += other.cart_writes;
        self.cart_ages.extend(other.cart_ages);
    }
}

/// Where games are shown. `{id}` and `{slug}` are one game's.
const ROUTES: [&str; 15] = [
    "/api/games/{id}",
    "/game/{slug}",
    "/api/games/{id}",
    "/api/games/slug/{slug}",
    CROWDED,
    "/catalogue",
    "/",
    "/api/games",
    "/api/games/search?q=chaos",
    "/api/games/best-sellers",
    "/api/games/new-in-catalog",
    "/api/games/autocomplete?q=chaos&limit=20",
    "/api/games/{id}/similar",
    "/api/games/collections",
    "/catalogue?search=chaos&sort=price-desc",
];

/// They run until stopped.
pub(super) struct Readers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<Seen>>,
}

/// Ids and slugs of the games.
pub(super) type Names = Arc<Vec<(String, String)>>;

impl Readers {
    pub(super) fn start(stage: &Stage, names: &Names, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let mut tasks = Vec::new();
        for (node, process) in stage.nodes.iter().enumerate() {
            let place = Place {
                url: Arc::clone(&process.url),
                node,
                client: http(),
            };
            for reader in 0..READERS {
                let state = mix(seed ^ (node as u64 * 100 + reader));
                tasks.push(tokio::spawn(read(
                    place.clone(),
                    state,
                    Arc::clone(names),
                    stop.clone(),
                )));
            }
            tasks.push(tokio::spawn(crowd(place, stop.clone())));
        }
        Self { stop, tasks }
    }

    pub(super) async fn stop(self) -> Seen {
        self.stop.cancel();
        let mut all = Seen::default();
        for task in self.tasks {
            all.add(task.await.expect("a reader"));
        }
        all
    }
}

/// Where somebody reads.
#[derive(Clone)]
struct Place {
    url: Arc<Mutex<String>>,
    node: usize,
    client: reqwest::Client,
}

impl Place {
    async fn ask(&self, route: &'static str, path: &str, patience: Duration) -> Seen {
        let (node, mut seen) = (self.node, Seen::default());
        let url = format!("{}{path}", self.url.lock().expect("no panic"));
        let asked_at = now();
        let sent = self.client.get(url).timeout(patience).send().await;
        match sent {
            Ok(answer) if answer.status() == 200 => {
                if let Ok(text) = answer.text().await {
                    seen.answers += 1;
                    let mut note = |game, version, price_cents| {
                        seen.shown.push(Shown {
                            asked_at,
                            node,
                            route,
                            game,
                            version,
                            price_cents,
                        });
                    };
                    match serde_json::from_str::<Value>(&text) {
                        Ok(json) => in_json(&json, &mut note),
                        Err(_) => in_page(&text, &mut note),
                    }
                }
            }
            Ok(answer) if answer.status() == 503 => seen.unavailable.push(Unavailable { asked_at, node }),
            Ok(answer) => seen
                .wrong
                .push(format!("{} for {path} of node {node}", answer.status())),
            Err(_) => seen.silent += 1,
        }
        seen
    }
}

/// Asks for one thing after another.
async fn read(place: Place, mut state: u64, names: Names, stop: CancellationToken) -> Seen {
    let mut seen = Seen::default();
    while !stop.is_cancelled() {
        state = mix(state);
        let route = ROUTES[usize::try_from(state % ROUTES.len() as u64).unwrap_or_default()];
        let (id, slug) = &names[usize::try_from((state >> 32) % names.len() as u64).unwrap_or_default()];
        let path = route.replace("{id}", id).replace("{slug}", slug);
        seen.add(place.ask(route, &path, Duration::from_secs(5)).await);
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

/// Asks for the same list again and again, and does not wait for the answer before: whoever comes late finds a load that
/// runs, however long it runs.
async fn crowd(place: Place, stop: CancellationToken) -> Seen {
    let (mut seen, mut waiting) = (Seen::default(), JoinSet::new());
    while !stop.is_cancelled() {
        let place = place.clone();
        waiting.spawn(async move { place.ask(CROWDED, CROWDED, Duration::from_secs(15)).await });
        tokio::time::sleep(CROWD_PAUSE).await;
        while let Some(answered) = waiting.try_join_next() {
            seen.add(answered.expect("one of the crowd"));
        }
    }
    while let Some(answered) = waiting.join_next().await {
        seen.add(answered.expect("one of the crowd"));
    }
    seen
}

/// What a node lists: asked once, when all is well.
pub(super) async fn names(stage: &Stage) -> Names {
    let url = stage.nodes[0].url.lock().expect("no panic").clone();
    let answer = http()
        .get(format!("{url}/api/games?pageSize=100&inStockOnly=false"))
        .send()
        .await;
    let text = answer.expect("an answer").text().await.expect("a text");
    let list: Value = serde_json::from_str(&text).expect("a list");
    let games = list["data"]["data"].as_array().expect("games").iter();
    let text = |game: &Value, field: &str| game[field].as_str().expect("a text").to_owned();
    Arc::new(games.map(|game| (text(game, "id"), text(game, "slug"))).collect())
}

/// Each game somewhere in an answer for programs.
pub(super) fn in_json(json: &Value, note: &mut impl FnMut(u32, u32, Option<i64>)) {
    match json {
        Value::Object(fields) => {
            if let Some((game, version)) = fields.get("title").and_then(Value::as_str).and_then(read_title) {
                let price = fields.get("price").map(|price| cents(&price.to_string()));
                note(game, version, price);
            }
            fields.values().for_each(|value| in_json(value, note));
        }
        Value::Array(values) => values.iter().for_each(|value| in_json(value, note)),
        _ => {}
    }
}

/// Each game somewhere on a page; its price, if it stands after its title and before the next one.
fn in_page(page: &str, note: &mut impl FnMut(u32, u32, Option<i64>)) {
    let starts: Vec<usize> = page.match_indices("Chaos ").map(|(at, _)| at).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(page.len());
        let text = &page[*start..end];
        let Some((game, version)) = read_title(text) else {
            continue;
        };
        let price = text.split_once("price\">€").and_then(|(_, after)| {
            let (euros, after) = after.split_once("<span class=\"cents\">.")?;
            Some(cents(&format!("{euros}.{}", after.get(..2)?)))
        });
        note(game, version, price);
    }
}

/// Cents of a number with at most two decimals.
fn cents(number: &str) -> i64 {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}{fraction:0<2}").parse().expect("a price")
}

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "compared with the database's own clock, which no test sets"
)]
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
