//! The JSON API: what programs ask, in the envelope of the contract.

pub(crate) mod admin;
pub(crate) mod auth;
pub(crate) mod body;
mod cache_kinds;
pub(crate) mod caches;
pub(crate) mod cart;
pub(crate) mod docs;
pub(crate) mod game_lists;
pub(crate) mod games;
pub(crate) mod health;
pub(crate) mod lists;
pub(crate) mod mails;
pub(crate) mod manual;
pub(crate) mod metrics;
pub(crate) mod named;
pub(crate) mod openapi;
pub(crate) mod people;
pub(crate) mod user;
pub(crate) mod wishlist;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::SESSION_HEADER;
use crate::cookies::Cookie;
use crate::{App, ready};

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
    ready::send_privately(status, success(data), ready::JSON, None)
}

/// A success with nothing to return but a sentence.
pub(crate) fn done(message: &'static str) -> Response {
    let done = Done { success: true, message };
    ready::send_privately(StatusCode::OK, json_text(&done), ready::JSON, None)
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

/// `value` as JSON. None of this crate's types can fail to be written; if one did, the caller would be told so.
pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(
            error = error.to_string(),
            "[HTTP] an answer could not be written as JSON"
        );
        r#"{"success":false,"error":{"message":"Something went wrong on our side","code":"SERVER001"}}"#.to_owned()
    })
}
