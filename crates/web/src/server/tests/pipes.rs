//! A server whose connections are pipes, and clients at their other ends.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::super::connection;
use super::super::connections::{ConnectionLimits, Connections};
use web_kit::network::Network;

pub(super) const BIG: usize = 512 * 1024;
pub(super) const MOMENT: Duration = Duration::from_millis(1);

pub(super) struct TestServer {
    pub(super) connections: Arc<Connections>,
    pub(super) house: Router,
    /// Lets a response of `/held` continue.
    pub(super) release: Arc<Semaphore>,
}

pub(super) struct Caller(pub(super) DuplexStream);

impl TestServer {
    pub(super) fn new(in_all: usize, per_address: Option<usize>) -> Self {
        let release = Arc::new(Semaphore::new(0));
        let held = Arc::clone(&release);
        let events = || async {
            let event = |sent| async move {
                sleep(Duration::from_secs(45)).await;
                (sent < 4).then(|| (Ok::<_, Infallible>(Bytes::from_static(b"event")), sent + 1))
            };
            Body::from_stream(stream::unfold(0, event))
        };
        let held = move || async move {
            held.acquire().await.unwrap().forget();
            "held"
        };
        let house = Router::new()
            .route("/", get(|| async { "fine" }).post(|| async { "posted" }))
            .route("/read", post(|_: Bytes| async { "posted" }))
            .route("/big", get(|| async { "x".repeat(BIG) }))
            .route("/events", get(events))
            .route("/held", get(held));
        Self {
            connections: Connections::new(ConnectionLimits { in_all, per_address }),
            house,
            release,
        }
    }

    pub(super) async fn connect(&self) -> Caller {
        self.connect_from(None).await.expect("a place")
    }

    pub(super) async fn connect_from(&self, network: Option<Network>) -> Option<Caller> {
        let place = self.connections.admit(network).await?;
        let (ours, theirs) = duplex(1_024);
        let peer = SocketAddr::from(([192, 0, 2, 1], 1));
        let connections = Arc::clone(&self.connections);
        let work = connection::drive(theirs, peer, self.house.clone(), place.activity(), connections);
        place.run(work);
        Some(Caller(ours))
    }
}

impl Caller {
    pub(super) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    pub(super) async fn ask(&mut self, path: &str) {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    }

    /// Reads until the text ends like this.
    pub(super) async fn hear(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let byte = self.0.read_u8().await;
            heard.push(byte.unwrap_or_else(|_| panic!("{end} in {}", String::from_utf8_lossy(&heard))));
        }
        String::from_utf8(heard).unwrap()
    }

    /// Seconds until the server closes.
    pub(super) async fn closed_after(&mut self) -> u64 {
        let begun = Instant::now();
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "");
        begun.elapsed().as_secs()
    }

    pub(super) async fn is_closed(&mut self) -> bool {
        timeout(MOMENT, self.closed_after()).await.is_ok()
    }
}
