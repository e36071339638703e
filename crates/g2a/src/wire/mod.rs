//! The supplier's JSON as it stands on the wire, and its translation into what the house uses.

mod orders;
mod products;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::bounded;

pub(crate) use orders::{WireToken, read_details, read_key, read_order, read_payment, written_order};
pub(crate) use products::{id_of, read_listing, read_product};

/// Reads an object. Derived readers would also take an array for one, field by field: `["K"]` for a key.
fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> serde_json::Result<T> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        serde_json::from_slice(body)
    } else {
        Err(serde::de::Error::custom("not a JSON object"))
    }
}

/// An error answer. The code is a text in every recording; a bare number would do as well.
#[derive(Deserialize)]
pub(crate) struct WireError {
    status: String,
    #[serde(default, deserialize_with = "decoration")]
    message: String,
    code: serde_json::Value,
}

impl WireError {
    /// Code and message; `None` if the body is not a well-formed error answer.
    pub(crate) fn read(body: &[u8]) -> Option<(String, String)> {
        let error: WireError = object(body).ok()?;
        let code = match error.code {
            serde_json::Value::String(code) if !code.is_empty() => code,
            serde_json::Value::Number(code) => code.to_string(),
            _ => return None,
        };
        (error.status == "ERROR").then(|| (code, bounded(&error.message)))
    }
}

/// What only decorates may be of any shape and is then empty. Borrows from the text, so that is what must be read from.
fn decoration<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    let raw = <&RawValue>::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}
