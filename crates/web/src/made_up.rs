//! A made-up site and games for the tests of this crate.

use std::sync::LazyLock;

use domain::catalog::{Game, GameFacts, Requirements, SystemRequirements};
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::money::Cents;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use uuid::Uuid;

use crate::{MetricsReaders, Site};

/// 2026-11-23T04:00:00Z.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(1_795_406_400_000_000)
}

pub(crate) fn site() -> Site {
    static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| PrometheusBuilder::new().build_recorder().handle());
    Site {
        public_url: "https://shop.example".to_owned(),
        demo: true,
        metrics: METRICS.clone(),
        metrics_readers: MetricsReaders::Loopback,
        node: "shop-1, process 42, 0.0.0.0:8080".to_owned(),
        version: "0.1.0",
        requests_in_flight_max: 8,
        changes_per_minute: None,
        reads_per_minute: None,
        costly_reads_per_minute: None,
        trusted_proxies: Vec::new(),
        allowed_origins: Vec::new(),
    }
}

pub(crate) fn game() -> Game {
    named("Elden Ring (PC) - Steam Key - EUROPE")
}

pub(crate) fn named(title: &str) -> Game {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let machine = SystemRequirements {
        system: "Windows 10".to_owned(),
        memory: "12 GB".to_owned(),
        ..SystemRequirements::default()
    };
    Game {
        id: GameId(Uuid::from_u128(7)),
        slug: "elden-ring-pc-steam-key-europe".to_owned(),
        facts: GameFacts {
            product: ProductId::parse("10000000000007").unwrap(),
            title: title.to_owned(),
            search_text: domain::search::fold(title),
            description_html: "<p>A <strong>golden</strong> order.</p>".to_owned(),
            price: Cents::new(1_938),
            supplier_price: Cents::new(1_900),
            supplier_qty: 42,
            image: "https://pictures.example/7.jpg".to_owned(),
            images: words(&["https://pictures.example/7.jpg", "https://pictures.example/7-b.jpg"]),
            release_date: Some("2022-02-25".to_owned()),
            region: Some("Europe".to_owned()),
            activation_service: Some("Steam".to_owned()),
            platforms: words(&["Windows"]),
            developer: Some("FromSoftware".to_owned()),
            publisher: Some("Bandai Namco".to_owned()),
            multiplayer: true,
            requirements: Requirements {
                minimal: machine,
                recommended: SystemRequirements::default(),
            },
            genres: words(&["Action", "RPG"]),
            categories: words(&["Games"]),
            supplier_updated_at: String::new(),
            observed_at: now(),
        },
        tags: Vec::new(),
        reserved: 0,
        hidden: false,
        created_at: now(),
    }
}
