//! Ports for servers that bind them later, or again: outside the range that the system assigns.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below Linux's ephemeral ports, which begin at 32768: a server that is stopped for a while finds its port free when
/// it starts again.
const FROM: u16 = 20_000;
const PORTS: u16 = 12_000;

/// A port of 127.0.0.1 that is free and that no other test of this process gets.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn of_ones_own() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Concurrent processes begin at places far apart, since their ids are close together.
    let begin = (std::process::id() % 120) * 100;
    let begin = u16::try_from(begin).expect("below the number of ports");
    let free = (0..PORTS).find_map(|_| {
        let at = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        let port = FROM + (begin + at) % PORTS;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    });
    free.expect("a free port")
}
