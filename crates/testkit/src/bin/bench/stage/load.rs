//! The load: a number of connections, each of which sends its next request as soon as it has the response.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use memchr::memmem::Finder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Connections at once.
pub(crate) const CONNECTIONS: usize = 32;

/// The duration of each response in microseconds, sorted; and of the whole load.
pub(crate) struct Answered {
    micros: Vec<u32>,
    took: Duration,
}

impl Answered {
    /// From each response's duration in microseconds, and that of the whole load.
    fn of(mut micros: Vec<u32>, took: Duration) -> Self {
        micros.sort_unstable();
        Self { micros, took }
    }

    pub(crate) fn count(&self) -> usize {
        self.micros.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.micros.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which so many percent were answered, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        f64::from(self.micros.get(last * percent / 100).copied().unwrap_or_default()) / 1_000.0
    }
}

/// A request as it is written to a connection.
pub(crate) fn request(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: shop.example\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    (text + "\r\n").into_bytes()
}

/// Sends requests to `address` for `span`; each connection cycles through the requests in its own order. Every response
/// must have `status`.
pub(crate) async fn load(address: &str, requests: &[Vec<u8>], status: u16, span: Duration) -> Result<Answered> {
    load_over(CONNECTIONS, address, requests, status, span).await
}

/// The same over so many connections.
pub(crate) async fn load_over(
    connections: usize,
    address: &str,
    requests: &[Vec<u8>],
    status: u16,
    span: Duration,
) -> Result<Answered> {
    let until = Instant::now() + span;
    so_many(connections, |number| {
        let first = number * requests.len() / connections;
        let mine: Vec<Vec<u8>> = [&requests[first..], &requests[..first]].concat();
        let address = address.to_owned();
        async move { ask(&address, &mine, status, until).await }
    })
    .await
}

/// Runs so many connections, by number; each returns the durations of its responses in microseconds.
pub(crate) async fn at_once<F>(connection: impl Fn(usize) -> F) -> Result<Answered>
where
    F: Future<Output = Result<Vec<u32>>> + Send + 'static,
{
    so_many(CONNECTIONS, connection).await
}

async fn so_many<F>(connections: usize, connection: impl Fn(usize) -> F) -> Result<Answered>
where
    F: Future<Output = Result<Vec<u32>>> + Send + 'static,
{
    let begun = Instant::now();
    let tasks = (0..connections).map(|number| tokio::spawn(connection(number)));
    let mut micros = Vec::new();
    for some in try_join_all(tasks).await? {
        micros.extend(some?);
    }
    Ok(Answered::of(micros, begun.elapsed()))
}

/// The same at a fixed total rate, which the machine can sustain. A response's duration counts from when its request
/// was due, so a late response delays those behind it.
pub(crate) async fn paced(
    address: &str,
    requests: &[Vec<u8>],
    status: u16,
    span: Duration,
    per_second: u32,
) -> Result<Answered> {
    let begun = Instant::now();
    let connections = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    let every = Duration::from_secs(1) * connections / per_second;
    let tasks = (0..connections)
        .zip(requests.chunks(requests.len() / CONNECTIONS))
        .map(|(number, mine)| {
            let (address, mine) = (address.to_owned(), mine.to_vec());
            let first = begun + every * number / connections;
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                let mut micros = Vec::new();
                for (request, turn) in mine.iter().zip(0..) {
                    let due = first + every * turn;
                    if due > begun + span {
                        break;
                    }
                    tokio::time::sleep_until(due.into()).await;
                    let found = connection.ask(request).await?.0;
                    ensure!(found == status, "{found} for {}", String::from_utf8_lossy(request));
                    micros.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                anyhow::Ok(micros)
            })
        });
    let mut micros = Vec::new();
    for some in try_join_all(tasks).await? {
        micros.extend(some?);
    }
    Ok(Answered::of(micros, begun.elapsed()))
}

/// The same over one connection, without concurrency. It begins with the last requests.
pub(crate) async fn alone(address: &str, requests: &[Vec<u8>], status: u16, span: Duration) -> Result<Answered> {
    let begun = Instant::now();
    let backwards: Vec<Vec<u8>> = requests.iter().rev().cloned().collect();
    let micros = ask(address, &backwards, status, begun + span).await?;
    Ok(Answered::of(micros, begun.elapsed()))
}

async fn ask(address: &str, requests: &[Vec<u8>], status: u16, until: Instant) -> Result<Vec<u32>> {
    let mut connection = Connection::open(address).await?;
    let mut micros = Vec::with_capacity(1 << 16);
    for request in requests.iter().cycle() {
        let asked = Instant::now();
        if asked > until {
            break;
        }
        let found = connection.ask(request).await?.0;
        ensure!(found == status, "{found} for {}", String::from_utf8_lossy(request));
        micros.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(micros)
}

/// A kept-alive connection that parses no more of a response than it must.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(1 << 17),
        })
    }

    /// Status, head and body of the response.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8], &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = Finder::new("\r\n\r\n");
        let head = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "hung up");
            if let Some(at) = end.find(&self.buffer) {
                break at + 4;
            }
        };
        let length = memchr::memmem::find(&self.buffer[..head], b"content-length: ").map_or(Ok(0), |at| {
            let digits = self.buffer[at + 16..].split(|byte| *byte == b'\r').next();
            std::str::from_utf8(digits.unwrap_or_default())?
                .parse::<usize>()
                .map_err(anyhow::Error::from)
        })?;
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "hung up");
        }
        let status = std::str::from_utf8(self.buffer.get(9..12).context("no status")?)?.parse()?;
        // A 304 has a content length without a body.
        Ok((status, &self.buffer[..head], &self.buffer[head..head + length]))
    }
}

/// Steele, Lea and Flood's `SplitMix64`.
pub(crate) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 31)
}
