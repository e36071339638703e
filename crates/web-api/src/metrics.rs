//! `/metrics` in Prometheus' text format: on the shop's address for those who may, or on an address of its own.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;
use web_kit::problem::Problem;
use web_kit::{App, conditional};

pub(crate) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let readers = &app.site.metrics_readers;
    if !readers.admit(request.extensions(), request.headers()) {
        return Err(Problem::no_such_address());
    }
    Ok(write(&app.shop, &app.site.metrics).await)
}

async fn write(shop: &Shop, metrics: &PrometheusHandle) -> Response {
    let media = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    shop.caches().gauge();
    shop.sync().count_runs().await;
    shop.operations().measure().await;
    conditional::send_once(StatusCode::OK, metrics.render(), media)
}

/// The same for everybody who can reach an address of its own.
pub fn of_its_own_address(shop: Shop, metrics: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || write(&shop, &metrics).await))
}
