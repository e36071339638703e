//! Serving: the router on a listener, until told to stop.

use std::net::SocketAddr;

use axum::ServiceExt;
use axum::extract::Request;
use services::Shop;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web_kit::Site;

/// Answers on `listener` until `stop`; then takes no more requests and finishes those that run.
///
/// # Errors
/// The listener's.
pub async fn serve(listener: TcpListener, shop: Shop, site: Site, stop: CancellationToken) -> std::io::Result<()> {
    let house = crate::router(shop, site);
    let house = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(house);
    axum::serve(listener, house)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}
