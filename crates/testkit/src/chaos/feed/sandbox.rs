//! The first supplier: a G2A sandbox, which lies by its faults and in its products.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::history::{title, words};
use super::super::mix;
use super::super::readers::now;
use super::G2A;
use super::goods::{Good, euros, some};
use super::lies::{SANDBOX_LIES, SandboxLie as Lie, spoiled};
use super::syncs::{Ended, Syncs, Told, Turn, any_kind, shuffled, whole};
use super::world::{Word, World};

/// Products that change before each lie.
const CHANGES: usize = 3;
/// How long the supplier is away, while a sync runs.
const AWAY: Duration = Duration::from_millis(1_200);
/// How often a product changes while a sync runs.
const CHANGED_EVERY: Duration = Duration::from_millis(20);
/// The most requests of one sync of three pages, all repetitions included.
const REQUESTS_MAX: u64 = 600;

/// The sandbox and what it has.
pub(super) struct LyingSandbox {
    pub(super) url: String,
    pub(super) client: reqwest::Client,
    pub(super) goods: Vec<Good>,
    pub(super) world: Arc<Mutex<World>>,
    pub(super) syncs: Syncs,
}

impl LyingSandbox {
    /// Tells one lie after the other, with syncs during and after each.
    pub(super) async fn lie(&mut self, turn: &Turn) -> Told {
        let mut told = Told::default();
        let mut state = mix(turn.seed ^ 0x62);
        for round in 0.. {
            for lie in shuffled(&SANDBOX_LIES, turn.seed.wrapping_add(round)) {
                if turn.is_over(round, &told) {
                    return told;
                }
                state = mix(state);
                let (begun, from) = (Instant::now(), now());
                let syncs = Box::pin(self.tell(lie, state, &mut told)).await;
                if matches!(lie, Lie::ShiftedPages | Lie::RepeatedPages) {
                    self.world.lock().expect("no panic").note_unsteady(G2A, from, now());
                }
                told.lies += 1;
                (turn.report)(&format!(
                    "{G2A}: {lie:?}: {syncs} ({:.1} s)",
                    begun.elapsed().as_secs_f64()
                ));
            }
            if Instant::now() > turn.until {
                break;
            }
        }
        told
    }

    /// One lie, and the syncs that hear it.
    async fn tell(&mut self, lie: Lie, state: u64, told: &mut Told) -> String {
        for at in some(CHANGES, self.goods.len(), state) {
            self.goods[at].drift(mix(state ^ at as u64));
            self.put(at).await;
        }
        let concerned = self.begin(lie, state).await;
        let products: Vec<String> = match concerned.is_empty() {
            true => some(4, self.goods.len(), state).into_iter(),
            false => concerned.clone().into_iter().take(4).collect::<Vec<_>>().into_iter(),
        }
        .map(|at| self.goods[at].product.clone())
        .collect();
        let reads_all = !matches!(lie, Lie::Honest | Lie::ChangesWhileRead);
        let first = if reads_all {
            whole(state)
        } else {
            any_kind(state, &products)
        };
        let (syncs, before) = (self.syncs.clone(), self.requests().await);
        let ended = self.while_syncing(lie, syncs.run(&first)).await;
        let requests = self.requests().await - before;
        if requests > REQUESTS_MAX {
            told.wrong
                .push(format!("a sync {first:?} sent {requests} requests while: {lie:?}"));
        }
        told.note(&ended, &format!("{lie:?}"));
        // The same lie again, to another kind of sync: what one has parked the next must not take for settled.
        let again = syncs.run(&any_kind(state, &products)).await;
        told.note(&again, &format!("{lie:?}"));
        if let Some(accepted) = syncs.accept(&again, state).await {
            told.note(&accepted, "an operator accepts");
        }
        self.end(&concerned).await;
        let after = syncs.run(&any_kind(mix(state), &products)).await;
        told.note(&after, "honest again");
        format!("{}, {}, then {}", ended.said(), again.said(), after.said())
    }

    /// Waits for a sync, while things change or come back.
    async fn while_syncing(&mut self, lie: Lie, sync: impl Future<Output = Ended>) -> Ended {
        tokio::pin!(sync);
        let goes_away = matches!(
            lie,
            Lie::Malformed | Lie::Truncated | Lie::Outage | Lie::HangsUp | Lie::TooManyRequests | Lie::ServerErrors
        );
        let back_at = Instant::now() + AWAY;
        let (mut is_away, mut at) = (goes_away, 0);
        loop {
            tokio::select! {
                ended = &mut sync => return ended,
                () = sleep(CHANGED_EVERY) => {}
            }
            if is_away && Instant::now() > back_at {
                self.faults(&json!({})).await;
                is_away = false;
            }
            if lie == Lie::ChangesWhileRead {
                at = (at + 7) % self.goods.len();
                self.goods[at].drift(mix(u64::try_from(now()).unwrap_or_default()));
                self.put(at).await;
            }
        }
    }

