//! Bounds that keep one caller from taking the shop from the others: size, time and number.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// The longest body that is read.
pub const BODY_MAX: usize = 64 * 1024;
const TIME_MAX: Duration = Duration::from_secs(10);

/// Turns away what says that it is too long; what does not say is stopped while it is read, by `DefaultBodyLimit`.
pub async fn body(request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_MAX) {
        return Problem::too_large().into_response();
    }
    next.run(request).await
}

/// Ends what takes too long.
pub async fn time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("[HTTP] no answer within {} s", TIME_MAX.as_secs());
            Problem::busy("The shop took too long to answer, please try again").into_response()
        }
    }
}

/// A seat for each request that is worked on. Who finds none is told at once: a queue would make all of them late.
pub async fn seats(State(seats): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_seat) = seats.try_acquire() else {
        metrics::counter!("http_requests_shed_total").increment(1);
        return Problem::busy("The shop is very busy, please try again").into_response();
    };
    next.run(request).await
}
