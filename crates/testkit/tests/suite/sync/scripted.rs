//! A supplier whose pages the test itself writes, over a real connection, and a shop that is synced from it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache::Cache;
use domain::money::{BasisPoints, Cents};
use domain::sync::SyncReport;
use gateways::G2aSupplier;
use serde_json::{Value, json};
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::sync::SyncRules;
use services::{Error, Parts, Shop, ShopSupplier};
use storage::Db;
use storage::sync_runs::SyncRun;
use testkit::{CountedIds, Kind, SeededChance, SetClock, TestDatabase};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request for a page of the list. Prices in cents, times in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The number of the request, from 1.
    pub(super) number: u64,
    pub(super) page: usize,
    pub(super) id: Option<String>,
    pub(super) price_from: Option<i64>,
    pub(super) price_to: Option<i64>,
    pub(super) updated_from: Option<i64>,
    pub(super) updated_to: Option<i64>,
}

type Answer = dyn Fn(&Asked) -> String + Send + Sync;

/// A shop of such a supplier.
pub(super) struct ScriptedShop {
    _database: TestDatabase,
    pub(super) db: Db,
    pub(super) shop: Shop,
    requests: Arc<AtomicU64>,
}

impl ScriptedShop {
    /// A shop without games, of a supplier that answers as `answer` says until the test ends.
    pub(super) async fn open(kind: Kind, answer: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        let requests = Arc::new(AtomicU64::new(0));
        let url = serve(Arc::new(answer), Arc::clone(&requests)).await;
        let database = TestDatabase::migrated(kind).await;
        let db = database.open().await;
        let credentials = g2a::Credentials {
            client_id: "x".to_owned(),
            email: "x@example.org".to_owned(),
            client_secret: "x".to_owned(),
        };
        let settings = g2a::Settings::new(url.parse().unwrap(), credentials);
        let supplier = G2aSupplier::new(settings, Arc::new(g2a::LocalPace::per_minute(1_000_000))).unwrap();
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: Cache::none(),
            suppliers: vec![ShopSupplier::g2a(Some(Arc::new(supplier)), BasisPoints::new(200))],
            clock: Arc::new(SetClock::default()),
            ids: Arc::new(CountedIds::default()),
            chance: Arc::new(SeededChance::default()),
            secrets: testkit::world::secrets(),
            sync: SyncRules::default(),
            wallets: services::wallets::WalletRules::default(),
            orders: services::orders::OrderRules::default(),
            accounts: AccountRules::default(),
            mail: MailRules::default(),
            pictures: testkit::pictures::none(),
            public_url: testkit::shop::PUBLIC_URL.to_owned(),
        });
        Self {
            _database: database,
            db,
            shop,
            requests,
        }
    }

    /// Reads the whole list.
    pub(super) async fn sync(&self) -> Result<SyncReport, Error> {
        self.shop.sync().catalogue("a test", &|_| true).await
    }

    /// Requests that the supplier received since this was called last.
    pub(super) fn requests(&self) -> u64 {
        self.requests.swap(0, Ordering::Relaxed)
    }

    pub(super) async fn latest_run(&self) -> SyncRun {
        self.db.sync_runs().latest().await.unwrap().unwrap()
    }
}

/// The JSON of a page.
pub(super) fn page(total: impl Into<Value>, page: usize, docs: impl IntoIterator<Item = Value>) -> String {
    let docs: Vec<Value> = docs.into_iter().collect();
    json!({"total": total.into(), "page": page, "docs": docs}).to_string()
}

/// Product `n`, for sale.
pub(super) fn product(n: u64) -> Value {
    json!({"id": format!("{}", 10_000_000_000_000 + n), "name": format!("Game {n}"), "qty": 1, "minPrice": 9.99})
}

async fn serve(answer: Arc<Answer>, requests: Arc<AtomicU64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            tokio::spawn(talk(line, Arc::clone(&answer), Arc::clone(&requests)));
        }
    });
    url
}

async fn talk(line: TcpStream, answer: Arc<Answer>, requests: Arc<AtomicU64>) {
    let (read, mut write) = line.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut asked = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(path) = line.strip_prefix("GET ") {
            asked = path.split(' ').next().map(str::to_owned);
        }
        if line.is_empty() {
            let number = requests.fetch_add(1, Ordering::Relaxed) + 1;
            let body = answer(&read_query(asked.as_deref().unwrap_or_default(), number));
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            if write.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

fn read_query(path: &str, number: u64) -> Asked {
    let url: reqwest::Url = format!("http://x{path}").parse().unwrap();
    let pairs: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let price = |name: &str| pairs.get(name).map(|text| Cents::parse(text).unwrap().get());
    let time = |name: &str| pairs.get(name).map(|text| domain::query_partition::read(text).unwrap());
    Asked {
        number,
        page: pairs["page"].parse().unwrap(),
        id: pairs.get("id").cloned(),
        price_from: price("minPriceFrom"),
        price_to: price("minPriceTo"),
        updated_from: time("updatedAtFrom"),
        updated_to: time("updatedAtTo"),
    }
}
