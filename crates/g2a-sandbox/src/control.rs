//! The control calls, outside the protocol, by which tests and demos configure a sandbox.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Number, Value, json};

use crate::faults::Faults;
use crate::listener::Line;
use crate::query::cents;
use crate::state::Shop;
use crate::stock::MOST_CENTS;
use crate::{answer, catalogue, ledger, notify};

/// Far above any real stock.
const MOST_KEYS: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Edit {
    min_price: Option<Number>,
    qty: Option<u32>,
    name: Option<String>,
    gone: Option<bool>,
    raw: Option<BTreeMap<String, Box<RawValue>>>,
    without: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drift {
    changes: u32,
}

/// Anything under `/_sandbox`.
pub(crate) fn handle(shop: &Arc<Shop>, line: &Line, parts: &Parts, steps: &[&str], body: &[u8]) -> Response {
    if !line.peer().ip().to_canonical().is_loopback() || !is_no_browser(parts) {
        return answer::control(StatusCode::FORBIDDEN, "For programs on the sandbox's own machine only.");
    }
    match (parts.method.as_str(), steps) {
        ("GET", ["ledger"]) => ledger::write(shop).map_or_else(|error| wrong(&error.to_string()), answer::written),
        ("GET", ["products", id]) => with_product(shop, id, |place| look(shop, place)),
        ("PATCH", ["products", id]) => with_product(shop, id, |place| read(body, |edit| change(shop, place, edit))),
        ("POST", ["drift"]) => read(body, |drift: Drift| {
            let ids = shop.stock_to_change().drift(drift.changes);
            let ids: Vec<_> = ids.into_iter().map(catalogue::id_of).collect();
            answer::ok(&json!({"changed": ids}))
        }),
        ("PUT", ["faults"]) => match Faults::read(body) {
            Ok(faults) => set(shop, faults),
            Err(reason) => wrong(&reason),
        },
        ("DELETE", ["faults"]) => set(shop, Faults::default()),
        ("POST", ["notify"]) => read(body, |order| match notify::send(shop, order) {
            Ok(event_id) => answer::json(StatusCode::ACCEPTED, &json!({"eventId": event_id})),
            Err(reason) => wrong(&reason),
        }),
        ("POST", ["reset"]) => {
            shop.reset();
            done()
        }
        _ => answer::wrong_url(),
    }
}

/// A page of another site can make a browser on this machine call here: with that site's host name, or with an
/// `Origin`.
fn is_no_browser(parts: &Parts) -> bool {
    if parts.headers.contains_key(header::ORIGIN) {
        return false;
    }
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.and_then(|host| host.parse::<axum::http::uri::Authority>().ok()) else {
        return false;
    };
    let name = host.host().trim_matches(['[', ']']);
    name == "localhost" || name.parse::<IpAddr>().is_ok()
}

fn wrong(message: &str) -> Response {
    answer::control(StatusCode::BAD_REQUEST, message)
}

fn done() -> Response {
    answer::ok(&json!({"status": "OK"}))
}

fn set(shop: &Shop, faults: Faults) -> Response {
    let mut memory = shop.memory();
    memory.orders.fill_wallet(faults.purse(), &shop.settings);
    memory.faults = faults;
    done()
}

fn read<T: DeserializeOwned>(body: &[u8], then: impl FnOnce(T) -> Response) -> Response {
    serde_json::from_slice(body).map_or_else(|error| wrong(&error.to_string()), then)
}

fn with_product(shop: &Shop, id: &str, then: impl FnOnce(u32) -> Response) -> Response {
    match shop.catalogue.place_of(id) {
        Some(place) => then(place),
        None => answer::control(StatusCode::NOT_FOUND, "There is no such product."),
    }
}

/// The product as lists show it, and whether they do.
fn look(shop: &Shop, place: u32) -> Response {
    let gone = shop.stock().is_gone(place);
    let product = shop.product(place);
    match serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(&product) {
        Ok(mut fields) => {
            let gone = serde_json::value::to_raw_value(&Value::from(gone));
            fields.extend(gone.ok().map(|gone| ("gone".to_owned(), gone)));
            serde_json::to_string(&fields).map_or_else(|error| wrong(&error.to_string()), answer::written)
        }
        Err(error) => wrong(&error.to_string()),
    }
}

fn change(shop: &Shop, place: u32, edit: Edit) -> Response {
    let price = edit
        .min_price
        .map(|number| cents(&number.to_string()).filter(|price| *price <= MOST_CENTS));
    if price == Some(None) {
        return wrong("minPrice: 0 to 100000, at most two decimals");
    }
    if edit.qty.is_some_and(|qty| qty > MOST_KEYS) {
        return wrong("qty: at most 1000000");
    }
    if edit
        .name
        .as_ref()
        .is_some_and(|name| name.len() > catalogue::LONGEST_NAME)
    {
        return wrong("name: too long");
    }
    shop.stock_to_change().change(place, price.flatten(), edit.qty, |kept| {
        kept.name = edit.name.or_else(|| kept.name.take());
        kept.gone = edit.gone.unwrap_or(kept.gone);
        kept.raw = edit.raw.unwrap_or_else(|| std::mem::take(&mut kept.raw));
        kept.without = edit.without.unwrap_or_else(|| std::mem::take(&mut kept.without));
    });
    look(shop, place)
}
