//! The calls outside the protocol, with which tests and demos steer a sandbox.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, json};

use crate::faults::Faults;
use crate::query::cents;
use crate::state::Shop;
use crate::{answer, catalogue};

/// Far above any real offer, and far below where a drift's arithmetic would end.
const MOST_CENTS: u32 = 10_000_000;
const MOST_KEYS: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Edit {
    min_price: Option<Number>,
    qty: Option<u32>,
    name: Option<String>,
    gone: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drift {
    changes: u32,
}

/// Anything under `/_sandbox`.
pub(crate) fn handle(shop: &Shop, method: &Method, steps: &[&str], body: &[u8]) -> Response {
    match (method.as_str(), steps) {
        ("GET", ["ledger"]) => answer::ok(&shop.ledger()),
        ("GET", ["products", id]) => with_product(shop, id, |place| look(shop, place)),
        ("PATCH", ["products", id]) => with_product(shop, id, |place| edit(shop, place, body)),
        ("POST", ["drift"]) => drift(shop, body),
        ("PUT", ["faults"]) => match Faults::read(body) {
            Ok(faults) => {
                shop.set_faults(faults);
                done()
            }
            Err(reason) => answer::bad_request(&reason),
        },
        ("DELETE", ["faults"]) => {
            shop.set_faults(Faults::default());
            done()
        }
        ("POST", ["reset"]) => {
            shop.reset();
            done()
        }
        _ => answer::wrong_url(),
    }
}

fn done() -> Response {
    answer::ok(&json!({"status": "OK"}))
}

fn with_product(shop: &Shop, id: &str, then: impl FnOnce(u32) -> Response) -> Response {
    match shop.catalogue.place_of(id) {
        Some(place) => then(place),
        None => answer::refusal(StatusCode::NOT_FOUND, "SANDBOX", "There is no such product."),
    }
}

fn look(shop: &Shop, place: u32) -> Response {
    let mut product = shop.product(place);
    product["gone"] = json!(shop.is_gone(place));
    answer::ok(&product)
}

fn edit(shop: &Shop, place: u32, body: &[u8]) -> Response {
    let edit: Edit = match read(body) {
        Ok(edit) => edit,
        Err(refusal) => return *refusal,
    };
    let price = edit
        .min_price
        .map(|number| cents(&number.to_string()).filter(|price| *price <= MOST_CENTS));
    let price = match price {
        Some(None) => return answer::bad_request("minPrice: 0 to 100000, at most two decimals"),
        Some(price) => price,
        None => None,
    };
    if edit.qty.is_some_and(|qty| qty > MOST_KEYS) {
        return answer::bad_request("qty: at most 1000000");
    }
    if edit
        .name
        .as_ref()
        .is_some_and(|name| name.len() > catalogue::LONGEST_NAME)
    {
        return answer::bad_request("name: too long");
    }
    shop.change(place, |change| {
        change.price = price.or(change.price);
        change.qty = edit.qty.or(change.qty);
        change.name = edit.name.or_else(|| change.name.take());
        change.gone = edit.gone.unwrap_or(change.gone);
    });
    look(shop, place)
}

fn drift(shop: &Shop, body: &[u8]) -> Response {
    match read::<Drift>(body) {
        Ok(drift) => {
            let ids: Vec<_> = shop.drift(drift.changes).into_iter().map(catalogue::id_of).collect();
            answer::ok(&json!({"changed": ids}))
        }
        Err(refusal) => *refusal,
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| Box::new(answer::bad_request(&error.to_string())))
}
