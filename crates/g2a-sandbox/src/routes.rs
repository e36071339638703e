//! Which address leads to which call.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::faults::Call;
use crate::listener::Line;
use crate::state::Shop;
use crate::{answer, control, pictures, supplier};

const MOST_BODY: usize = 64 * 1024;

/// One handler for every address: a doubled slash in a path must be tolerated, which a table of routes would not do.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new().fallback(handle).with_state(shop)
}

async fn handle(State(shop): State<Arc<Shop>>, ConnectInfo(line): ConnectInfo<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "BR01", "The body is too large.");
    };
    let path = parts.uri.path().to_owned();
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    match steps.as_slice() {
        ["_sandbox", rest @ ..] => control::handle(&shop, &parts.method, rest, &body),
        ["images", id, file] if parts.method == Method::GET => picture(&shop, id, file),
        _ => sold(&shop, &line, &parts, &steps, &body).await,
    }
}

/// The calls of the protocol: counted, limited, and subject to faults.
async fn sold(shop: &Shop, line: &Line, parts: &Parts, steps: &[&str], body: &Bytes) -> Response {
    shop.count(&format!("/{}", steps.join("/")));
    let call = match (&parts.method, steps) {
        (&Method::GET, ["v1", "products"]) => Call::Products,
        (&Method::POST, ["oauth", "token"]) => Call::Token,
        _ => return answer::wrong_url(),
    };
    if !shop.within_rate() {
        return answer::refusal(StatusCode::TOO_MANY_REQUESTS, "BR03", "Too many requests.");
    }
    let fate = shop.fate(call);
    if let Some(response) = fate.before(line).await {
        return response;
    }
    let response = match call {
        Call::Products => supplier::products(shop, parts),
        Call::Token => supplier::token(shop, parts, body),
    };
    fate.after(response).await
}

fn picture(shop: &Shop, id: &str, file: &str) -> Response {
    let number = file
        .strip_suffix(".svg")
        .filter(|digits| digits.len() <= 2)
        .and_then(|digits| digits.parse().ok());
    let Some((place, number)) = shop.catalogue.place_of(id).zip(number) else {
        return answer::wrong_url();
    };
    let Some(svg) = pictures::draw(&shop.catalogue, place, number) else {
        return answer::wrong_url();
    };
    let mut response = answer::whole(StatusCode::OK, "image/svg+xml", svg);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
