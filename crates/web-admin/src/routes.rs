//! The routes of the pages for staff: those that the screens declare.

use axum::Router;
use web_kit::App;

use super::kit::serve;
use super::screens;

/// The pages.
pub fn pages() -> Router<App> {
    serve::routes(screens::all())
}
