//! Parameters that API and pages parse alike: an id, a slug, a page's number, a pattern.

use std::convert::Infallible;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::pattern::Pattern;
use domain::refusal::{FieldError, Refusal};
use uuid::Uuid;

use crate::query::page_number;

/// The id in the path; `None` for any other text, which names nothing.
pub struct PathId(pub Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok())))
    }
}

/// Two ids in the path; `None` for each that is any other text.
pub struct PathIds(pub Option<Uuid>, pub Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Ok(Path((one, other))) = path else {
            return Ok(Self(None, None));
        };
        Ok(Self(Uuid::parse_str(&one).ok(), Uuid::parse_str(&other).ok()))
    }
}

/// A slug that is safe in a query: some databases refuse a text with a NUL.
pub fn known_slug(slug: Result<Path<String>, PathRejection>) -> Result<String, Refusal> {
    slug.ok()
        .map(|Path(slug)| slug)
        .filter(|slug| slug.len() <= 500 && !slug.chars().any(char::is_control))
        .ok_or(Refusal::GameNotFound)
}

/// The requested page number.
pub fn asked_page(query: Option<&str>) -> Result<u32, Refusal> {
    page_number(query.unwrap_or_default())
        .ok_or_else(|| Refusal::Invalid(vec![FieldError::new("page", "is not a whole number from 1 to 1000000")]))
}

/// A typed pattern.
pub fn pattern(typed: &str) -> Result<Pattern, Refusal> {
    Pattern::parse(typed).map_err(|why| Refusal::Invalid(vec![FieldError::new("pattern", why.to_string())]))
}
