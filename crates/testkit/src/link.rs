//! A link between two programs that a test can cut, freeze and mend: a proxy on a port of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

/// How a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Bytes pass.
    Whole,
    /// What is open is torn, what comes is turned away.
    Cut,
    /// What is open stays open and nothing passes; what comes is taken and nothing passes either.
    Frozen,
}

/// A link to one server. It ends with this value.
#[derive(Debug)]
pub struct Link {
    /// Where one connects instead of to the server: `127.0.0.1:PORT`.
    pub address: String,
    state: Arc<watch::Sender<State>>,
    /// What connections from now on lead to.
    server: Arc<Mutex<String>>,
    _stop: DropGuard,
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

    /// Leads to another server: what is open is torn, what comes gets there.
    pub async fn lead_to(&self, address: &str) {
        address.clone_into(&mut self.server.lock().expect("no panic"));
        let before = *self.state.borrow();
        self.set(State::Cut);
        // Every connection has to see it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.set(before);
    }

    /// From now on the link is so.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

/// Carries one connection's bytes until either side ends it or the link is cut.
async fn carry(mut near: TcpStream, server: &str, mut state: watch::Receiver<State>) {
    let whole_or_cut = state
        .wait_for(|state| *state != State::Frozen)
        .await
        .map(|state| *state);
    if !matches!(whole_or_cut, Ok(State::Whole)) {
        return;
    }
    let Ok(mut far) = TcpStream::connect(server).await else {
        return;
    };
    // A copy that was begun may hold bytes that it has read and not yet written: it is never given up, only not polled.
    let copy = copy_bidirectional(&mut near, &mut far);
    tokio::pin!(copy);
    loop {
        let now = *state.borrow_and_update();
        match now {
            State::Cut => return,
            State::Frozen => {
                if state.changed().await.is_err() {
                    return;
                }
            }
            State::Whole => tokio::select! {
                _ended = &mut copy => return,
                changed = state.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            },
        }
    }
}
