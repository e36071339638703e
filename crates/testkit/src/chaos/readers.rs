//! Whoever reads: every route that shows a game, on every node, without pause.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::history::read_title;
use super::mix;
use super::stage::Stage;
use crate::program::http;

/// Readers of each node.
const READERS: u64 = 3;
/// Between two questions of a reader: the machine has other work too.
const PAUSE: Duration = Duration::from_millis(3);

/// What somebody was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// In microseconds of Unix time, read before the question was sent.
    pub(super) asked_at: i64,
    pub(super) node: usize,
    /// Of [`ROUTES`].
    pub(super) route: usize,
    pub(super) game: u32,
    pub(super) version: u32,
    pub(super) price_cents: Option<i64>,
}

/// What all readers saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) shown: Vec<Shown>,
    pub(super) answers: u64,
    /// 503: the node says that it does not know.
    pub(super) unavailable: u64,
    /// Nobody answered: the node is dead or paused.
    pub(super) silent: u64,
    /// Any other answer, with its route.
    pub(super) wrong: Vec<String>,
}

/// Where games are shown. `{id}` and `{slug}` are one game's.
pub(super) const ROUTES: [&str; 15] = [
    "/api/games/{id}",
    "/game/{slug}",
    "/api/games/{id}",
    "/api/games/slug/{slug}",
    "/api/games?search=chaos&pageSize=100",
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

/// Ids and slugs of the games: those that a node lists.
type Names = Arc<Vec<(String, String)>>;

impl Readers {
    pub(super) fn start(stage: &Stage, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let names = Arc::new(Mutex::new(None::<Names>));
        let mut tasks = Vec::new();
        for (node, process) in stage.nodes.iter().enumerate() {
            for reader in 0..READERS {
                let (url, stop, names) = (Arc::clone(&process.url), stop.clone(), Arc::clone(&names));
                let state = mix(seed ^ (node as u64 * 100 + reader));
                tasks.push(tokio::spawn(
                    async move { read(&url, node, state, &names, &stop).await },
                ));
            }
        }
        Self { stop, tasks }
    }

    pub(super) async fn stop(self) -> Seen {
        self.stop.cancel();
        let mut all = Seen::default();
        for task in self.tasks {
            let seen = task.await.expect("a reader");
            all.shown.extend(seen.shown);
            all.answers += seen.answers;
            all.unavailable += seen.unavailable;
            all.silent += seen.silent;
            all.wrong.extend(seen.wrong);
        }
        all
    }
}

async fn read(
    url: &Mutex<String>,
    node: usize,
    mut state: u64,
    names: &Mutex<Option<Names>>,
    stop: &CancellationToken,
) -> Seen {
    let (client, mut seen) = (http(), Seen::default());
    let here = || url.lock().expect("no panic").clone();
    let names = names_of(&client, &here(), names).await;
    while !stop.is_cancelled() {
        state = mix(state);
        let route = usize::try_from(state % ROUTES.len() as u64).unwrap_or_default();
        let (id, slug) = &names[usize::try_from((state >> 32) % names.len() as u64).unwrap_or_default()];
        let path = ROUTES[route].replace("{id}", id).replace("{slug}", slug);
        let asked_at = now();
        let sent = client
            .get(format!("{}{path}", here()))
            .timeout(Duration::from_secs(5))
            .send()
            .await;
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
            Ok(answer) if answer.status() == 503 => seen.unavailable += 1,
            Ok(answer) => seen
                .wrong
                .push(format!("{} for {path} of node {node}", answer.status())),
            Err(_) => seen.silent += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

/// Asked once, of whichever node is asked first.
async fn names_of(client: &reqwest::Client, url: &str, known: &Mutex<Option<Names>>) -> Names {
    if let Some(names) = &*known.lock().expect("no panic") {
        return Arc::clone(names);
    }
    let answer = client
        .get(format!("{url}/api/games?pageSize=100&inStockOnly=false"))
        .send()
        .await;
    let text = answer.expect("an answer").text().await.expect("a text");
    let list: Value = serde_json::from_str(&text).expect("a list");
    let games = list["data"]["data"].as_array().expect("games").iter();
    let text = |game: &Value, field: &str| game[field].as_str().expect("a text").to_owned();
    let names: Names = Arc::new(games.map(|game| (text(game, "id"), text(game, "slug"))).collect());
    *known.lock().expect("no panic") = Some(Arc::clone(&names));
    names
}

/// Each game somewhere in an answer for programs.
fn in_json(json: &Value, note: &mut impl FnMut(u32, u32, Option<i64>)) {
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
fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
