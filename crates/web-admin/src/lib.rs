//! The administration: pages for staff.

mod kit;
pub mod routes;
#[cfg(test)]
mod samples;
mod screens;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use web_kit::conditional;

pub use kit::DeclaredRoute;
pub use screens::declared_routes;

/// A page for staff: not cached, neither by proxies nor by the browser.
fn page(text: String) -> Response {
    let mut response = conditional::send_once(StatusCode::OK, text, conditional::HTML);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
