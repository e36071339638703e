//! Requests that are to have one effect, however often they are sent.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::refusal::{FieldError, Refusal};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get(KEY) else {
        return Ok(None);
    };
    let is_printable =
        |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let key = key.to_str().ok().filter(is_printable);
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        let message = "must have 1 to 255 printable characters";
        Refusal::Invalid(vec![FieldError::new("Idempotency-Key", message)])
    })
}

/// The same answer, marked as one to a request that had been answered before.
pub(crate) fn replayed(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
