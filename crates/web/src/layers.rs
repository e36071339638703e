//! The layers around all routes, in their order.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use web_kit::Site;
use web_kit::layers::budgets::Budgets;
use web_kit::layers::observe::{self, RequestId};
use web_kit::layers::person::Greeting;
use web_kit::layers::{budgets, cors, headers, host, limits, origin};
use web_kit::problem::{Problem, is_for_programs};
use web_kit::upload::UploadPaths;
use web_kit::{conditional, errors, links};

/// The forms with a file.
const UPLOADS: UploadPaths = web_admin::UPLOAD_PATHS;

/// Adds all layers to the routes. `probes` are answered even when the shop is at its limit of requests.
pub(crate) fn add_layers<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    probes: Router<S>,
    site: &Arc<Site>,
    budgets: &Arc<Budgets>,
) -> Router<S> {
    let seats = Arc::new(Semaphore::new(site.requests_in_flight_max));
    routes
        .layer(DefaultBodyLimit::max(limits::BODY_MAX))
        .layer(from_fn_with_state(Arc::clone(site), origin::same_site))
        .layer(from_fn_with_state(Arc::clone(budgets), budgets::bounded))
        .layer(from_fn_with_state(UPLOADS, limits::time))
        .layer(from_fn_with_state(seats, limits::seats))
        // Outside of the two layers above: a slow sender takes no place of another request and does not count as a slow
        // shop.
        .layer(from_fn_with_state(UPLOADS, limits::body))
        .merge(probes)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(host::required))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(Arc::clone(site), write_problem))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(site), cors::cors))
        .layer(from_fn_with_state(
            Arc::new(headers::Security::of(site)),
            headers::secure,
        ))
        .layer(from_fn(observe::observe))
}

/// Errors of routing that a browser sees as pages: given to the routes before the layers that are to know of them.
pub(crate) fn with_fallbacks<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(|| async { Problem::no_such_address() })
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> Problem {
    Problem::wrong_method()
}

/// The panic's message was logged by the program's panic hook; here it becomes a response.
fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("[HTTP] a handler panicked");
    Problem::internal().into_response()
}

/// Writes the body of a [`Problem`]: a page for browsers, JSON for programs.
async fn write_problem(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let for_programs = is_for_programs(&path);
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let page = page_of(&request);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    if !for_programs && problem.asks_to_sign_in() {
        return conditional::go_on(&links::with_next("/sign-in", Some(&page)));
    }
    let (text, media) = if for_programs {
        (problem.to_json(id.as_str()), conditional::JSON)
    } else {
        let page = errors::page(&site, &problem, id.as_str(), &path);
        let page = match response.extensions_mut().remove::<Greeting>() {
            Some(greeting) => greeting.within(page),
            None => page,
        };
        (page, conditional::HTML)
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, media);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, text.into())
}

/// Where a visitor continues after signing in: at the requested page, or at the page with the form that was sent.
fn page_of(request: &Request) -> String {
    let uri = request.uri();
    let whole = uri.path_and_query().filter(|_| request.method() == Method::GET);
    whole.map_or(uri.path(), PathAndQuery::as_str).to_owned()
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
