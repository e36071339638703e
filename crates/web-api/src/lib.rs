//! The JSON API: what programs ask, in the envelope of the contract.

mod admin;
mod auth;
mod body;
mod cache_kinds;
mod caches;
mod cart;
mod docs;
pub mod game_lists;
pub mod games;
mod health;
mod idempotency;
mod keys;
mod list_parameters;
mod lists;
mod mails;
mod managed_games;
mod manual;
pub mod metrics;
mod names;
mod offers;
mod openapi;
mod order_body;
mod orders;
mod people;
mod proof;
mod recovery;
pub mod routes;
#[cfg(test)]
mod samples;
mod staff;
mod suppliers;
mod terms;
mod trail;
mod user;
mod users;
mod wallets;
mod wishlist;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::refusal::Refusal;
use serde::Serialize;
use services::trail::Actor;
use utoipa::ToSchema;
use web_kit::caller::SESSION_HEADER;
use web_kit::cookies::Cookie;
use web_kit::json::json_text;
use web_kit::{App, conditional};

/// Every answer that is a success.
#[derive(Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// Always `true`.
    success: bool,
    /// What was asked for.
    data: T,
}

/// A success with nothing to return.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    /// Always `true`.
    success: bool,
    /// For a person.
    message: &'static str,
}

/// An answer about a person: nobody but that person may keep it, and nothing in between.
pub(crate) fn personal<T: Serialize>(status: StatusCode, data: T) -> Response {
    conditional::send_privately(status, success(data), conditional::JSON, None)
}

/// A success with nothing to return but a sentence.
pub(crate) fn done(message: &'static str) -> Response {
    let done = Done { success: true, message };
    conditional::send_privately(StatusCode::OK, json_text(&done), conditional::JSON, None)
}

/// `actor` with the reason that a body gives, if it gives one.
pub(crate) fn because(actor: &Actor, reason: Option<&str>) -> Result<Actor, Refusal> {
    let reason = domain::trail::reason(reason.unwrap_or_default(), false)?;
    Ok(actor.because(reason.as_deref()))
}

/// Tells a guest's client what it is known by from now on, if a session was begun for it.
pub(crate) fn remember_guest(app: &App, mut response: Response, new_secret: Option<&str>) -> Response {
    if let Some(secret) = new_secret {
        Cookie::Guest.set(&app.site, &mut response, secret);
        if let Ok(value) = HeaderValue::from_str(secret) {
            response.headers_mut().insert(SESSION_HEADER, value);
        }
    }
    response
}

/// `data` in the envelope of a success.
pub(crate) fn success<T: Serialize>(data: T) -> String {
    json_text(&Success { success: true, data })
}
