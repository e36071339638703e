//! The API's description, as a file for programs and as a page for people.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use web_kit::json::json_text;
use web_kit::{Site, conditional};

use super::{manual, openapi};

/// Both, made once: they change with the program alone.
pub(crate) struct Docs {
    json: Bytes,
    html: Bytes,
}

impl Docs {
    pub(crate) fn of(site: &Site) -> Self {
        let description = openapi::document(site);
        let html = manual::page(site, &serde_json::to_value(&description).unwrap_or_default());
        Self {
            json: json_text(&description).into(),
            html: html.into(),
        }
    }
}

pub(crate) async fn json(State(docs): State<Arc<Docs>>) -> Response {
    send(&docs.json, conditional::JSON)
}

pub(crate) async fn page(State(docs): State<Arc<Docs>>) -> Response {
    send(&docs.html, conditional::HTML)
}

fn send(bytes: &Bytes, media: HeaderValue) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    (headers, bytes.clone()).into_response()
}
