//! The administration: pages for staff.

mod caches;
mod figures;
mod mails;
mod plot;
pub mod routes;
#[cfg(test)]
mod samples;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use web_kit::conditional;

/// The pages of the administration, each as address and name.
pub(crate) const SECTIONS: [(&str, &str); 2] = [("/admin/mails", "Mails"), ("/admin/cache", "Caches")];

/// A page for staff: not cached, neither by proxies nor by the browser.
fn page(text: String) -> Response {
    let mut response = conditional::send_once(StatusCode::OK, text, conditional::HTML);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
