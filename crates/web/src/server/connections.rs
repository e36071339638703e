//! All open connections: their limits, per network and in all, and which one is closed when room is needed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use web_kit::network::Network;

use super::activity::{Activity, Overdue};
use super::connection::Ended;
use super::trouble::Trouble;

/// The limits on simultaneous connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In all, at least 1.
    pub in_all: usize,
    /// For one network address (IPv6: its /64); `None` for no limit. A trusted proxy has no such limit.
    pub per_address: Option<usize>,
}

/// How many of the longest-waiting connections are remembered after a scan of all.
const CANDIDATES: usize = 64;

/// At a limit the connection that has waited longest for a request is closed in favour of the new one. Connections with
/// a running request stay; if all have one, the new connection is closed.
#[derive(Debug)]
pub(super) struct Connections {
    limits: ConnectionLimits,
    epoch: Instant,
    /// Locked when a connection comes or goes, never for a request.
    table: Mutex<Table>,
    /// Notified whenever a connection ends. Only the accepting task waits for it.
    gone: Notify,
    stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<u64, Open>,
    by_network: HashMap<Network, Vec<u64>>,
    /// Connections that were displaced and have not ended yet.
    leaving: usize,
    next: u64,
    /// The connections that had waited longest at the last scan, each with the moment since when; the longest is the
    /// last. If one of them still waits since that moment, it has waited longer than any other connection.
    candidates: Vec<(u64, u64)>,
    full: Trouble,
}

#[derive(Debug)]
struct Open {
    activity: Arc<Activity>,
    network: Option<Network>,
    task: Option<AbortHandle>,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            epoch: Instant::now(),
            table: Mutex::default(),
            gone: Notify::new(),
            stopping: AtomicBool::new(false),
        })
    }

    /// A place for a connection of `network`, if there is one or one can be made.
    pub(super) async fn admit(self: &Arc<Self>, network: Option<Network>) -> Option<Place> {
        let counted = network.zip(self.limits.per_address);
        loop {
            {
                let mut table = self.table();
                if let Some((network, max)) = counted
                    && table.count_of(network) >= max
                    && !table.displace_longest_of(network)
                {
                    return refused("address");
                }
                if table.open.len() < self.limits.in_all {
                    if table.full.is_over() {
                        tracing::info!("[HTTP] there is room for connections again");
                    }
                } else {
                    if table.full.begins() {
                        let max = self.limits.in_all;
                        tracing::warn!(
                            max,
                            "[HTTP] all connections are taken: who waits longest is closed for the next"
                        );
                    }
                    if !table.displace_longest() {
                        return refused("all");
                    }
                }
                // Each connection has a file descriptor until it ends.
                if table.open.len() + table.leaving < self.limits.in_all {
                    return Some(self.place(&mut table, counted.map(|(network, _)| network)));
                }
            }
            self.gone.notified().await;
        }
    }

    fn place(self: &Arc<Self>, table: &mut Table, network: Option<Network>) -> Place {
        let activity = Arc::new(Activity::new(self.epoch));
        let id = table.insert(Arc::clone(&activity), network);
        metrics::gauge!("http_connections_open").increment(1);
        Place {
            connections: Arc::clone(self),
            id,
            activity,
            ended: Ended::Failed,
        }
    }

    /// Closes the connection that waited longest and waits until it has ended; returns whether there was one.
    pub(super) async fn make_room(&self) -> bool {
        let found = self.table().displace_longest();
        while self.table().leaving > 0 {
            self.gone.notified().await;
        }
        found
    }

    /// Closes waiting connections, and waits until those with a running request have ended.
    pub(super) async fn drain(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.table().displace_all();
        loop {
            {
                let table = self.table();
                if table.open.len() + table.leaving == 0 {
                    return;
                }
            }
            self.gone.notified().await;
        }
    }

    /// Whether the current response is the last of its connection.
    pub(super) fn are_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(limit: &'static str) -> Option<Place> {
    metrics::counter!("http_connections_refused_total", "limit" => limit).increment(1);
    None
}

impl Table {
    fn insert(&mut self, activity: Arc<Activity>, network: Option<Network>) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Some(network) = network {
            self.by_network.entry(network).or_default().push(id);
        }
        let task = None;
        self.open.insert(
            id,
            Open {
                activity,
                network,
                task,
            },
        );
        id
    }

    fn remove(&mut self, id: u64) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if let Some(network) = open.network
            && let Some(ids) = self.by_network.get_mut(&network)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_network.remove(&network);
            }
        }
        Some(open)
    }

    fn count_of(&self, network: Network) -> usize {
        self.by_network.get(&network).map_or(0, Vec::len)
    }

    fn waiting<'a>(&self, ids: impl Iterator<Item = &'a u64>) -> Vec<(u64, u64)> {
        ids.filter_map(|id| Some((self.open.get(id)?.activity.waiting_since()?, *id)))
            .collect()
    }

    /// Closes that connection, if it still waits since then.
    fn displace(&mut self, (since, id): (u64, u64)) -> bool {
        let waits = self.open.get(&id).is_some_and(|open| open.activity.displace(since));
        if waits && let Some(open) = self.remove(id) {
            self.leaving += 1;
            if let Some(task) = open.task {
                task.abort();
            }
        }
        waits
    }

    fn displace_longest(&mut self) -> bool {
        // A second scan finds connections that began to wait after the first; a third is needed only if each of those
        // ended meanwhile.
        for _ in 0..3 {
            while let Some(longest) = self.candidates.pop() {
                if self.displace(longest) {
                    return true;
                }
            }
            let mut waiting = self.waiting(self.open.keys());
            waiting.sort_unstable_by(|one, other| other.cmp(one));
            let enough = waiting.len().saturating_sub(CANDIDATES);
            self.candidates = waiting.split_off(enough);
        }
        false
    }

    fn displace_longest_of(&mut self, network: Network) -> bool {
        let ids = self.by_network.get(&network).map_or(&[][..], Vec::as_slice);
        let mut waiting = self.waiting(ids.iter());
        waiting.sort_unstable();
        waiting.into_iter().any(|waits| self.displace(waits))
    }

    fn displace_all(&mut self) {
        for waits in self.waiting(self.open.keys()) {
            self.displace(waits);
        }
    }
}

/// A connection's place among the open ones, until it is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    activity: Arc<Activity>,
    ended: Ended,
}

impl Place {
    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }

    /// Runs the connection in a task of its own.
    pub(super) fn run(self, work: impl Future<Output = Ended> + Send + 'static) {
        let (connections, id) = (Arc::clone(&self.connections), self.id);
        let task = tokio::spawn(async move {
            // The whole place moves in, and is dropped after the connection's stream is closed.
            let mut place = self;
            place.ended = work.await;
        });
        if let Some(open) = connections.table().open.get_mut(&id) {
            open.task = Some(task.abort_handle());
        }
    }

    fn reason(&self) -> &'static str {
        match self.ended {
            _ if self.connections.are_stopping() => "stop",
            _ if self.activity.is_displaced() => "displaced",
            Ended::Done => "done",
            Ended::Failed => "failed",
            Ended::Overdue(Overdue::Head) => "head_timeout",
            Ended::Overdue(Overdue::Idle) => "idle_timeout",
            Ended::Overdue(Overdue::Reader) => "write_timeout",
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("http_connections_open").decrement(1);
        metrics::counter!("http_connections_closed_total", "reason" => self.reason()).increment(1);
        let mut table = self.connections.table();
        if table.remove(self.id).is_none() {
            table.leaving -= 1;
        }
        drop(table);
        self.connections.gone.notify_one();
    }
}
