//! The calls that buy a key: an order, its payment, its details, its key.

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer;
use crate::catalogue::{Euros, retail_of};
use crate::dice::Dice;
use crate::fault_effects::FaultEffects;
use crate::order::id_of;
use crate::orders::{Refused, refused};
use crate::settings::{Answer, Settings};
use crate::state::Shop;

/// `POST /v1/order`.
pub(crate) fn order(shop: &Shop, parts: &Parts, body: &[u8], effects: &FaultEffects) -> Response {
    shop.return_lapsed();
    let placed = Wish::read(&shop.settings, parts, body).and_then(|wish| place(shop, &wish, effects));
    placed.unwrap_or_else(|refused| refuse(&refused))
}

/// The parameters of an order.
struct Wish {
    product_id: String,
    max_price: Option<f64>,
}

impl Wish {
    /// Unknown fields are tolerated, and so is any currency: the supplier sells in EUR.
    fn read(settings: &Settings, parts: &Parts, body: &[u8]) -> Result<Wish, Refused> {
        let refuse = |code| refused(settings, &[StatusCode::BAD_REQUEST], code);
        if !is_json(parts) {
            let statuses = [StatusCode::BAD_REQUEST, StatusCode::UNSUPPORTED_MEDIA_TYPE];
            return Err(refused(settings, &statuses, "CTTYPE"));
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| refuse("BR01"))?;
        let fields = body.as_object().ok_or_else(|| refuse("BR02"))?;
        let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
        if given("currency").is_some_and(|currency| !currency.is_string()) {
            return Err(refuse("BR02"));
        }
        let max_price = match given("max_price").map(Value::as_f64) {
            Some(Some(price)) if price >= 0.0 => Some(price).filter(|price| *price > 0.0),
            Some(_) => return Err(refuse("BR02")),
            None => None,
        };
        let product_id = given("product_id").and_then(Value::as_str);
        let product_id = product_id.filter(|id| id.len() == 14 && id.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(Wish {
            product_id: product_id.ok_or_else(|| refuse("BR04"))?.to_owned(),
            max_price,
        })
    }
}

fn is_json(parts: &Parts) -> bool {
    let value = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Prices the offer, takes one key out of stock and stores the order: all of it or nothing.
fn place(shop: &Shop, wish: &Wish, effects: &FaultEffects) -> Result<Response, Refused> {
    let unknowns = &shop.settings.unknowns;
    let none = || unknowns.no_such_product.clone();
    let product = shop.catalogue.place_of(&wish.product_id).ok_or_else(none)?;
    let mut memory = shop.memory();
    let Some(number) = memory.orders.next(&shop.settings) else {
        let full = "No more orders fit: POST /_sandbox/reset.";
        return Ok(answer::control(StatusCode::INSUFFICIENT_STORAGE, full));
    };
    let mut stock = shop.stock_to_change();
    if stock.is_gone(product) {
        return Err(none());
    }
    let facts = stock.facts(product);
    if facts.qty == 0 {
        return Err(unknowns.sold_out.clone());
    }
    let price = repriced(&shop.settings, number, facts.price);
    if wish.max_price.is_some_and(|most| f64::from(price) / 100.0 > most) {
        return Err(unknowns.too_dear.clone());
    }
    stock.move_one(product, false);
    let price = if effects.wrong_price {
        price.saturating_mul(2)
    } else {
        price
    };
    memory.orders.keep(number, product, price);
    let has_one_before = number > shop.settings.first_order;
    let answered = if effects.repeat_order_id && has_one_before {
        number - 1
    } else {
        number
    };
    let currency = if effects.wrong_currency { "USD" } else { "EUR" };
    Ok(answer::ok(
        &json!({"order_id": id_of(answered), "price": Euros(price.into()), "currency": currency}),
    ))
}

/// Another offer may be the cheapest by now: the seed determines how much its price differs.
fn repriced(settings: &Settings, number: u64, listed: u32) -> u32 {
    let most = settings.unknowns.reprice_percent.min(99);
    let percent = Dice::new(settings.seed ^ 0x9E9, number).between(100 - most, 100 + most);
    let price = u64::from(listed) * u64::from(percent) / 100;
    u32::try_from(price).unwrap_or(u32::MAX).max(1)
}

/// `PUT /v1/order/pay/{id}`: without a body, but with `Content-Length: 0`. The gateway answers 411 in HTML without a
/// length.
pub(crate) fn pay(shop: &Shop, parts: &Parts, body: &[u8], id: &str, effects: &FaultEffects) -> Response {
    if !parts.headers.contains_key(header::CONTENT_LENGTH) {
        return answer::page(StatusCode::LENGTH_REQUIRED);
    }
    if parts.headers.get(header::CONTENT_LENGTH) != Some(&HeaderValue::from_static("0")) || !body.is_empty() {
        return refuse(&refused(&shop.settings, &[StatusCode::BAD_REQUEST], "BR02"));
    }
    shop.return_lapsed();
    let processing = effects.processing.unwrap_or(shop.settings.processing);
    let charge = if effects.charge_retail {
        retail_of
    } else {
        |price| price
    };
    let paid = shop.memory().orders.pay(id, &shop.settings, processing, charge);
    match paid {
        Ok(transaction) => answer::ok(&json!({"status": true, "transaction_id": transaction})),
        Err(refused) => refuse(&refused),
    }
}

/// `GET /v1/order/details/{id}`.
pub(crate) fn details(shop: &Shop, id: &str, effects: &FaultEffects) -> Response {
    let mut memory = shop.memory();
    let lag = effects.lag.unwrap_or_default();
    match memory.orders.find(id, &shop.settings) {
        Ok(order) => answer::ok(
            &json!({"status": order.status(&shop.settings, lag), "price": Euros(order.price.into()), "currency": "EUR"}),
        ),
        Err(refused) => refuse(&refused),
    }
}

/// `GET /v1/order/key/{id}`: once.
pub(crate) fn key(shop: &Shop, id: &str, effects: &FaultEffects) -> Response {
    let key = shop.memory().orders.key(id, &shop.settings, effects);
    match key {
        // Some answers have the field and some do not: a client must not require it.
        Ok((key, number)) if number % 2 == 0 => answer::ok(&json!({"key": key, "isFile": false})),
        Ok((key, _)) => answer::ok(&json!({"key": key})),
        Err(refused) => refuse(&refused),
    }
}

fn refuse(refused: &Answer) -> Response {
    let message = match refused.code.as_str() {
        "CTTYPE" => "The content type must be application/json.",
        "BR01" => "The body is no JSON.",
        "BR02" => "The body is not what this call takes.",
        "BR04" => "Bad product id.",
        "ORD01" => "Bad order id.",
        "ORD02" => "There is no such order.",
        "ORD03" => "The payment is not ready.",
        "ORD04" | "ORD004" => "The key was downloaded already.",
        "ORD05" => "Payment is required.",
        "ORD06" => "The order is not processed yet.",
        "ORD110" => "The payment cannot be processed.",
        "ORD112" => "Not enough funds.",
        "ORD114" => "Too late: the reservation has lapsed.",
        _ => "The order cannot be made.",
    };
    answer::refusal(refused.status, &refused.code, message)
}
