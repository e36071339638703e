//! Requests that are to have one effect, however often they are sent.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::idempotency;
use domain::refusal::Refusal;

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get(KEY) else {
        return Ok(None);
    };
    // What is no text is no key either.
    idempotency::key("Idempotency-Key", key.to_str().unwrap_or_default()).map(Some)
}

/// The same answer, marked as one to a request that had been answered before.
pub(crate) fn replayed(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
