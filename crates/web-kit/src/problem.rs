//! Problems: every error response, mapped to status and code once, and written as JSON or as a page.

use std::error::Error as _;
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::refusal::{FieldError, Refusal};
use serde::Serialize;
use services::Error;
use utoipa::ToSchema;

use crate::json::json_text;
use crate::status;

/// An error response.
///
/// As a response it is an empty body with this in its extensions; the layers of `web` write the body, because only
/// there the request's id and the kind of client are known.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// For programs; it never changes.
    pub code: &'static str,
    /// For a person.
    pub message: String,
    /// Each parameter or field that is not acceptable.
    pub details: Vec<FieldError>,
    /// When the same request may succeed, in seconds; `None` when waiting does not help.
    pub retry_after: Option<u64>,
    /// Replaces the password in the next step, when only the second factor is missing.
    pub challenge: Option<String>,
}

impl Problem {
    /// A problem without details.
    pub fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            details: Vec::new(),
            retry_after: None,
            challenge: None,
        }
    }

    /// No route has this address.
    pub fn no_such_address() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOTFOUND001", "There is nothing at this address")
    }

    /// The address exists, but not with this method.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "VAL001",
            "This address does not take this method",
        )
    }

    /// The body is longer than any valid one.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "VAL001",
            "The request is larger than 64 KiB",
        )
    }

    /// The body arrived too slowly.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "VAL001",
            "The request did not arrive in time",
        )
    }

    /// The body is incomplete, or does not match its headers.
    pub(crate) fn unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VAL001", "The request could not be read")
    }

    /// `Host` is missing, repeated or malformed.
    pub(crate) fn no_host() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "VAL001",
            "The request must have one Host header with the name of a host",
        )
    }

    /// An unexpected error; its details are only logged.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SERVER001",
            "Something went wrong on our side",
        )
    }

    /// A temporary error: the same request may succeed soon.
    pub fn busy(message: &str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "GATEWAY002", message)
        }
    }

    /// Whether signing in would help.
    pub fn asks_to_sign_in(&self) -> bool {
        matches!(self.code, "AUTH001" | "AUTH002")
    }

    /// The error as the API's JSON.
    pub fn to_json(&self, request_id: &str) -> String {
        let details: Vec<_> = self
            .details
            .iter()
            .map(|wrong| ErrorDetail {
                field: wrong.field.clone(),
                message: wrong.message.clone(),
            })
            .collect();
        let error = ErrorBody {
            message: self.message.clone(),
            code: self.code.to_owned(),
            details: (!details.is_empty()).then_some(details),
            challenge: self.challenge.clone(),
            request_id: request_id.to_owned(),
        };
        json_text(&ErrorEnvelope { success: false, error })
    }
}

/// Whether programs ask for this path: they get errors as JSON, browsers as pages.
#[must_use]
pub fn is_for_programs(path: &str) -> bool {
    path == "/api"
        || ["/api/", "/health", "/livez", "/readyz", "/metrics"]
            .iter()
            .any(|start| path.starts_with(start))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = status::of(&refusal);
        let problem = Self::new(status, refusal.code(), &refusal.to_string());
        match refusal {
            Refusal::Invalid(details) => Self { details, ..problem },
            Refusal::TooMany { retry_after_seconds } => Self {
                retry_after: Some(retry_after_seconds),
                ..problem
            },
            Refusal::SecondFactorNeeded { challenge } => Self {
                challenge: Some(challenge),
                ..problem
            },
            _ => problem,
        }
    }
}

/// The boundary: unexpected errors are logged here, once, and not shown to callers.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Unavailable(_) => {
                tracing::warn!(error = chain(&error), "[HTTP] the database is unavailable");
                Self::busy("The shop cannot be reached for a moment, please try again")
            }
            Error::Internal(_) => {
                tracing::error!(error = chain(&error), "[HTTP] internal error");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error and all its causes, in one line.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// Every answer that is not a success.
#[derive(Serialize, ToSchema)]
pub struct ErrorEnvelope {
    /// Always `false`.
    pub(crate) success: bool,
    /// What is wrong.
    pub(crate) error: ErrorBody,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    /// For a person; fit for a customer.
    #[schema(example = "This game does not exist")]
    pub(crate) message: String,
    /// For a program; it never changes.
    #[schema(example = "NOTFOUND002")]
    pub(crate) code: String,
    /// Each parameter or field that is not acceptable; only with a validation error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) details: Option<Vec<ErrorDetail>>,
    /// Only with `AUTH005`: send it to `/api/auth/second-factor` together with the code, within five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) challenge: Option<String>,
    /// The same as the `x-request-id` header: quote it to the operator.
    pub(crate) request_id: String,
}

/// One parameter or field that is not acceptable.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// Its name, as it was sent.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
