//! Serving: the router on a listener, until told to stop.

use services::Shop;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Site;

/// Answers on `listener` until `stop`; then takes no more requests and finishes those that run.
///
/// # Errors
/// The listener's.
pub async fn serve(listener: TcpListener, shop: Shop, site: Site, stop: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, crate::router(shop, site))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}
