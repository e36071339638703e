//! Who makes room for whom, and who is waited for when the server stops.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::sleep;

use super::{MOMENT, Network, TestServer};

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
    let from = |last: u8| Some(Network::from(IpAddr::from([192, 0, 2, last])));
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
