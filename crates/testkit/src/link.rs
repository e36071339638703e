//! A link between two programs that a test can cut, freeze and restore: a proxy on a port of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

use crate::without_notifications::NotificationFilter;

/// The state of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Bytes pass.
    Whole,
    /// Open connections are reset, new ones are refused.
    Cut,
    /// Open connections stay open without transferring anything; new ones are accepted and transfer nothing either.
    Frozen,
    /// Bytes to the server pass at once, its responses late, so that they may be outdated.
    AnswersLate {
        /// The delay.
        by: Duration,
        /// Responses with fewer bytes at once are not delayed.
        from_bytes: usize,
    },
    /// New connections lead to a PostgreSQL whose notifications are removed.
    WithoutNotifications,
}

/// A link to one server. It ends with this value.
#[derive(Debug)]
pub struct Link {
    /// The address to connect to instead of the server's: `127.0.0.1:PORT`.
    pub address: String,
    state: Arc<watch::Sender<State>>,
    /// The server of new connections.
    server: Arc<Mutex<String>>,
    _stop: DropGuard,
}

/// `HOST:PORT` of a server's URL.
///
/// # Panics
/// When it has none.
#[must_use]
pub fn server_of(url: &str) -> String {
    let parsed: url::Url = url.parse().expect("a URL");
    let port = parsed.port().expect("a port");
    format!("{}:{port}", parsed.host_str().expect("a host"))
}

impl Link {
    /// A whole link to the server at `address`.
    ///
    /// # Panics
    /// When there is no port for it.
    pub async fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address").to_string();
        let (state, _) = watch::channel(State::Whole);
        let (state, stop) = (Arc::new(state), CancellationToken::new());
        let server = Arc::new(Mutex::new(address.to_owned()));
        let (watched, stopped, leads_to) = (Arc::clone(&state), stop.clone(), Arc::clone(&server));
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stopped.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                if let Ok((near, _)) = accepted {
                    let (state, stopped) = (watched.subscribe(), stopped.clone());
                    let server = leads_to.lock().expect("no panic").clone();
                    tokio::spawn(async move {
                        tokio::select! {
                            () = stopped.cancelled() => {}
                            () = carry(near, &server, state) => {}
                        }
                    });
                }
            }
        });
        Self {
            address: own,
            state,
            server,
            _stop: stop.drop_guard(),
        }
    }

    /// Switches to another server: open connections are reset, new ones lead there.
    pub async fn lead_to(&self, address: &str) {
        address.clone_into(&mut self.server.lock().expect("no panic"));
        let before = *self.state.borrow();
        self.set(State::Cut);
        // Gives every connection time to see it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.set(before);
    }

    /// Sets the state of the link.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

/// Transfers one connection's bytes until either side ends it or the link is cut.
async fn carry(mut near: TcpStream, server: &str, mut state: watch::Receiver<State>) {
    if state
        .wait_for(|state| *state != State::Frozen)
        .await
        .map_or(true, |now| *now == State::Cut)
    {
        return;
    }
    let Ok(mut far) = TcpStream::connect(server).await else {
        return;
    };
    let (mut near_reads, mut near_writes) = near.split();
    let (mut far_reads, mut far_writes) = far.split();
    let (answered, mut due) = mpsc::unbounded_channel();
    let lateness = state.clone();
    let mut filter = (*state.borrow() == State::WithoutNotifications).then(NotificationFilter::default);
    // A copy may hold bytes that it has read and not yet written: it is never dropped, only not polled.
    let questions = async {
        tokio::io::copy(&mut near_reads, &mut far_writes).await?;
        far_writes.shutdown().await
    };
    let heard = async {
        loop {
            let mut bytes = Vec::with_capacity(1 << 14);
            if far_reads.read_buf(&mut bytes).await? == 0 {
                drop(answered);
                return std::io::Result::Ok(());
            }
            let late = match *lateness.borrow() {
                State::AnswersLate { by, from_bytes } if bytes.len() >= from_bytes => by,
                _ => Duration::ZERO,
            };
            if let Some(filter) = &mut filter {
                bytes = filter.pass(&bytes);
            }
            // It is not received when the other half has ended.
            let _ended = answered.send((Instant::now() + late, bytes));
        }
    };
    let passed_on = async {
        while let Some((when, bytes)) = due.recv().await {
            tokio::time::sleep_until(when).await;
            near_writes.write_all(&bytes).await?;
        }
        near_writes.shutdown().await
    };
    let answers = async { tokio::try_join!(heard, passed_on) };
    tokio::pin!(questions, answers);
    let (mut asks, mut is_answered) = (true, true);
    while asks || is_answered {
        let now = *state.borrow_and_update();
        if now == State::Cut {
            return;
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() { return },
            copied = &mut questions, if asks && now != State::Frozen => match copied {
                Ok(()) => asks = false,
                Err(_torn) => return,
            },
            copied = &mut answers, if is_answered && now != State::Frozen => match copied {
                Ok(_) => is_answered = false,
                Err(_torn) => return,
            },
        }
    }
}
