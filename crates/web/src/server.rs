//! The HTTP server: accepts connections, runs each in a task, and stops without cutting off a response.
//!
//! The limits of a connection are in `server/`: the number of connections (`connections`), how long each may be idle
//! (`activity`), and the checks of requests before routing (`target`). Only HTTP/1.1 is spoken.

mod activity;
mod connection;
mod connections;
mod observed;
mod target;
mod trouble;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use web_kit::Site;

use connection::House;
use connections::Connections;
use trouble::Trouble;

pub use connections::ConnectionLimits;

/// The pause before the next attempt when connections cannot be accepted and none can be closed to make room.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `listener` until `stop`; then takes no more requests and finishes the running ones.
pub async fn serve(listener: TcpListener, shop: Shop, site: Site, limits: ConnectionLimits, stop: CancellationToken) {
    let proxies = site.trusted_proxies.clone();
    let server = Server {
        house: crate::router(shop, site),
        connections: Connections::new(limits),
        is_proxy: move |peer: SocketAddr| {
            let peer = peer.ip().to_canonical();
            proxies.iter().any(|network| network.contains(&peer))
        },
    };
    server.run(listener, stop).await;
}

/// Limits for the address of the metrics: collectors need few connections.
const METRICS_CONNECTIONS: ConnectionLimits = ConnectionLimits {
    in_all: 16,
    per_address: None,
};

/// Serves `/metrics` on `listener`, to every client that can reach it, until `stop`.
pub async fn serve_metrics(listener: TcpListener, shop: Shop, metrics: PrometheusHandle, stop: CancellationToken) {
    let server = Server {
        house: web_api::metrics::of_its_own_address(shop, metrics),
        connections: Connections::new(METRICS_CONNECTIONS),
        is_proxy: |_| false,
    };
    server.run(listener, stop).await;
}

struct Server<H, P> {
    house: H,
    connections: Arc<Connections>,
    /// Whether many clients may be behind this peer.
    is_proxy: P,
}

impl<H: House, P: Fn(SocketAddr) -> bool> Server<H, P> {
    async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let mut accepting = Trouble::default();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if accepting.is_over() {
                        tracing::info!("[HTTP] connections are accepted again");
                    }
                    self.open(stream, peer).await;
                }
                Err(error) if concerns_one(&error) => {}
                Err(error) => {
                    metrics::counter!("http_accept_errors_total").increment(1);
                    if accepting.begins() {
                        tracing::error!(%error, "[HTTP] connections cannot be accepted");
                    }
                    // Most likely there are no file descriptors left. The listener stays readable, so without a change
                    // or a pause this loop would spin.
                    if !self.connections.make_room().await {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        }
        drop(listener);
        self.connections.drain().await;
    }

    /// Runs the connection in a task, or closes it when there is no room for it.
    async fn open(&self, stream: TcpStream, peer: SocketAddr) {
        let network = (!(self.is_proxy)(peer)).then(|| peer.ip().into());
        let Some(place) = self.connections.admit(network).await else {
            return;
        };
        // A response of several writes must not wait for the acknowledgement of the first one. If the connection is
        // already closed, the next read reports it.
        let _ignored = stream.set_nodelay(true);
        let connections = Arc::clone(&self.connections);
        let work = connection::drive(stream, peer, self.house.clone(), place.activity(), connections);
        place.run(work);
    }
}

/// Whether the error concerns only the connection that was to be accepted, and not the listener.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}
