//! The personal fragment of a page: inserted outside the cached bytes, which are the same for everybody.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::caller::{Anybody, anybody};
use crate::cookies::Cookie;
use crate::page::Person;
use crate::problem::{self, Problem};

/// Begins the part of the cached bytes that is shown to unknown visitors.
const BEGIN: &str = "<!--person-->";
const END: &str = "<!--/person-->";

/// The largest page that is read: far more than any has.
const PAGE_MAX: usize = 8 * 1024 * 1024;

/// What an error page says about the person who asked; the page itself is written outside of the routes.
#[derive(Clone)]
pub struct Greeting(String);

impl Greeting {
    /// `page` with what is about the person.
    #[must_use]
    pub fn within(&self, page: String) -> String {
        splice(&page, &self.0).unwrap_or(page)
    }
}

/// For requests with a cookie, inserts who is signed in and what is in the cart. All others get the cached bytes.
pub async fn personalise(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !Cookie::any(&app.site, request.headers())
        || !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST)
    {
        return next.run(request).await;
    }
    let request_headers = HeaderMap::clone(request.headers());
    // The plain and complete bytes are needed: the browser's copy is personal or older.
    for name in [header::ACCEPT_ENCODING, header::IF_NONE_MATCH] {
        request.headers_mut().remove(name);
    }
    let is_for_programs = problem::is_for_programs(request.uri().path());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions().get::<Problem>() {
        let is_page = !is_for_programs && !problem.asks_to_sign_in();
        // Whoever has to wait is not looked up: the shop, or this caller, is busy enough.
        let has_to_wait = problem.retry_after.is_some();
        if is_page
            && !has_to_wait
            && let Ok(person) = person(&app, &request_headers).await
        {
            response.extensions_mut().insert(Greeting(person));
        }
        return response;
    }
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|media| media.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    match person(&app, &request_headers).await {
        Ok(person) => spliced(response, &person).await,
        // A refused form is sent without the fragment rather than lost with what was typed.
        Err(_) if !response.status().is_success() => response,
        Err(problem) => problem.into_response(),
    }
}

async fn person(app: &App, request_headers: &HeaderMap) -> Result<String, Problem> {
    let Anybody { visitor, caller } = anybody(app, request_headers).await?;
    let units = app.shop.carts().units(&visitor).await?;
    Ok(Person::of(caller.as_ref(), units).render_fragment())
}

/// Inserts the fragment and makes the page private.
async fn spliced(response: Response, person: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, PAGE_MAX).await else {
        return Problem::internal().into_response();
    };
    let page = std::str::from_utf8(&bytes).ok().and_then(|page| splice(page, person));
    let page = page.map_or(bytes, Bytes::from);
    parts.headers.remove(header::ETAG);
    parts
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(page.len()));
    Response::from_parts(parts, Body::from(page))
}

/// `None` for a page without a place for the fragment.
fn splice(page: &str, person: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, person, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_what_is_about_the_person_and_keeps_the_rest() {
        let page = format!("<p>a</p>{BEGIN}nobody{END}<p>b</p>");
        assert_eq!(splice(&page, "Ada").unwrap(), "<p>a</p>Ada<p>b</p>");
        assert_eq!(splice("<p>no place</p>", "Ada"), None);
    }
}
