//! One process of a shop, as far as a test can tell: a shop with caches of its own, on a shared database.

use std::sync::atomic::AtomicU64;
#[cfg(latchkey_chaos)]
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache::redis::{Origin, Settings};
use cache::{Cache, RedisState};
use domain::clock::Clock;
use domain::money::BasisPoints;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::{Client, Response};
use serde_json::Value;
use services::mails::MailRules;
use services::sync::SyncRules;
use services::{Parts, Shop, ShopSupplier};
use storage::{Db, Options};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::filling::Beginning;
use crate::patience::soon;
use crate::program::plain_http;
use crate::redis::Redis;
use crate::shop::{Caching, PUBLIC_URL, Rules};
use crate::{CountedIds, Kind, PictureFolder, SeededChance, TestShop, pictures, world};

/// A further node of a [`TestShop`]: without a supplier, and notified of the first one's commits like a process.
pub struct Node {
    /// The shop.
    pub shop: Shop,
    /// Its database, by a handle of its own.
    pub db: Db,
    /// The statements that it has sent, without the pulse's.
    pub statements: Arc<AtomicU64>,
    /// Its cache.
    pub cache: Cache,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    client: Client,
    _stop: DropGuard,
    _pictures: PictureFolder,
}

impl TestShop {
    /// A shop with a Redis of the test's own, after its first sync.
    ///
    /// # Panics
    ///
    /// When it cannot be built: then no test can run.
    pub async fn before(kind: Kind, redis: &Redis) -> Self {
        Box::pin(Self::before_as(kind, on(redis))).await
    }

    /// The same with these settings.
    ///
    /// # Panics
    ///
    /// When it cannot be built: then no test can run.
    pub async fn before_as(kind: Kind, redis: Settings) -> Self {
        let caching = (Caching::Redis, Some(redis));
        let supplier = g2a_sandbox::Settings::default();
        let rules = Rules {
            sync: SyncRules::default(),
            ..Rules::default()
        };
        Box::pin(Self::assembled(Beginning::filled(kind).await, caching, supplier, rules)).await
    }

    /// Another node on this shop's database, and on its Redis if it has one.
    ///
    /// # Panics
    /// When it cannot be built: then no test can run.
    pub async fn second_node(&self) -> Node {
        self.node_at(&self.database.url).await
    }

    /// The same with another address of the database.
    ///
    /// # Panics
    ///
    /// When it cannot be built: then no test can run.
    pub async fn node_at(&self, database: &str) -> Node {
        let folder = PictureFolder::new();
        let (db, statements) = counted(database).await;
        let cache = cache(self.redis.clone()).await;
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: cache.clone(),
            suppliers: vec![ShopSupplier::g2a(None, BasisPoints::new(200))],
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            ids: Arc::new(CountedIds::default()),
            chance: Arc::new(SeededChance::default()),
            secrets: world::secrets(),
            sync: SyncRules::default(),
            accounts: world::account_rules(),
            wallets: services::wallets::WalletRules::default(),
            orders: services::orders::OrderRules::default(),
            mail: MailRules::default(),
            pictures: pictures::from_supplier(&folder, &self.sandbox.url()),
            public_url: PUBLIC_URL.to_owned(),
        });
        let (url, stop) = serve(&shop).await;
        Node {
            shop,
            db,
            statements,
            cache,
            url,
            client: plain_http().build().expect("a client"),
            _stop: stop,
            _pictures: folder,
        }
    }
}

impl Node {
    /// Asks it for a path.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Response {
        let sent = self.client.get(format!("{}{path}", self.url)).send();
        sent.await.expect("an answer")
    }

    /// Asks it for a path and reads the JSON of its answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn json(&self, path: &str) -> Value {
        read(self.get(path).await).await
    }
}

/// Settings for a Redis, with a unique prefix. A busy machine may take longer to answer than a shop waits, and then a
/// value is missing where a test expects it: so the time limit is longer.
#[must_use]
pub fn on(redis: &Redis) -> Settings {
    Settings {
        url: redis.url(),
        prefix: Redis::own_prefix(),
        answer_within: Duration::from_secs(5),
    }
}

/// The same with a shop's own time limit, for tests of a Redis that does not answer.
#[must_use]
pub fn in_haste_on(redis: &Redis) -> Settings {
    Settings {
        answer_within: cache::redis::ANSWER_WITHIN,
        ..on(redis)
    }
}

/// Which values in Redis every test's shop uses.
#[must_use]
pub fn origin() -> Origin {
    Origin {
        mac_key: world::secrets().cache_key,
        render_version: 1,
    }
}

/// A cache in memory, with this Redis behind it if there is one; waits until it is in use.
///
/// # Panics
/// When it cannot be built.
pub async fn cache(redis: Option<Settings>) -> Cache {
    const BYTES_MAX: u64 = 64 * 1024 * 1024;
    let Some(settings) = redis else {
        return Cache::in_memory(BYTES_MAX);
    };
    let cache = Cache::before_redis(BYTES_MAX, settings, &origin()).expect("an address");
    // A test of an outage begins with a Redis that is in use.
    soon("Redis is in use", async || cache.redis() == Some(RedisState::InUse)).await;
    cache
}

/// A handle on the database at this address that counts its statements; in a benchmark it counts none.
pub(crate) async fn counted(database: &str) -> (Db, Arc<AtomicU64>) {
    let opened = Db::open(database, Options::default()).await;
    let db = opened.expect("the test's database opens");
    let statements = Arc::new(AtomicU64::new(0));
    #[cfg(latchkey_chaos)]
    let db = {
        let (mut db, counter) = (db, Arc::clone(&statements));
        db.on_statement_for_test(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        db
    };
    (db, statements)
}

/// Serves `shop` on a free port, with its pulse, until the guard is dropped.
pub(crate) async fn serve(shop: &Shop) -> (String, DropGuard) {
    let (url, stop) = serve_as(shop, |site| site).await;
    let (pulse, stopped) = (shop.clone(), stop.clone());
    tokio::spawn(async move { pulse.caches().keep_in_step(stopped).await });
    (url, stop.drop_guard())
}

/// Serves `shop` on a free port, with the usual site changed by `change`. Another instance runs its pulse.
pub(crate) async fn serve_as(
    shop: &Shop,
    change: impl FnOnce(web_kit::Site) -> web_kit::Site,
) -> (String, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let site = change(web_kit::Site {
        public_url: url.clone(),
        demo: false,
        metrics: metrics(),
        metrics_readers: web_kit::MetricsReaders::Loopback,
        node: "a test's node".to_owned(),
        version: "test",
        requests_in_flight_max: 1_024,
        changes_per_minute: None,
        reads_per_minute: None,
        costly_reads_per_minute: None,
        // As the program's default: a test that sends X-Forwarded-For is a proxy on this machine.
        trusted_proxies: vec!["127.0.0.1/32".parse().expect("a network")],
        allowed_origins: Vec::new(),
    });
    let stop = CancellationToken::new();
    let connections = web::ConnectionLimits {
        in_all: 1_024,
        per_address: None,
    };
    tokio::spawn(web::serve(listener, shop.clone(), site, connections, stop.clone()));
    (url, stop)
}

/// The metrics of all shops of this process.
fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let made = HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Another recorder exists only if a test installed it: then the metrics are that test's.
        let _ignored = metrics::set_global_recorder(recorder);
        handle
    });
    made.clone()
}

pub(crate) async fn read(answer: Response) -> Value {
    let text = answer.text().await.expect("a text");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
}
