//! A list at an address: while its server names the same version, it is not read again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use domain::money::Cents;
use serde_json::Value;
use testkit::{Kind, on_both_databases};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::wholesaler::{Wholesaler, marked_up};

/// A server of one list, which answers 304 to whoever names its version.
struct Server {
    url: String,
    list: Arc<Mutex<String>>,
    /// How often it sent the whole list.
    sent: Arc<AtomicU64>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}/list.csv", listener.local_addr().unwrap()),
            list: Arc::default(),
            sent: Arc::default(),
        };
        let (list, sent) = (Arc::clone(&server.list), Arc::clone(&server.sent));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let list = list.lock().unwrap().clone();
                answer(stream, &list, &sent).await;
            }
        });
        server
    }

    fn says(&self, list: &str) {
        list.clone_into(&mut self.list.lock().unwrap());
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

async fn answer(mut stream: TcpStream, list: &str, sent: &AtomicU64) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    // The text itself, which has no quotes, in characters that a header carries.
    let etag: String = list.bytes().map(|byte| format!("{byte:02x}")).collect();
    let answer = if String::from_utf8_lossy(&request).contains(&format!("\"{etag}\"")) {
        "HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_owned()
    } else {
        sent.fetch_add(1, Ordering::Relaxed);
        let length = list.len();
        format!("HTTP/1.1 200 OK\r\netag: \"{etag}\"\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{list}")
    };
    stream.write_all(answer.as_bytes()).await.unwrap();
}

#[on_both_databases]
async fn a_list_that_is_the_same_is_not_read_again_unless_something_is_left_to_do(kind: Kind) {
    let (wholesaler, server) = (Wholesaler::open(kind).await, Server::start().await);
    let game = wholesaler.game().await;
    let row = |cost: &str| format!("sku;title;net;qty\nA-1;{};{cost};4\n", game.facts.title);
    let sync = async |code: i32, others: &[(&str, &str)]| {
        let settings: Vec<(&str, &str)> = [("SOURCE", server.url.as_str())]
            .iter()
            .chain(others)
            .copied()
            .collect();
        let (ended, report, log) = wholesaler.sync_with("", &settings).await;
        assert_eq!(ended, Some(code), "{report} {log}");
        let run = wholesaler.shop.db.sync_runs().latest().await.unwrap().unwrap();
        (report, run.outcome.unwrap(), server.sent())
    };
    let complete = "complete".to_owned();
    server.says(&row("1.23"));
    let (report, outcome, sent) = sync(0, &[]).await;
    assert_eq!((&report["added"], &outcome, sent), (&Value::from(1), &complete, 1));
    for _ in 0..2 {
        let (report, outcome, sent) = sync(0, &[]).await;
        assert_eq!(
            (&report["updated"], &outcome, sent),
            (&Value::from(0), &complete, 1),
            "{report}"
        );
    }
    wholesaler.shows(&game.slug, marked_up(Cents::new(123)), true).await;
    // Another markup, an offer that staff moved: what the list says is to be looked at again.
    assert_eq!(sync(0, &[("MARKUP_BASIS_POINTS", "0")]).await.2, 2);
    wholesaler.shows(&game.slug, Cents::new(123), true).await;
    assert_eq!(sync(0, &[]).await.2, 3);
    let offers = wholesaler.shop.shop.offers().of(game.id).await.unwrap().offers;
    let other = offers
        .iter()
        .find(|offer| offer.supplier.as_str() == "wholesaler")
        .unwrap();
    wholesaler
        .shop
        .shop
        .offers()
        .unlink(other.id, testkit::operator())
        .await
        .unwrap();
    assert_eq!(sync(0, &[]).await.2, 4);
    assert_eq!(sync(0, &[]).await.2, 4);
    // A run that was not complete leaves the list to the next one; so does one that failed after a complete one.
    let incomplete = format!("{};no id;1.00;1\n", row("1.11"));
    server.says(&incomplete);
    for sent in [5, 6] {
        let (_, outcome, now) = sync(1, &[]).await;
        assert_eq!((outcome.as_str(), now), ("incomplete", sent));
    }
    server.says(&row("1.23"));
    assert_eq!(sync(0, &[]).await.2, 7);
    server.says("nothing of use");
    let (_, outcome, _) = sync(1, &[]).await;
    assert_eq!(outcome, "failed");
    server.says(&row("1.23"));
    assert_eq!(sync(0, &[]).await.2, 9);
}
