//! The request's id, span, log line and metrics.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

pub(crate) const NAME: HeaderName = HeaderName::from_static("x-request-id");

/// Successful reads that are faster are only counted in the metrics and not logged.
const SLOW: Duration = Duration::from_secs(1);

/// The id of a request in the logs, in errors and in the response's `x-request-id`.
#[derive(Clone, Debug, Default)]
pub struct RequestId(String);

impl RequestId {
    /// As a text for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a header's value.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }

    /// The caller's id if it is safe in a log; otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let theirs = headers.get(NAME).and_then(|value| value.to_str().ok());
        let plain = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        theirs.filter(plain).map_or_else(Self::fresh, |id| Self(id.to_owned()))
    }

    /// The process id and a counter: nothing depends on it, so it may be predictable.
    fn fresh() -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
        static COUNT: AtomicU64 = AtomicU64::new(1);
        Self(format!("{:016x}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

/// The outermost layer.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = known(request.method());
    // Only the path: the query, such as a visitor's search, is not logged.
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id = id.as_str(), method, route);
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(value) = id.header() {
        response.headers_mut().insert(NAME, value);
    }
    let (status, took) = (response.status(), started.elapsed());
    let read_well = matches!(method, "GET" | "HEAD") && status.as_u16() < 400 && took < SLOW;
    span.in_scope(|| {
        let millis = took.as_micros() as f64 / 1_000.0;
        if read_well || is_routine(&route) {
            tracing::debug!(status = status.as_u16(), millis, "[HTTP] {method} {path}");
        } else {
            tracing::info!(status = status.as_u16(), millis, "[HTTP] {method} {path}");
        }
    });
    let meters = Meters::of(method, route, status);
    meters.count(took);
    response
}

/// The metrics of one kind of response.
pub(crate) struct Meters {
    answered: metrics::Counter,
    took: metrics::Histogram,
}

impl Meters {
    pub(crate) fn of(method: &'static str, route: String, status: StatusCode) -> Self {
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        Self {
            answered: metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => class),
            took: metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route, "status" => class),
        }
    }

    pub(crate) fn count(&self, took: Duration) {
        self.answered.increment(1);
        self.took.record(took);
    }
}

/// Routes that are requested every few seconds or with every page, and are not worth a log line.
fn is_routine(route: &str) -> bool {
    matches!(
        route,
        "/livez" | "/readyz" | "/metrics" | "/health" | "/api/health" | "/static/{name}"
    )
}

/// The method as a label: callers may invent methods, and each label is a stored time series.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
