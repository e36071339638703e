//! The routes of the pages for staff.

use axum::Router;
use axum::routing::get;
use web_kit::App;

use super::{caches, mails};

/// The pages.
pub fn pages() -> Router<App> {
    Router::new()
        .route("/admin/cache", get(caches::show).post(caches::invalidate))
        .route("/admin/cache/clear", get(caches::ask_to_clear).post(caches::clear))
        .route("/admin/mails", get(mails::list))
        .route("/admin/mails/{id}", get(mails::show))
}
