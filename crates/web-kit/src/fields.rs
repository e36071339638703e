//! JSON bodies of programs: every error names its field.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use domain::refusal::{FieldError, Refusal, Wrong};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON object, parsed into `T`.
pub struct Fields<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media(request.headers()) != "application/json" {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "VAL001",
                "Send JSON, and say so: Content-Type: application/json",
            ));
        }
        let bytes = whole(Bytes::from_request(request, state).await)?;
        read(&bytes).map(Self)
    }
}

/// The whole body, or why it could not be read.
pub(crate) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large()
        } else {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "VAL001",
                "The request ended before its body was whole",
            )
        }
    })
}

/// The media type of the body, in lower case and without parameters; empty when there is none.
pub(crate) fn media(headers: &HeaderMap) -> String {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Serde would accept an array as an object with its fields in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "VAL001",
            "The body is not a JSON object",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            wrong_field(&path, &inner.to_string())
        } else {
            malformed()
        }
    })?;
    reader.end().map_err(|_| malformed())?;
    Ok(value)
}

fn malformed() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "VAL001", "The body is not well-formed JSON")
}

/// The library's message says what was expected; it ends with a position in the text, which is removed.
fn wrong_field(path: &str, message: &str) -> Problem {
    let (message, _) = message.split_once(" at line ").unwrap_or((message, ""));
    let error = match message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
    {
        Some((field, _)) => FieldError::of(Wrong::Missing, field, "is missing"),
        None => FieldError::new(path, "is not of the expected kind"),
    };
    Refusal::Invalid(vec![error]).into()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked {
        game_id: String,
        #[serde(default)]
        quantity: i64,
    }

    fn refused(text: &str) -> (u16, &'static str, Vec<(String, String)>) {
        let problem = read::<Asked>(text.as_bytes()).unwrap_err();
        let details = problem
            .details
            .iter()
            .map(|wrong| (wrong.field.clone(), wrong.message.clone()));
        (problem.status.as_u16(), problem.code, details.collect())
    }

    #[test]
    fn each_fault_is_named() {
        let asked: Asked = read(br#" {"gameId":"a","quantity":2,"more":[]} "#).unwrap();
        assert_eq!((asked.game_id.as_str(), asked.quantity), ("a", 2));
        for text in ["", "{", "[1]", "\"a\"", "{\"gameId\":\"a\"} x", "{'gameId':1}", "\u{0}"] {
            assert_eq!(refused(text), (400, "VAL001", vec![]), "{text}");
        }
        let missing = ("gameId".to_owned(), "is missing".to_owned());
        assert_eq!(refused("{}"), (400, "VAL007", vec![missing]));
        let wrong = ("quantity".to_owned(), "is not of the expected kind".to_owned());
        for text in [
            r#"{"gameId":"a","quantity":"two"}"#,
            r#"{"gameId":"a","quantity":1e99}"#,
        ] {
            assert_eq!(refused(text), (400, "VAL001", vec![wrong.clone()]), "{text}");
        }
    }
}
