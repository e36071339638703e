//! The calls of the protocol: products, and the token that also opens them.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::answer;
use crate::query::Filter;
use crate::state::{Shop, TOKEN_SECONDS};

const PAGE_SIZE: usize = 20;

/// `GET /v1/products`.
pub(crate) fn products(shop: &Shop, parts: &Parts) -> Response {
    if let Some(refusal) = stranger(shop, parts) {
        return refusal;
    }
    let Ok(Query(pairs)) = Query::<HashMap<String, String>>::try_from_uri(&parts.uri) else {
        return answer::refusal(StatusCode::BAD_REQUEST, "BR08", "Bad query.");
    };
    let (page, filter) = match Filter::read(&pairs) {
        Ok(read) => read,
        Err((code, message)) => return answer::refusal(StatusCode::BAD_REQUEST, code, message),
    };
    let found = shop.select(&filter);
    let first = (page as usize - 1) * PAGE_SIZE;
    let docs: Vec<_> = found
        .iter()
        .skip(first)
        .take(PAGE_SIZE)
        .map(|place| shop.product(*place))
        .collect();
    answer::ok(&json!({"total": found.len(), "page": page, "docs": docs}))
}

fn stranger(shop: &Shop, parts: &Parts) -> Option<Response> {
    match parts.headers.get(header::AUTHORIZATION) {
        None => Some(answer::refusal(
            StatusCode::UNAUTHORIZED,
            "AUTH01",
            "Missing authorization header.",
        )),
        Some(value) if value.to_str().is_ok_and(|value| shop.admits(value)) => None,
        Some(_) => Some(answer::refusal(
            StatusCode::UNAUTHORIZED,
            "AUTH02",
            "Wrong authorization header.",
        )),
    }
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// `POST /oauth/token`, as a form or as JSON.
pub(crate) fn token(shop: &Shop, parts: &Parts, body: &[u8]) -> Response {
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
    match shop.token(&request.client_id, &request.client_secret) {
        Some(token) => answer::ok(&json!({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS})),
        None => answer::refusal(StatusCode::UNAUTHORIZED, "AUTH02", "Wrong client id or secret."),
    }
}

/// A form is written as a query is.
fn form(body: &[u8]) -> Option<TokenRequest> {
    let uri = format!("/?{}", std::str::from_utf8(body).ok()?).parse().ok()?;
    Query::<TokenRequest>::try_from_uri(&uri)
        .ok()
        .map(|Query(request)| request)
}
