//! The JSON API: what programs ask, in the envelope of the contract.

pub(crate) mod admin;
pub(crate) mod body;
pub(crate) mod docs;
pub(crate) mod games;
pub(crate) mod health;
pub(crate) mod manual;
pub(crate) mod openapi;

use serde::Serialize;
use utoipa::ToSchema;

/// Every answer that is a success.
#[derive(Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// Always `true`.
    success: bool,
    /// What was asked for.
    data: T,
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
