//! Responses as JSON.

use serde::Serialize;

/// `value` as JSON. The shop's types can always be serialised; if one could not, the response would be an error.
pub fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(
            error = error.to_string(),
            "[HTTP] an answer could not be written as JSON"
        );
        r#"{"success":false,"error":{"message":"Something went wrong on our side","code":"SERVER001"}}"#.to_owned()
    })
}
