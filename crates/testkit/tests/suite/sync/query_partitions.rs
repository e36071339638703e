//! Lists that one query cannot show: cut by price, then by time, and told when they cannot be cut.

use std::sync::Arc;

use cache::Cache;
use domain::money::BasisPoints;
use gateways::G2aSupplier;
use serde_json::json;
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::sync::SyncRules;
use services::{Parts, Shop, ShopSupplier};
use storage::Db;
use testkit::{Caching, CountedIds, Kind, SeededChance, SetClock, TestDatabase, TestShop, on_both_databases};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::games;

/// A supplier whose products all cost the same: so many with a time of change, spread over a year or within one second,
/// and so many without.
#[derive(Clone, Copy)]
struct OnePrice {
    dated: u64,
    in_one_second: bool,
    undated: u64,
}

impl OnePrice {
    /// Serves until the test ends; returns the address of the API.
    async fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(self.talk(line));
            }
        });
        url
    }

    async fn talk(self, line: TcpStream) {
        let (read, mut write) = line.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut asked = None;
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(path) = line.strip_prefix("GET ") {
                asked = path.split(' ').next().map(str::to_owned);
            }
            if line.is_empty() {
                let body = self.answer(asked.as_deref().unwrap_or_default());
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

    /// The page of the list that `path` asks for.
    fn answer(self, path: &str) -> String {
        let url: reqwest::Url = format!("http://x{path}").parse().unwrap();
        let pairs: std::collections::HashMap<String, String> = url.query_pairs().into_owned().collect();
        let price = |name: &str| pairs.get(name).map(|text| text.parse::<f64>().unwrap());
        let time = |name: &str| pairs.get(name).map(|text| domain::query_partition::read(text).unwrap());
        let priced =
            price("minPriceFrom").is_none_or(|from| from <= 9.99) && price("minPriceTo").is_none_or(|to| to >= 9.99);
        let (from, to) = (time("updatedAtFrom"), time("updatedAtTo"));
        let updated = |n: u64| {
            (n < self.dated).then(|| {
                1_760_000_000
                    + if self.in_one_second {
                        0
                    } else {
                        i64::try_from(n).unwrap() * 3_000
                    }
            })
        };
        let shown = |n: &u64| {
            let timed = |at: i64| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
            priced && updated(*n).map_or(from.is_none() && to.is_none(), timed)
        };
        let found: Vec<u64> = (0..self.dated + self.undated).filter(shown).collect();
        let page: usize = pairs["page"].parse().unwrap();
        let docs: Vec<_> = found.iter().skip((page - 1) * 20).take(20).map(|n| {
            json!({"id": format!("{}", 10_000_000_000_000 + n), "name": format!("Game {n}"), "qty": 1, "minPrice": 9.99,
                   "updated_at": updated(*n).map(domain::query_partition::written).unwrap_or_default()})
        }).collect();
        json!({"total": found.len(), "page": page, "docs": docs}).to_string()
    }
}

/// A shop of that supplier after its first sync, and that sync's report.
async fn synced_from(kind: testkit::Kind, supplier: OnePrice) -> (TestDatabase, Db, domain::sync::SyncReport) {
    let database = TestDatabase::migrated(kind).await;
    let db = database.open().await;
    let credentials = g2a::Credentials {
        client_id: "x".to_owned(),
        email: "x@example.org".to_owned(),
        client_secret: "x".to_owned(),
    };
    let settings = g2a::Settings::new(supplier.serve().await.parse().unwrap(), credentials);
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
        accounts: AccountRules::default(),
        mail: MailRules::default(),
        pictures: testkit::pictures::none(),
        public_url: testkit::shop::PUBLIC_URL.to_owned(),
    });
    let report = shop.sync().catalogue("a test", &|_| true).await.unwrap();
    (database, db, report)
}

async fn outcome(db: &Db) -> String {
    db.sync_runs().latest().await.unwrap().unwrap().outcome.unwrap()
}

async fn shop_of(kind: testkit::Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

#[on_both_databases]
async fn a_list_above_ten_thousand_is_read_in_slices(kind: Kind) {
    let shop = shop_of(kind, 21_000).await;
    let report = shop.sync().await;
    assert_eq!((report.added, report.error_count), (21_000, 0), "{report:?}");
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(
        (run.outcome.as_deref(), run.progress.read, run.progress.total),
        (Some("complete"), 21_000, 21_000)
    );
    assert_eq!(
        shop.db.catalog().highest_number().await.unwrap(),
        21_000,
        "numbers are dense"
    );
    let asked = shop.supplier("/_sandbox/ledger").await["requests"]["/v1/products"]
        .as_u64()
        .unwrap();
    assert!(asked <= 1_050 * 103 / 100, "{asked} requests for 1050 pages");
    // A second crawl sees what is there, and one that is gone.
    let gone = games(&shop).await.into_keys().nth(15_000).unwrap();
    shop.change_product(&gone, &json!({"gone": true})).await;
    let report = shop.sync().await;
    assert_eq!((report.added, report.updated, report.removed), (0, 0, 1), "{report:?}");
}

#[on_both_databases]
async fn one_price_that_holds_too_many_is_cut_by_time(kind: Kind) {
    let (_database, db, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: false,
            undated: 0,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_500, 0), "{report:?}");
    assert_eq!(outcome(&db).await, "complete");
}

#[on_both_databases]
async fn products_without_a_time_in_such_a_price_make_it_incomplete_and_it_says_so(kind: Kind) {
    let (_database, db, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: false,
            undated: 40,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_500, 1), "{report:?}");
    let reason = &report.errors[0].reason;
    assert!(
        reason.contains("9.99") && reason.contains("40 of 10540") && reason.contains("no time of change"),
        "{reason}"
    );
    assert_eq!(outcome(&db).await, "incomplete");
}

#[on_both_databases]
async fn what_cannot_be_cut_is_read_as_far_as_it_is_shown_and_told(kind: Kind) {
    let (_database, db, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: true,
            undated: 0,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_000, 1), "{report:?}");
    assert!(
        report.errors[0].reason.contains("one price and one second hold 10500"),
        "{report:?}"
    );
    assert_eq!(outcome(&db).await, "incomplete");
}
