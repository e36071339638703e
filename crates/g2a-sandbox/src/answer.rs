//! Answers in the supplier's format.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// Any body, of any type.
pub(crate) fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    whole(status, "application/json", body.to_string())
}

pub(crate) fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

/// 200 with JSON text.
pub(crate) fn written(body: String) -> Response {
    whole(StatusCode::OK, "application/json", body)
}

/// An HTML answer of a gateway in front of the service.
pub(crate) fn page(status: StatusCode) -> Response {
    whole(
        status,
        "text/html",
        format!("<html><body><h1>{status}</h1></body></html>"),
    )
}

/// `{"status":"ERROR","message":…,"code":…}`.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &json!({"status": "ERROR", "message": message, "code": code}))
}

/// Errors of the control calls have the same format, with a code of their own.
pub(crate) fn control(status: StatusCode, message: &str) -> Response {
    refusal(status, "SANDBOX", message)
}

pub(crate) fn wrong_url() -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "WRONGURL",
        "There is nothing under this address.",
    )
}
