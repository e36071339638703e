//! Tests of connections over pipes, with a clock that jumps to the next deadline when all wait.

mod pipes;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep};
use web_kit::network::Network;

use pipes::{BIG, MOMENT, TestServer};

#[tokio::test(start_paused = true)]
async fn a_connection_that_asks_nothing_more_is_closed_after_a_minute() {
    let server = TestServer::new(8, None);
    let mut caller = server.connect().await;
    for _ in 0..3 {
        sleep(Duration::from_secs(8)).await;
        caller.ask("/").await;
        caller.hear("fine").await;
    }
    sleep(Duration::from_secs(50)).await;
    caller.ask("/").await;
    caller.hear("fine").await;
    assert_eq!(caller.closed_after().await, 60);
}

#[tokio::test(start_paused = true)]
async fn a_head_has_ten_seconds_however_it_drips() {
    let server = TestServer::new(8, None);
    assert_eq!(server.connect().await.closed_after().await, 10, "nothing sent");
    let mut caller = server.connect().await;
    caller.send("GET / HTTP/1.1\r\nhost:").await;
    assert_eq!(caller.closed_after().await, 10, "half a head");
    let mut caller = server.connect().await;
    let begun = Instant::now();
    while caller.0.write_all(b"G").await.is_ok() {
        sleep(Duration::from_millis(700)).await;
    }
    assert_eq!(begun.elapsed().as_secs(), 10, "a byte now and then");
    let mut caller = server.connect().await;
    caller.ask("/").await;
    caller.hear("fine").await;
    sleep(Duration::from_secs(30)).await;
    caller.send("GET").await;
    assert_eq!(caller.closed_after().await, 10, "half of the second head");
}

