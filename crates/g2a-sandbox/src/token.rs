//! `POST /oauth/token`, as a form or as JSON.

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::access::TOKEN_SECONDS;
use crate::answer;
use crate::state::Shop;

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// Issues a Bearer token for the client's id and secret.
pub(crate) fn give(shop: &Shop, parts: &Parts, body: &[u8]) -> Response {
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let request = if kind.starts_with("application/json") {
        serde_json::from_slice::<TokenRequest>(body).ok()
    } else {
        form(body)
    };
    let Some(request) = request.filter(|request| request.grant_type == "client_credentials") else {
        return answer::refusal(StatusCode::BAD_REQUEST, "BR01", "Bad token request.");
    };
    let token = shop
        .memory()
        .tokens
        .give(&shop.settings, &request.client_id, &request.client_secret);
    match token {
        Some(token) => answer::ok(&json!({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS})),
        None => answer::refusal(StatusCode::UNAUTHORIZED, "AUTH02", "Wrong client id or secret."),
    }
}

/// A form has the same encoding as a query.
fn form(body: &[u8]) -> Option<TokenRequest> {
    let uri = format!("/?{}", std::str::from_utf8(body).ok()?).parse().ok()?;
    Query::<TokenRequest>::try_from_uri(&uri)
        .ok()
        .map(|Query(request)| request)
}
