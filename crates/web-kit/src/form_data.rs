//! The data of a form of the shop's own pages, or of the query of an address.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use domain::money::Cents;
use domain::refusal::FieldError;

use crate::fields::{media, whole};
use crate::problem::Problem;
use crate::upload::Upload;

/// Fields by name, as a browser sends them. Without `Debug`: passwords are among them.
#[derive(Default)]
pub struct FormData {
    texts: Vec<(String, String)>,
    upload: Option<Upload>,
}

impl<S: Send + Sync> FromRequest<S> for FormData {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media(request.headers()) != "application/x-www-form-urlencoded" {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "VAL001",
                "This address takes what a form of the shop sends",
            ));
        }
        let bytes = whole(Bytes::from_request(request, state).await)?;
        Ok(Self::of(&bytes))
    }
}

impl FormData {
    fn of(encoded: &[u8]) -> Self {
        Self {
            texts: url::form_urlencoded::parse(encoded).into_owned().collect(),
            upload: None,
        }
    }

    /// What a form with a file sends.
    ///
    /// # Errors
    /// That it is no such form, is too large or takes too long.
    pub async fn from_upload(request: Request) -> Result<Self, Problem> {
        let mut upload = Upload::read(request).await?;
        Ok(Self {
            texts: std::mem::take(&mut upload.texts),
            upload: Some(upload),
        })
    }

    /// The file of a field; `None` when none was chosen.
    ///
    /// # Errors
    /// That it is too large.
    pub fn file(&self, field: &str) -> Result<Option<&[u8]>, FieldError> {
        self.upload.as_ref().map_or(Ok(None), |upload| upload.file(field))
    }

    /// Parses a query string.
    pub fn from_query(query: Option<&str>) -> Self {
        Self::of(query.unwrap_or_default().as_bytes())
    }

    /// The value of a field; empty when it was not sent.
    pub fn get(&self, field: &str) -> &str {
        self.texts
            .iter()
            .find(|(name, _)| name == field)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Whether a field was sent.
    pub fn has(&self, field: &str) -> bool {
        self.texts.iter().any(|(name, _)| name == field)
    }

    /// All values of a field that may be sent several times.
    pub fn all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let of_field = self.texts.iter().filter(move |(name, _)| name == field);
        of_field.map(|(_, value)| value.as_str())
    }

    /// The lines of a field that are not empty.
    pub fn lines(&self, field: &str) -> Vec<String> {
        let lines = self.get(field).lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// The value as an amount in euros; `None` when it is empty.
    ///
    /// # Errors
    /// That it is no amount.
    pub fn cents(&self, field: &str) -> Result<Option<Cents>, FieldError> {
        let typed = self.get(field).trim().trim_start_matches('€').trim_start();
        if typed.is_empty() {
            return Ok(None);
        }
        let amount = Cents::parse(&typed.replace(',', "."));
        amount
            .map(Some)
            .ok_or_else(|| FieldError::new(field, "is not an amount such as 10 or 19.99"))
    }

    /// The value as a number, if it is one.
    pub fn number(&self, field: &str) -> Option<u32> {
        self.get(field).parse().ok()
    }

    /// The page to continue with, if it is a page of this shop: a link to this shop must not redirect to another site.
    pub fn next(&self) -> Option<&str> {
        let next = self.get("next");
        let rest = next.strip_prefix('/')?;
        let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        (plain && next.len() <= 500 && !rest.starts_with('/')).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_shop_are_gone_on_to() {
        for (next, good) in [
            ("/account", true),
            ("/catalogue?search=a%2Bb", true),
            ("/", true),
            ("", false),
            ("account", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("/\t/evil.example", false),
            ("/\u{e4}", false),
            ("/a\r\nSet-Cookie: x", false),
        ] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", next)
                .finish();
            assert_eq!(FormData::from_query(Some(&query)).next().is_some(), good, "{next:?}");
        }
    }
}