#[tokio::test(start_paused = true)]
async fn a_reader_has_to_take_something_all_the_while() {
    let server = TestServer::new(8, None);
    for (every, takes_all) in [(Duration::from_millis(500), true), (Duration::from_secs(3), false)] {
        let mut caller = server.connect().await;
        caller.ask("/big").await;
        let (begun, mut taken) = (Instant::now(), 0);
        let mut buffer = [0; 1_024];
        while taken < BIG {
            sleep(every).await;
            match caller.0.read(&mut buffer).await.unwrap() {
                0 => break,
                bytes => taken += bytes,
            }
        }
        assert_eq!(taken >= BIG, takes_all, "{every:?}");
        let took = begun.elapsed();
        assert_eq!(took > Duration::from_secs(60), takes_all, "{took:?}");
    }
    let mut caller = server.connect().await;
    caller.ask("/big").await;
    // Nothing is received: what was sent by then is all.
    for (seconds, open) in [(29, true), (2, false)] {
        sleep(Duration::from_secs(seconds)).await;
        assert_eq!(caller.0.write_all(b" ").await.is_ok(), open, "after {seconds} s more");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_last_as_long_as_something_comes_of_it() {
    let server = TestServer::new(8, None);
    let mut caller = server.connect().await;
    let begun = Instant::now();
    caller.ask("/events").await;
    caller.hear("0\r\n\r\n").await;
    assert_eq!(begun.elapsed().as_secs(), 5 * 45);
    caller.ask("/").await;
    caller.hear("fine").await;
}

#[tokio::test(start_paused = true)]
async fn requests_in_one_packet_are_answered_in_turn() {
    let server = TestServer::new(8, None);
    let mut caller = server.connect().await;
    let ask = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    caller.send(&format!("{ask}{ask}{ask}GET / HT")).await;
    for _ in 0..3 {
        caller.hear("fine").await;
    }
    caller.send("TP/1.1\r\nhost: x\r\n\r\n").await;
    caller.hear("fine").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_waits_for_ends_the_connection() {
    let server = TestServer::new(8, None);
    let mut caller = server.connect().await;
    caller
        .send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf")
        .await;
    let answer = caller.hear("posted").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(caller.closed_after().await, 0);
    // One that was read, or that is empty, does not.
    let mut caller = server.connect().await;
    for (path, length, body) in [("/read", 4, "half"), ("/", 0, "")] {
        let asked = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
        caller.send(&asked).await;
        let answer = caller.hear("posted").await;
        assert!(!answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_answered_early_may_send_the_rest_for_a_while() {
    let server = TestServer::new(1, None);
    let early = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\nbegin";
    let mut caller = server.connect().await;
    caller.send(early).await;
    caller.hear("posted").await;
    caller.send(&"x".repeat(800_000)).await;
    assert_eq!(caller.closed_after().await, 0, "it was told that nothing follows");
    for (every, closed_after) in [(6, 5..=6), (4, 30..=34)] {
        let begun = Instant::now();
        while caller.0.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(every)).await;
        }
        let open = begun.elapsed().as_secs();
        assert!(closed_after.contains(&open), "{open} s with a byte every {every} s");
        caller = server.connect().await;
        caller.send(early).await;
        caller.hear("posted").await;
    }
    // It is no longer answered, and makes room at once.
    let begun = Instant::now();
    server.connect().await.ask("/").await;
    assert_eq!(begun.elapsed().as_secs(), 0);
    assert!(caller.0.write_all(b"x").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn who_waits_longest_makes_room_and_who_is_answered_stays() {
    let server = TestServer::new(3, None);
    let mut held = server.connect().await;
    held.ask("/held").await;
    let mut first = server.connect().await;
    sleep(MOMENT).await;
    let mut second = server.connect().await;
    sleep(MOMENT).await;
    first.ask("/").await;
    first.hear("fine").await;
    second.send("GET / HT").await;
    let mut third = server.connect().await;
    assert!(second.is_closed().await && !first.is_closed().await);
    for caller in [&mut first, &mut third] {
        caller.ask("/held").await;
        assert!(!caller.is_closed().await);
    }
    assert!(server.connect_from(None).await.is_none(), "all are in a request");
    server.release.add_permits(3);
    for caller in [&mut held, &mut first, &mut third] {
        caller.hear("held").await;
    }
    server.connect().await.ask("/").await;
}

#[tokio::test(start_paused = true)]
async fn they_make_room_in_the_order_in_which_they_began_to_wait() {
    let server = TestServer::new(100, None);
    let mut callers = Vec::new();
    for _ in 0..100 {
        callers.push(server.connect().await);
        sleep(MOMENT).await;
    }
    for caller in callers.iter_mut().step_by(2) {
        caller.ask("/").await;
        caller.hear("fine").await;
        sleep(MOMENT).await;
    }
    let waits_longest: Vec<usize> = (1..100).step_by(2).chain((0..100).step_by(2)).collect();
    for count in [1, 20, 70] {
        let mut new = Vec::new();
        for _ in 0..count {
            new.push(server.connect().await);
        }
        for (number, caller) in new.iter_mut().enumerate() {
            assert!(!caller.is_closed().await, "new {number} of {count}");
        }
        callers.extend(new);
    }
    for (place, number) in waits_longest.into_iter().enumerate() {
        assert_eq!(callers[number].is_closed().await, place < 91, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_makes_room_for_itself() {
    let server = TestServer::new(8, Some(2));
    let from = |last: u8| Some(Network::from(std::net::IpAddr::from([192, 0, 2, last])));
    let mut other = server.connect_from(from(1)).await.unwrap();
    let mut proxies = Vec::new();
    for _ in 0..3 {
        proxies.push(server.connect().await);
    }
    sleep(MOMENT).await;
    let mut first = server.connect_from(from(2)).await.unwrap();
    sleep(MOMENT).await;
    let mut second = server.connect_from(from(2)).await.unwrap();
    let mut third = server.connect_from(from(2)).await.unwrap();
    assert!(first.is_closed().await);
    for caller in [&mut second, &mut third, &mut other].into_iter().chain(&mut proxies) {
        assert!(!caller.is_closed().await);
    }
    for caller in [&mut second, &mut third] {
        caller.ask("/held").await;
        assert!(!caller.is_closed().await);
    }
    assert!(server.connect_from(from(2)).await.is_none());
    assert!(server.connect_from(from(1)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_ends_what_it_began_and_begins_nothing() {
    let server = TestServer::new(8, None);
    let mut idle = server.connect().await;
    idle.ask("/").await;
    idle.hear("fine").await;
    let mut half = server.connect().await;
    half.send("GET / HT").await;
    let mut held = server.connect().await;
    held.ask("/held").await;
    assert!(!held.is_closed().await);
    let connections = Arc::clone(&server.connections);
    let drained = tokio::spawn(async move { connections.drain().await });
    assert!(idle.is_closed().await && half.is_closed().await);
    assert!(!held.is_closed().await && !drained.is_finished());
    server.release.add_permits(1);
    let answer = held.hear("held").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(held.closed_after().await, 0);
    drained.await.unwrap();
}