    /// Begins to lie; returns the products whose own values it changed.
    async fn begin(&mut self, lie: Lie, state: u64) -> Vec<usize> {
        let all = self.goods.len();
        let chosen = |count| some(count, all, mix(state ^ 9));
        let faults = match lie {
            Lie::Honest | Lie::ChangesWhileRead => return Vec::new(),
            Lie::UnreadablePrices => return self.spoil(chosen(5), 0).await,
            Lie::UnreadableStock => return self.spoil(chosen(5), 5).await,
            Lie::FreeAndSoldOut => return self.spoil(chosen(3), 9).await,
            Lie::MostUnreadable => return self.spoil(chosen(30), 0).await,
            Lie::AFewGone => return self.remove(chosen(3)).await,
            Lie::ManyGone => return self.remove(chosen(18)).await,
            Lie::EmptyList => {
                self.lie_about_all(&json!({"emptyList": true}), |_| Word::Gone).await;
                return Vec::new();
            }
            Lie::PricesAtATenth => {
                let tenth = |good: &Good| Word::Offered {
                    cost: good.cost / 10,
                    qty: good.qty,
                };
                self.lie_about_all(&json!({"pricesTenth": true}), tenth).await;
                return Vec::new();
            }
            Lie::NamedTwice => json!({"duplicateInList": true}),
            Lie::TotalIgnoresFilters => json!({"totalIgnoresFilters": true}),
            Lie::ShiftedPages => json!({"shiftPages": {"probability": 0.5}}),
            Lie::RepeatedPages => json!({"repeatPage": {"probability": 0.4}}),
            Lie::Malformed => json!({"malformed": {"probability": 0.6}}),
            Lie::Truncated => json!({"truncate": {"probability": 0.6}}),
            Lie::Outage => json!({"outage": true}),
            Lie::HangsUp => json!({"dropBefore": {"probability": 0.4}, "dropAfter": {"probability": 0.4}}),
            Lie::TooManyRequests => json!({"rateLimit": {"probability": 0.6}}),
            Lie::ServerErrors => json!({"status": {"status": 500, "probability": 0.7}}),
        };
        self.faults(&faults).await;
        Vec::new()
    }

    /// Stops to lie.
    async fn end(&mut self, concerned: &[usize]) {
        let began = now();
        self.faults(&json!({})).await;
        let until = now();
        for good in &self.goods {
            self.note(good, good.word(), (began, until));
        }
        for at in concerned {
            let good = &mut self.goods[*at];
            (good.spoiled, good.is_gone) = (None, false);
            self.put(*at).await;
        }
    }

    async fn spoil(&mut self, chosen: Vec<usize>, from: usize) -> Vec<usize> {
        for (number, at) in chosen.iter().enumerate() {
            self.goods[*at].spoiled = Some(from + number);
            self.put(*at).await;
        }
        chosen
    }

    async fn remove(&mut self, chosen: Vec<usize>) -> Vec<usize> {
        for at in &chosen {
            self.goods[*at].is_gone = true;
            self.put(*at).await;
        }
        chosen
    }

    async fn lie_about_all(&mut self, faults: &Value, word: impl Fn(&Good) -> Word) {
        let began = now();
        self.faults(faults).await;
        let until = now();
        for good in &self.goods {
            self.note(good, word(good), (began, until));
        }
    }

    /// Brings one product to the sandbox as it is.
    pub(super) async fn put(&mut self, at: usize) {
        let good = &self.goods[at];
        // Service and region stand in the name alone, as in the wholesaler's list.
        let mut raw = json!({"description": words(good.game, 1), "platform": "", "region": ""});
        if let (Some(number), Some(raw)) = (good.spoiled, raw.as_object_mut()) {
            raw.extend(spoiled(number).as_object().cloned().unwrap_or_default());
        }
        let price: Value = serde_json::from_str(euros(good.cost).trim_start_matches('0')).expect("a number");
        let change = json!({
            "name": format!("{} Steam Key GLOBAL", title(good.game, 1)),
            "minPrice": price,
            "qty": good.qty,
            "raw": raw,
            "gone": good.is_gone,
        });
        let path = format!("products/{}", good.product);
        let began = now();
        self.control(Method::PATCH, &path, &change).await;
        let good = &self.goods[at];
        self.note(good, good.word(), (began, now()));
    }

    fn note(&self, good: &Good, word: Word, when: (i64, i64)) {
        let named = (G2A, good.product.clone());
        self.world.lock().expect("no panic").say(named, word, when);
    }

    async fn faults(&self, faults: &Value) {
        self.control(Method::PUT, "faults", faults).await;
    }

    /// The requests that it has received.
    async fn requests(&self) -> u64 {
        let ledger = self.control(Method::GET, "ledger", &Value::Null).await;
        ledger["arrivals"].as_u64().expect("a number")
    }

    /// Its own state, as it would tell anybody now: price and copies of a product.
    pub(super) async fn state(&self, product: &str) -> Value {
        self.control(Method::GET, &format!("products/{product}"), &Value::Null)
            .await
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let mut request = self.client.request(method, format!("{}/_sandbox/{path}", self.url));
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a text"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}
