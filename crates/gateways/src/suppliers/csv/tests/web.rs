//! Feeds at an address: conditional requests, credentials, redirects, limits, and which addresses are asked at all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::super::reachable::client;
use super::super::{CsvFeed, CsvOpened, CsvSettings, CsvSource};
use super::{Folder, all, feed, format, opened};
use crate::supplier::SupplierError;

const LIST: &str = "sku,title,net,qty\na,A,1.00,1\n";

/// A server that gives each path its answer, byte for byte, and notes the heads of requests.
struct Server {
    url: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&heads), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut head = vec![0; 8192];
                    let length = stream.read(&mut head).await.unwrap_or(0);
                    let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let bytes = answer(&path, &head);
                    noted.lock().unwrap().push(head);
                    let _ = stream.write_all(&bytes).await;
                    // What is promised and never sent is waited for.
                    if bytes.ends_with(b"...") {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, heads }
    }

    fn at(&self, path: &str, authorization: Option<&'static str>) -> CsvSource {
        CsvSource::address(self.url.join(path).unwrap(), authorization, false).unwrap()
    }
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}").into_bytes()
}

async fn refusal(source: CsvSource) -> SupplierError {
    let folder = Folder::new();
    opened(&feed(&folder, source, format())).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_did_not_change_is_not_sent_again() {
    let version = "ETag: \"v1\"\r\nLast-Modified: Mon, 05 Jan 2026 00:00:00 GMT\r\n";
    let server = Server::new(move |_, head| match head.contains("if-none-match: \"v1\"") {
        true => answer("304 Not Modified", "", ""),
        false => answer("200 OK", version, LIST),
    })
    .await;
    let folder = Folder::new();
    let feed = feed(&folder, server.at("/list.csv", Some("Basic hush-hush")), format());
    let snapshot = opened(&feed).await.unwrap();
    assert_eq!(all(&snapshot).await.len(), 1);
    let again = feed.open(Some(snapshot.version())).await.unwrap();
    assert!(matches!(again, CsvOpened::Unchanged));
    let heads = server.heads.lock().unwrap().clone();
    assert!(
        heads.iter().all(|head| head.contains("authorization: basic hush-hush")),
        "{heads:?}"
    );
    assert!(heads[1].contains("if-modified-since: mon, 05 jan 2026"), "{heads:?}");
    assert!(!format!("{feed:?}").contains("hush"));
    // Read with other settings, the same file says something else.
    let mut other = format();
    other.columns.price = "qty".into();
    let other = super::feed(&folder, server.at("/list.csv", None), other);
    assert!(matches!(
        other.open(Some(snapshot.version())).await,
        Ok(CsvOpened::Snapshot(_))
    ));
}

#[tokio::test]
async fn three_redirects_on_the_same_host_are_followed_and_no_other() {
    let elsewhere = Server::new(|_, _| answer("200 OK", "", LIST)).await;
    let other = elsewhere.url.clone();
    let server = Server::new(move |path, _| match path {
        "/0" => answer("200 OK", "", LIST),
        "/away" => answer("302 Found", &format!("Location: {other}\r\n"), ""),
        "/name" => answer("302 Found", "Location: http://localhost/0\r\n", ""),
        path => {
            let left: u32 = path[1..].parse().unwrap();
            answer("302 Found", &format!("Location: /{}\r\n", left - 1), "")
        }
    })
    .await;
    let folder = Folder::new();
    assert!(opened(&feed(&folder, server.at("/3", None), format())).await.is_ok());
    assert!(
        refusal(server.at("/4", None))
            .await
            .to_string()
            .contains("more than 3 redirects")
    );
    for path in ["/away", "/name"] {
        let why = refusal(server.at(path, Some("hush-hush"))).await.to_string();
        assert!(why.contains("a redirect to another host"), "{why}");
    }
    assert!(elsewhere.heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_file_is_told_apart() {
    let server = Server::new(|path, _| match path {
        "/401" => answer("401 Unauthorized", "", "hush"),
        "/429" => answer("429 Too Many Requests", "", ""),
        "/zip" => answer("200 OK", "Content-Encoding: gzip\r\n", LIST),
        "/cut" => answer("200 OK", "", LIST).into_iter().rev().skip(5).rev().collect(),
        "/304" => answer("304 Not Modified", "", ""),
        "/huge" => b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n...".to_vec(),
        _ => answer("404 Not Found", "", LIST),
    })
    .await;
    assert!(matches!(
        refusal(server.at("/401", None)).await,
        SupplierError::Credentials(_)
    ));
    assert!(matches!(refusal(server.at("/429", None)).await, SupplierError::Rate(_)));
    for path in ["/404", "/cut", "/304"] {
        let why = refusal(server.at(path, None)).await;
        assert!(matches!(why, SupplierError::Unreachable(_)), "{path}: {why}");
    }
    assert!(
        refusal(server.at("/zip", None))
            .await
            .to_string()
            .contains("compressed")
    );
    assert!(
        refusal(server.at("/huge", None))
            .await
            .to_string()
            .contains("more than 536870912 bytes")
    );
}

#[tokio::test]
async fn a_file_of_unknown_length_ends_at_the_limit_and_a_silent_server_too() {
    let server = Server::new(|path, _| {
        let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        match path {
            "/endless" => bytes.extend_from_slice("x".repeat(3 << 20).as_bytes()),
            _ => bytes.extend_from_slice(b"sku,title..."),
        }
        bytes
    })
    .await;
    let folder = Folder::new();
    let limited = CsvFeed {
        bytes_max: 1 << 20,
        ..feed(&folder, server.at("/endless", None), format())
    };
    assert!(
        opened(&limited)
            .await
            .unwrap_err()
            .to_string()
            .contains("more than 1048576 bytes")
    );
    let hasty = CsvFeed {
        client: Some(client(&server.url, false, Duration::from_millis(200)).unwrap()),
        ..feed(&folder, server.at("/silent", None), format())
    };
    assert!(matches!(opened(&hasty).await, Err(SupplierError::Unreachable(_))));
}

#[tokio::test]
async fn private_networks_are_asked_only_where_the_settings_say_so() {
    let made = |address: &str, private_addresses: bool| {
        let source = CsvSource::Address {
            url: address.parse().unwrap(),
            authorization: None,
            private_addresses,
        };
        CsvFeed::new(
            CsvSettings {
                source,
                format: format(),
            },
            Folder::new().copies(),
        )
        .map(|_| ())
    };
    for address in [
        "https://10.0.0.1/a",
        "https://192.168.1.1/a",
        "https://169.254.169.254/a",
        "https://[fd00::1]/a",
    ] {
        assert!(
            made(address, false)
                .unwrap_err()
                .to_string()
                .contains("private_addresses"),
            "{address}"
        );
        assert!(made(address, true).is_ok(), "{address}");
    }
    for address in [
        "http://10.0.0.1/a",
        "http://feeds.example/a",
        "ftp://127.0.0.1/a",
        "http://localhost.example/a",
    ] {
        assert!(made(address, true).is_err(), "{address}");
    }
    for address in [
        "http://127.0.0.1/a",
        "http://[::1]/a",
        "http://localhost/a",
        "https://127.0.0.1/a",
        "https://feeds.example/a",
    ] {
        assert!(made(address, false).is_ok(), "{address}");
    }
    // A name that leads to this machine.
    let server = Server::new(|_, _| answer("200 OK", "", LIST)).await;
    let mut named = server.url.clone();
    named.set_host(Some("localhost")).unwrap();
    let source = CsvSource::Address {
        url: named,
        authorization: None,
        private_addresses: false,
    };
    let folder = Folder::new();
    assert!(opened(&feed(&folder, source, format())).await.is_ok());
}
