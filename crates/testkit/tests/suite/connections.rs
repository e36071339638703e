//! Connections to the program: half-sent requests, too many of them, no files left, and the `Host` header.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::database::own_folder;
use testkit::program::{self, Program, http};
use testkit::soon;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

const HALF: &str = "GET / HTTP/1.1\r\nHost: shop.example\r\n";
const MOMENT: Duration = Duration::from_millis(200);

fn address(shop: &Program) -> SocketAddr {
    shop.url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// A connection on which this was sent. It may be closed before all is.
async fn sent(shop: &Program, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address(shop)).await.unwrap();
    let _ignored = stream.write_all(text.as_bytes()).await;
    stream
}

/// Waits until the shop closes.
async fn closed(mut stream: TcpStream) {
    let mut buffer = [0; 1_024];
    while stream.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {}
}

/// The status of the answer to this, on a connection of its own.
async fn status(shop: &Program, request: &str) -> u16 {
    let mut stream = sent(shop, request).await;
    status_on(&mut stream).await
}

async fn status_on(stream: &mut TcpStream) -> u16 {
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

async fn is_filled(shop: &Program) -> bool {
    let games = http().get(format!("{}/api/games?inStockOnly=false", shop.url));
    games
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
        .contains(r#""total":93"#)
}

/// Asks on connections that are new, as somebody does who comes now.
async fn answers_within_a_second(shop: &Program) {
    for path in ["/livez", "/", "/catalogue"] {
        let client = http();
        let begun = Instant::now();
        let answer = client.get(format!("{}{path}", shop.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.bytes().await.unwrap();
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{path}: {:?}",
            begun.elapsed()
        );
    }
}

fn logged(log: &Path, text: &str) -> usize {
    std::fs::read_to_string(log).unwrap().matches(text).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn six_hundred_half_sent_requests_do_not_stop_a_shop_with_512_files() {
    const COUNT: u64 = 600;
    program::open_files(2 * COUNT);
    let folder = own_folder();
    let log = folder.join("log");
    let shop = Program::serve_with_files(&folder, 512, &log).await;
    soon("it is filled", async || is_filled(&shop).await).await;
    assert_eq!(logged(&log, "server.connections_max is lowered from 2048 to 352"), 1);
    let begun = Instant::now();
    let mut waiting = JoinSet::new();
    for _ in 0..COUNT {
        waiting.spawn(closed(sent(&shop, HALF).await));
    }
    let mut most = 0;
    loop {
        while waiting.try_join_next().is_some() {}
        most = most.max(waiting.len());
        if waiting.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(35), "{} are open", waiting.len());
        answers_within_a_second(&shop).await;
        tokio::time::sleep(MOMENT).await;
    }
    assert!(most > 250, "as many wait as there is room for: {most}");
    assert_eq!(logged(&log, "all connections are taken"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_connections_and_who_waits_does_not_hold_up_a_stop() {
    let folder = own_folder();
    let environment = [
        ("LATCHKEY__SERVER__TRUSTED_PROXIES", "192.0.2.1"),
        ("LATCHKEY__SERVER__CONNECTIONS_PER_ADDRESS", "3"),
    ];
    let shop = Program::serve_with(&folder, &[], &environment).await;
    let whole = format!("{HALF}\r\n");
    let mut first = sent(&shop, &whole).await;
    assert_eq!(status_on(&mut first).await, 200);
    let second = sent(&shop, HALF).await;
    let mut third = sent(&shop, &whole).await;
    assert_eq!(status_on(&mut third).await, 200);
    assert_eq!(status(&shop, &whole).await, 200);
    closed(first).await;
    let other = TcpSocket::new_v4().unwrap();
    other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = other.connect(address(&shop)).await.unwrap();
    other.write_all(whole.as_bytes()).await.unwrap();
    assert_eq!(status_on(&mut other).await, 200, "another address has its own");
    let begun = Instant::now();
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for stream in [second, third, other] {
        closed(stream).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_a_file_left_answers_who_comes_and_says_so_once() {
    let folder = own_folder();
    let log = folder.join("log");
    let shop = Program::serve_with_files(&folder, 512, &log).await;
    let livez = format!("{}/livez", shop.url);
    assert_eq!(http().get(&livez).send().await.unwrap().status(), 200);
    let open = std::fs::read_dir(format!("/proc/{}/fd", shop.id())).unwrap().count();
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &shop.id().to_string(), &format!("--nofile={}:512", open + 2)]);
    assert!(limit.status().await.unwrap().success());
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(sent(&shop, HALF).await);
    }
    soon("accepting fails", async || {
        logged(&log, "connections cannot be accepted") > 0
    })
    .await;
    for _ in 0..3 {
        let asked = timeout(Duration::from_secs(5), http().get(&livez).send()).await;
        assert_eq!(asked.expect("within seconds").unwrap().status(), 200);
    }
    assert_eq!(logged(&log, "connections cannot be accepted"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host() {
    let folder = own_folder();
    let shop = Program::serve(&folder, &[]).await;
    let host = "Host: shop.example\r\n";
    // The second time it comes out of the response cache.
    for (request, expected) in [
        (format!("GET / HTTP/1.1\r\n{host}\r\n"), 200),
        (format!("GET / HTTP/1.1\r\n{host}\r\n"), 200),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{host}{host}\r\n"), 400),
        (format!("GET /livez HTTP/1.1\r\n{host}{host}\r\n"), 400),
        ("GET /none HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), 200),
        (format!("GET / HTTP/1.0\r\n{host}{host}\r\n"), 400),
        (format!("GET http://shop.example/ HTTP/1.1\r\n{host}\r\n"), 200),
        ("GET http://shop.example/ HTTP/1.1\r\n\r\n".to_owned(), 200),
        (format!("GET ftp://shop.example/ HTTP/1.1\r\n{host}\r\n"), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        assert_eq!(status(&shop, &request).await, expected, "{request}");
    }
}
