//! Readers: request every route that shows a game, on every node, without pause.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::history::read_title;
use super::looks::{Look, looks};
use super::mix;
use super::stage::Stage;
use crate::program::http;

/// Readers of each node.
const READERS: u64 = 3;
/// The pause between two requests of a reader, for the other processes on the machine.
const PAUSE: Duration = Duration::from_millis(3);

/// The list that the crowd requests; it contains every game.
const CROWDED: &str = "/api/games?search=chaos&pageSize=100";
/// The pause between two requests of a crowd.
const CROWD_PAUSE: Duration = Duration::from_millis(250);

/// A game in a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// In microseconds of Unix time, read before the request was sent.
    pub(super) asked_at: i64,
    pub(super) node: usize,
    pub(super) route: &'static str,
    pub(super) look: Look,
}

/// A 404 for a game.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing {
    /// In microseconds of Unix time, read before the request was sent.
    pub(super) asked_at: i64,
    /// The same, when the response had arrived.
    pub(super) answered_at: i64,
    pub(super) node: usize,
    pub(super) route: &'static str,
    pub(super) game: u32,
}

/// A request that a node answered with 503.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unavailable {
    /// In microseconds of Unix time.
    pub(super) asked_at: i64,
    pub(super) node: usize,
}

/// The results of all readers.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) shown: Vec<Shown>,
    pub(super) missing: Vec<Missing>,
    pub(super) answers: u64,
    /// Responses with 503: the node cannot reach its database.
    pub(super) unavailable: Vec<Unavailable>,
    /// Requests without a response: the node is dead or stopped.
    pub(super) silent: u64,
    /// Violations found by a single response: another status, a cart whose owner knows its content.
    pub(super) wrong: Vec<String>,
    /// Customers who registered.
    pub(super) accounts: u64,
    /// An operator's confirmed invalidations.
    pub(super) operations: u64,
    /// Confirmed changes of carts and wishlists.
    pub(super) list_writes: u64,
    /// The ages of carts and wishlists that another node had changed: in microseconds.
    pub(super) list_ages: Vec<i64>,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.shown.extend(other.shown);
        self.missing.extend(other.missing);
        self.answers += other.answers;
        self.unavailable.extend(other.unavailable);
        self.silent += other.silent;
        self.wrong.extend(other.wrong);
        self.accounts += other.accounts;
        self.list_writes += other.list_writes;
        self.list_ages.extend(other.list_ages);
        self.operations += other.operations;
    }

    /// Records each game in the text of a response.
    pub(super) fn note(&mut self, (asked_at, node, route): (i64, usize, &'static str), text: &str) {
        self.answers += 1;
        self.shown.extend(looks(text).into_iter().map(|look| Shown {
            asked_at,
            node,
            route,
            look,
        }));
    }
}

/// Everything that is cached. `{id}` and `{slug}` are one game's, `{genre}` is one of its genres. Some routes show no
/// game and must be answered all the same; routes that are listed twice are requested more often.
const ROUTES: [&str; 25] = [
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
    "/api/games/new",
    "/api/games/preorders",
    "/api/games/by-genre/{genre}",
    "/api/games/filter-options",
    "/api/games/genres",
    "/api/games/platforms",
    "/sitemap.xml",
    "/sitemap/lists.xml",
    "/sitemap/games-1.xml",
    "/api/games?search=chaos&pageSize=100&inStockOnly=false",
];

/// They run until stopped.
pub(super) struct Readers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<Seen>>,
}

/// The shop's names for a game.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) game: u32,
    pub(super) id: String,
    slug: String,
}

/// The shop's names for its games.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) games: Vec<Name>,
    genres: Vec<String>,
}

impl Readers {
    pub(super) fn start(stage: &Stage, seed: u64) -> Self {
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
                    Arc::clone(&stage.names),
                    stop.clone(),
                )));
            }
            tasks.push(tokio::spawn(crowd(place, stop.clone())));
        }
        Self { stop, tasks }
    }

    pub(super) async fn stop(self, all: &mut Seen) {
        self.stop.cancel();
        for task in self.tasks {
            all.add(task.await.expect("a reader"));
        }
    }
}

/// The node that a reader uses.
#[derive(Clone)]
struct Place {
    url: Arc<Mutex<String>>,
    node: usize,
    client: reqwest::Client,
}

impl Place {
    /// Requests a path of `route`, which is only about `game` if one is given.
    async fn ask(&self, (route, game): (&'static str, Option<u32>), path: &str, patience: Duration) -> Seen {
        let (node, mut seen) = (self.node, Seen::default());
        let url = format!("{}{path}", self.url.lock().expect("no panic"));
        let asked_at = now();
        let sent = self.client.get(url).timeout(patience).send().await;
        match sent.map(|answer| (answer.status().as_u16(), game, answer)) {
            Ok((200, _, answer)) => {
                if let Ok(text) = answer.text().await {
                    seen.note((asked_at, node, route), &text);
                }
            }
            Ok((404, Some(game), _)) => seen.missing.push(Missing {
                asked_at,
                answered_at: now(),
                node,
                route,
                game,
            }),
            Ok((503, ..)) => seen.unavailable.push(Unavailable { asked_at, node }),
            Ok((status, ..)) => seen.wrong.push(format!("{status} for {path} of node {node}")),
            Err(_) => seen.silent += 1,
        }
        seen
    }
}

/// Requests one thing after another.
async fn read(place: Place, mut state: u64, names: Arc<Names>, stop: CancellationToken) -> Seen {
    let mut seen = Seen::default();
    while !stop.is_cancelled() {
        state = mix(state);
        let route = ROUTES[usize::try_from(state % ROUTES.len() as u64).unwrap_or_default()];
        let name = chosen(&names.games, state >> 32);
        let genre = chosen(&names.genres, state >> 40);
        let path = route.replace("{id}", &name.id).replace("{slug}", &name.slug);
        let game = (path != route).then_some(name.game);
        let path = path.replace("{genre}", genre);
        seen.add(place.ask((route, game), &path, Duration::from_secs(5)).await);
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

/// Requests the same list again and again without waiting for the previous response: later requests join a running
/// load, however long it runs.
async fn crowd(place: Place, stop: CancellationToken) -> Seen {
    let (mut seen, mut waiting) = (Seen::default(), JoinSet::new());
    while !stop.is_cancelled() {
        let place = place.clone();
        waiting.spawn(async move { place.ask((CROWDED, None), CROWDED, Duration::from_secs(15)).await });
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

/// The element of `all` for a number.
pub(super) fn chosen<T>(all: &[T], number: u64) -> &T {
    &all[usize::try_from(number % all.len() as u64).unwrap_or_default()]
}

/// The games of the node at this address: read once, before any game is withdrawn.
pub(super) async fn names(url: &str) -> Names {
    let list = async |path: &str| {
        let answer = http().get(format!("{url}{path}")).send().await;
        let text = answer.expect("an answer").text().await.expect("a text");
        serde_json::from_str::<Value>(&text).expect("a list")
    };
    let text = |of: &Value, field: &str| of[field].as_str().expect("a text").to_owned();
    let games = list("/api/games?pageSize=100&inStockOnly=false").await;
    let games = games["data"]["data"]
        .as_array()
        .expect("games")
        .iter()
        .map(|game| Name {
            game: read_title(&text(game, "title")).expect("a version").0,
            id: text(game, "id"),
            slug: text(game, "slug"),
        });
    let genres = list("/api/games/genres").await;
    let genres = genres["data"].as_array().expect("genres").iter();
    Names {
        games: games.collect(),
        genres: genres.map(|genre| text(genre, "slug")).collect(),
    }
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
