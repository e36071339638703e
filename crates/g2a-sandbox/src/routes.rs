//! Routing, and the checks that every call of the protocol passes first.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::access::Caller;
use crate::fault_effects::FaultEffects;
use crate::faults::Call;
use crate::listener::Line;
use crate::orders::refused;
use crate::state::Shop;
use crate::{answer, buying, control, pictures, products, token};

const MOST_BODY: usize = 64 * 1024;

/// One handler for every address: doubled slashes in a path must be tolerated, which a routing table would not do.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new().fallback(handle).with_state(shop)
}

async fn handle(State(shop): State<Arc<Shop>>, ConnectInfo(line): ConnectInfo<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "BR01", "The body is too large.");
    };
    let steps: Vec<&str> = parts.uri.path().split('/').filter(|step| !step.is_empty()).collect();
    match steps.as_slice() {
        ["_sandbox", rest @ ..] => control::handle(&shop, &line, &parts, rest, &body),
        ["images", id, file] if parts.method == Method::GET => picture(&shop, id, file),
        steps => sold(&shop, &line, &parts, steps, &body).await,
    }
}

/// The path as the ledger counts it, without the method, and the call that it leads to.
fn call<'a>(method: &Method, steps: &[&'a str]) -> (&'static str, Option<(Call, &'a str)>) {
    let (path, right, call, id) = match *steps {
        ["v1", "products"] => ("/v1/products", Method::GET, Call::Products, ""),
        ["oauth", "token"] => ("/oauth/token", Method::POST, Call::Token, ""),
        ["v1", "order"] => ("/v1/order", Method::POST, Call::Order, ""),
        ["v1", "order", "pay", id] => ("/v1/order/pay", Method::PUT, Call::Pay, id),
        ["v1", "order", "details", id] => ("/v1/order/details", Method::GET, Call::Details, id),
        ["v1", "order", "key", id] => ("/v1/order/key", Method::GET, Call::Key, id),
        _ => return ("(others)", None),
    };
    (path, (*method == right).then_some((call, id)))
}

/// The calls of the protocol: counted, limited, and subject to faults.
async fn sold(shop: &Shop, line: &Line, parts: &Parts, steps: &[&str], body: &Bytes) -> Response {
    let (path, call) = call(&parts.method, steps);
    let effects = {
        let memory = &mut *shop.memory();
        memory.requests.count(path);
        if !memory.rate.admits(shop.settings.rate_per_minute) {
            return answer::refusal(StatusCode::TOO_MANY_REQUESTS, "BR03", "Too many requests.");
        }
        call.map(|(call, _)| memory.faults.draw_effects(call, &mut memory.dice))
    };
    let (Some((call, id)), Some(effects)) = (call, effects) else {
        return answer::wrong_url();
    };
    if let Some(response) = effects.before(line).await {
        return response;
    }
    let response = match stranger(shop, parts, call) {
        Some(refusal) => refusal,
        None => answered(shop, parts, body, call, id, &effects),
    };
    effects.after(line, response).await
}

fn answered(shop: &Shop, parts: &Parts, body: &Bytes, call: Call, id: &str, effects: &FaultEffects) -> Response {
    match call {
        Call::Products => products::list(shop, parts, effects),
        Call::Token => token::give(shop, parts, body),
        Call::Order => buying::order(shop, parts, body, effects),
        Call::Pay => buying::pay(shop, parts, body, id, effects),
        Call::Details => buying::details(shop, id, effects),
        Call::Key => buying::key(shop, id, effects),
    }
}

/// The refusal of a caller who may not make this call; a Bearer token allows no purchases.
fn stranger(shop: &Shop, parts: &Parts, call: Call) -> Option<Response> {
    if call == Call::Token {
        return None;
    }
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        let statuses = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST];
        let refused = refused(&shop.settings, &statuses, "AUTH01");
        return Some(answer::refusal(
            refused.status,
            "AUTH01",
            "Missing authorization header.",
        ));
    };
    let caller = value.to_str().map_or(Caller::Stranger, |value| {
        shop.memory().tokens.caller(value, &shop.header)
    });
    let (status, code, message) = match (caller, call) {
        (Caller::Buyer, _) | (Caller::Reader, Call::Products) => return None,
        (Caller::Reader, _) => (StatusCode::FORBIDDEN, "AUTH04", "No privilege for this call."),
        (Caller::Stranger, _) => (StatusCode::UNAUTHORIZED, "AUTH02", "Wrong authorization header."),
    };
    Some(answer::refusal(status, code, message))
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
