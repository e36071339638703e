//! Several suppliers: their products are offers of the same games, and the cheapest that is for sale is shown.

use std::sync::Arc;
use std::time::Duration;

use cache::Cache;
use domain::id::{GameId, ProductId, SupplierName};
use domain::money::{BasisPoints, Cents};
use domain::offer::{Offer, OfferedGame};
use domain::suppliers::{Fulfilment, SupplierTerms, Suppliers};
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use g2a_sandbox::Sandbox;
use gateways::{G2aSupplier, SharedSupplier};
use serde_json::{Value, json};
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::sync::SyncRules;
use services::{Parts, Shop, ShopSupplier};
use storage::Db;
use testkit::{CountedIds, Kind, SeededChance, SetClock, TestDatabase, on_both_databases, program};
use tokio::net::TcpListener;

/// A shop of two suppliers, which list the same products: `g2a` and `second`.
struct Two {
    shop: Shop,
    db: Db,
    clock: Arc<SetClock>,
    sandboxes: [Sandbox; 2],
    suppliers: Suppliers,
    _database: TestDatabase,
}

fn names() -> [SupplierName; 2] {
    ["g2a", "second"].map(|name| SupplierName::parse(name).unwrap())
}

async fn supplier() -> (Sandbox, SharedSupplier) {
    let settings = g2a_sandbox::Settings {
        rate_per_minute: 1_000_000,
        ..g2a_sandbox::Settings::default()
    };
    let credentials = g2a::Credentials {
        client_id: settings.client_id.clone(),
        email: settings.email.clone(),
        client_secret: settings.client_secret.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = g2a_sandbox::start(listener, settings).await.unwrap();
    let api = format!("{}/v1", sandbox.url()).parse().unwrap();
    let pace = Arc::new(g2a::LocalPace::per_minute(1_000_000));
    let source = G2aSupplier::new(g2a::Settings::new(api, credentials), pace).unwrap();
    (sandbox, Arc::new(source))
}

impl Two {
    async fn open(kind: Kind, fulfilment: Fulfilment) -> Self {
        let database = TestDatabase::migrated(kind).await;
        let (db, clock) = (database.open().await, Arc::new(SetClock::default()));
        let [(one, first), (two, second)] = [supplier().await, supplier().await];
        let terms = SupplierTerms {
            name: names()[1].clone(),
            rank: 2,
            fulfilment,
        };
        let markup = BasisPoints::new(200);
        let suppliers = vec![
            ShopSupplier::g2a(Some(first), markup),
            ShopSupplier {
                terms: terms.clone(),
                markup,
                source: Some(second),
            },
        ];
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: Cache::none(),
            suppliers,
            clock: clock.clone(),
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
        let shop = Self {
            shop,
            db,
            clock,
            sandboxes: [one, two],
            suppliers: [SupplierTerms::g2a(), terms].into_iter().collect(),
            _database: database,
        };
        // One product of each has no equal at the other.
        let renamed = ProductId::parse("10000000024005").unwrap();
        let change = json!({"name": "A Lonely Game Steam Key GLOBAL"});
        shop.change(1, &renamed, &change).await;
        shop
    }

    /// A sync of one of them; afterwards each game shows what it must.
    async fn sync(&self, of: usize, kind: SyncKind) -> SyncReport {
        self.clock.pass(Duration::from_secs(60));
        let order = SyncOrder {
            supplier: names()[of].clone(),
            ..kind.into()
        };
        let report = self.shop.sync().run(&order, "a test", &|_| true).await.unwrap();
        assert_eq!(report.error_count, 0, "{report:?}");
        let found = self.db.audit().invariants(&[], &self.suppliers).await.unwrap();
        let broken: Vec<_> = found.iter().filter(|one| one.breaches > 0).collect();
        assert!(broken.is_empty(), "{broken:?}");
        report
    }

    /// Changes a product at one of them.
    async fn change(&self, of: usize, product: &ProductId, change: &Value) {
        let url = format!("{}/_sandbox/products/{product}", self.sandboxes[of].url());
        let request = program::http().patch(url).header("content-type", "application/json");
        let answer = request.body(change.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{change}");
    }

    /// All visible games with their offers.
    async fn games(&self) -> Vec<OfferedGame> {
        let mut ids: Vec<GameId> = Vec::new();
        for name in names() {
            let highest = self.db.offers().highest_number(&name).await.unwrap();
            let numbers: Vec<i64> = (1..=highest).collect();
            let offers = self.db.offers().numbered(&name, &numbers).await.unwrap();
            ids.extend(offers.into_iter().map(|offer| offer.game));
        }
        ids.sort_unstable();
        ids.dedup();
        self.db.offers().offered(&ids).await.unwrap()
    }

    async fn game(&self, id: GameId) -> OfferedGame {
        self.db.offers().offered(&[id]).await.unwrap().remove(0)
    }

    /// A game that both sell, and their offers of it; the first is for sale.
    async fn common(&self) -> (OfferedGame, [Offer; 2]) {
        for held in self.games().await {
            let of = |name: &SupplierName| held.offers.iter().find(|offer| offer.supplier == *name).cloned();
            let [first, second] = names().map(|name| of(&name));
            if let (Some(first), Some(second)) = (first, second)
                && first.supplier_qty > 0
            {
                return (held, [first, second]);
            }
        }
        panic!("no game is sold by both");
    }
}

fn price(cents: i64) -> Cents {
    Cents::new(cents).marked_up(BasisPoints::new(200)).unwrap()
}

#[on_both_databases]
async fn the_cheapest_offer_for_sale_is_shown_and_the_first_supplier_leads(kind: Kind) {
    let shop = Two::open(kind, Fulfilment::ByHand).await;
    assert_eq!(shop.sync(0, SyncKind::Full).await.added, 93);
    assert_eq!(shop.sync(1, SyncKind::Full).await.added, 93);
    let games = shop.games().await;
    let common = games.iter().filter(|held| held.offers.len() == 2).count();
    assert!(
        common > 30 && games.len() == 2 * 93 - common,
        "{common} of {}",
        games.len()
    );
    assert!(
        games.iter().all(|held| held.offers.len() <= 2),
        "one offer of each supplier"
    );
    // The same again changes nothing, and nobody's offers are hidden by the other's crawl.
    for of in [0, 1] {
        assert_eq!(shop.sync(of, SyncKind::Full).await, SyncReport::default());
    }
    let (held, [first, second]) = shop.common().await;
    // Cheaper and renamed at the second: its price, the first one's title.
    let change = json!({"minPrice": 0.5, "qty": 7, "name": "Another Name Steam Key GLOBAL"});
    shop.change(1, &second.product, &change).await;
    assert_eq!(shop.sync(1, SyncKind::Full).await.updated, 1);
    let now = shop.game(held.game.id).await.game;
    assert_eq!((now.facts.price, now.facts.copies), (price(50), 7));
    assert_eq!((&now.facts.title, &now.slug), (&held.game.facts.title, &held.game.slug));
    // Sold out there: the first one's price again.
    shop.change(1, &second.product, &json!({"qty": 0})).await;
    assert_eq!(shop.sync(1, SyncKind::Stock).await.updated, 1);
    let now = shop.game(held.game.id).await.game;
    assert_eq!((now.facts.price, now.facts.copies), (first.price, first.supplier_qty));
    // Gone at the first: the game stays, sold out at the price of the other; gone at both, it is hidden.
    shop.change(0, &first.product, &json!({"gone": true})).await;
    assert_eq!(shop.sync(0, SyncKind::Full).await.removed, 1);
    let now = shop.game(held.game.id).await.game;
    assert_eq!((now.facts.price, now.facts.copies, now.hidden), (price(50), 0, false));
    shop.change(1, &second.product, &json!({"gone": true})).await;
    assert_eq!(shop.sync(1, SyncKind::Full).await.removed, 1);
    assert!(shop.game(held.game.id).await.game.hidden);
    // And back at the first.
    shop.change(0, &first.product, &json!({"gone": false})).await;
    assert_eq!(shop.sync(0, SyncKind::Full).await.updated, 1);
    let now = shop.game(held.game.id).await.game;
    assert_eq!(
        (now.facts.price, now.hidden, now.slug),
        (first.price, false, held.game.slug)
    );
}

#[on_both_databases]
async fn what_nobody_delivers_is_never_for_sale(kind: Kind) {
    let shop = Two::open(kind, Fulfilment::None).await;
    shop.sync(0, SyncKind::Full).await;
    shop.sync(1, SyncKind::Full).await;
    let (held, [first, second]) = shop.common().await;
    shop.change(1, &second.product, &json!({"minPrice": 0.5, "qty": 7}))
        .await;
    shop.sync(1, SyncKind::Full).await;
    let now = shop.game(held.game.id).await.game;
    assert_eq!((now.facts.price, now.facts.copies), (first.price, first.supplier_qty));
    let alone = |held: &OfferedGame| held.offers.len() == 1 && held.offers[0].supplier == names()[1];
    let games = shop.games().await;
    assert!(games.iter().any(alone));
    assert!(
        games
            .iter()
            .filter(|held| alone(held))
            .all(|held| held.game.facts.copies == 0)
    );
}

#[on_both_databases]
async fn each_supplier_has_a_lease_and_runs_of_its_own(kind: Kind) {
    let shop = Two::open(kind, Fulfilment::ByHand).await;
    let begun = |report: SyncReport| assert_eq!(report.added, 93);
    let (one, two) = tokio::join!(shop.sync(0, SyncKind::Full), shop.sync(1, SyncKind::Full));
    begun(one);
    begun(two);
    for name in names() {
        let run = shop.db.sync_runs().latest_of(&name).await.unwrap().unwrap();
        assert_eq!(
            (run.supplier, run.outcome.as_deref(), run.report.added),
            (name, Some("complete"), 93)
        );
    }
    assert_eq!(shop.db.offers().highest_number(&names()[1]).await.unwrap(), 93);
}

#[on_both_databases]
async fn what_staff_link_and_unlink_survives_every_sync(kind: Kind) {
    let shop = Two::open(kind, Fulfilment::ByHand).await;
    shop.sync(0, SyncKind::Full).await;
    shop.sync(1, SyncKind::Full).await;
    // A product that matched nothing is linked to a game of the first supplier, and one that matched is unlinked.
    let games = shop.games().await;
    let only = |of: usize| {
        let name = names()[of].clone();
        let alone = |held: &&OfferedGame| held.offers.len() == 1 && held.offers[0].supplier == name;
        games.iter().find(alone).unwrap().clone()
    };
    let (to, single) = (only(0), only(1));
    let (held, [first, second]) = shop.common().await;
    let linked = shop
        .shop
        .offers()
        .link(single.offers[0].id, to.game.id, testkit::operator())
        .await
        .unwrap();
    assert_eq!(linked.offers.len(), 2);
    assert!(shop.game(single.game.id).await.game.hidden, "its last offer is gone");
    let alone = shop.shop.offers().unlink(second.id, testkit::operator()).await.unwrap();
    assert_ne!((alone.game.id, &alone.game.slug), (held.game.id, &held.game.slug));
    assert_eq!((alone.game.facts.price, alone.offers.len()), (second.price, 1));
    assert_eq!(shop.game(held.game.id).await.game.facts.price, first.price);
    for of in [0, 1, 0, 1] {
        // A change of everything: all products are read again.
        shop.change(of, &[&first, &second][of].product, &json!({"minPrice": 3.5}))
            .await;
        shop.sync(of, SyncKind::Full).await;
    }
    assert_eq!(shop.game(to.game.id).await.offers.len(), 2);
    assert_eq!(shop.game(held.game.id).await.offers.len(), 1);
    let now = shop.game(alone.game.id).await;
    assert_eq!((now.offers.len(), now.game.facts.price), (1, price(350)));
    // And back.
    shop.shop
        .offers()
        .link(second.id, held.game.id, testkit::operator())
        .await
        .unwrap();
    shop.sync(1, SyncKind::Full).await;
    assert!(shop.game(alone.game.id).await.game.hidden);
    assert_eq!(shop.game(held.game.id).await.offers.len(), 2);
}
