//! Whoever reads: every route that shows a game, on every node, without pause.

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
    pub(super) look: Look,
}

/// A game of which a node said that there is none such.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing {
    /// In microseconds of Unix time, read before the question was sent.
    pub(super) asked_at: i64,
    /// The same, when the answer was there.
    pub(super) answered_at: i64,
    pub(super) node: usize,
    pub(super) route: &'static str,
    pub(super) game: u32,
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
    pub(super) missing: Vec<Missing>,
    pub(super) answers: u64,
    /// 503: the node says that it does not know.
    pub(super) unavailable: Vec<Unavailable>,
    /// Nobody answered: the node is dead or paused.
    pub(super) silent: u64,
    /// What broke a promise by itself, in words: another status, a cart that its owner knows better.
    pub(super) wrong: Vec<String>,
    /// Customers who made an account.
    pub(super) accounts: u64,
    /// What an operator did that was confirmed.
    pub(super) operations: u64,
    /// Changes of carts and wishlists that were confirmed.
    pub(super) list_writes: u64,
    /// How old those carts and wishlists were that another node had changed: in microseconds.
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

    /// Notes each game in the text of an answer.
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

/// What is kept for everybody. `{id}` and `{slug}` are one game's, `{genre}` is one of theirs. Some of it shows no game and
/// has to be answered all the same; what is asked more than once has the most to lose.
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

/// How the shop names a game.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) game: u32,
    pub(super) id: String,
    slug: String,
}

/// How the shop names what it sells.
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

/// Where somebody reads.
#[derive(Clone)]
struct Place {
    url: Arc<Mutex<String>>,
    node: usize,
    client: reqwest::Client,
}

impl Place {
    /// Asks for a path of `route`, which is about `game` alone if it is said.
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

/// Asks for one thing after another.
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

/// Asks for the same list again and again, and does not wait for the answer before: whoever comes late finds a load that
/// runs, however long it runs.
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

/// The one of `all` that a number stands for.
pub(super) fn chosen<T>(all: &[T], number: u64) -> &T {
    &all[usize::try_from(number % all.len() as u64).unwrap_or_default()]
}

/// What the node at this address lists: asked once, while no game is withdrawn.
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
