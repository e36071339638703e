//! The response cache as a layer: a stored response is sent again while it is current, before routing.
//!
//! A hit costs one look-up, one check against the pulse and one write of bytes that are already compressed. It bypasses
//! the routes and their layers, so it has to add what they would add: the security headers, the request's id, the
//! metrics.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::Either;
use services::Shop;
use services::view::ResponseCache;
use tower::{Layer, Service};

use crate::Site;
use crate::conditional::{self, Cacheable};
use crate::cookies::Cookie;
use crate::layers::budgets::Budgets;
use crate::layers::cors;
use crate::layers::headers::Security;
use crate::layers::host;
use crate::layers::observe::{self, Meters, RequestId};

/// Approximate memory of one response's headers.
const HEADERS_BYTES: usize = 3_000;

/// The stored responses.
pub struct ResponseStore {
    responses: ResponseCache<StoredResponse>,
    security: Security,
    budgets: Arc<Budgets>,
    site: Arc<Site>,
}

/// A response with its headers.
struct StoredResponse {
    /// All headers but the coding's and the request's id.
    headers: HeaderMap,
    /// Whether it has a place for the personal fragment.
    is_page: bool,
    sent: Meters,
    unchanged: Meters,
}

impl ResponseStore {
    /// An empty store.
    pub fn of(shop: &Shop, site: &Arc<Site>, budgets: &Arc<Budgets>) -> Self {
        Self {
            responses: shop.response_cache(),
            security: Security::of(site),
            budgets: Arc::clone(budgets),
            site: Arc::clone(site),
        }
    }

    /// The response to `request`, if one is stored and current.
    fn answer(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET || !host::is_valid(request) {
            return None;
        }
        let begun = Instant::now();
        let answer = self.responses.get(request.uri().path_and_query()?.as_str(), begun)?;
        let stored = &answer.response;
        if stored.is_page && Cookie::any(&self.site, request.headers()) {
            return None;
        }
        // A request over its budget is refused by the layers behind.
        if self.budgets.read(request).is_some() {
            return None;
        }
        answer.note_sent();
        let mut response = conditional::write(&answer.entry, stored.headers.clone(), request.headers());
        if let Some(id) = RequestId::of(request.headers()).header() {
            response.headers_mut().insert(observe::NAME, id);
        }
        cors::add_to(
            &self.site,
            request.uri().path(),
            request.headers(),
            response.headers_mut(),
        );
        let meters = match response.status() {
            StatusCode::NOT_MODIFIED => &stored.unchanged,
            _ => &stored.sent,
        };
        meters.count(begun.elapsed());
        Some(response)
    }

    fn keep(&self, address: &str, route: &str, Cacheable { entry, mut headers }: Cacheable) {
        self.security.add_to(&mut headers);
        let meters = |status| Meters::of("GET", route.to_owned(), status);
        let stored = StoredResponse {
            is_page: headers.get(header::CONTENT_TYPE) == Some(&conditional::HTML),
            sent: meters(StatusCode::OK),
            unchanged: meters(StatusCode::NOT_MODIFIED),
            headers,
        };
        self.responses.put(address, entry, stored, HEADERS_BYTES);
    }
}

/// Stores the response of the routes, if it is the same for everybody ([`conditional::send`]).
pub async fn keep(State(responses): State<Arc<ResponseStore>>, request: Request, next: Next) -> Response {
    let uri = (request.method() == Method::GET).then(|| request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let sent = response.extensions_mut().remove::<Cacheable>();
    if let (Some(uri), Some(route), Some(sent)) = (uri, route, sent)
        && let Some(address) = uri.path_and_query()
    {
        responses.keep(address.as_str(), route.as_str(), sent);
    }
    response
}

/// Puts the response cache in front of all routes.
#[derive(Clone)]
pub struct ResponseCacheLayer(pub Arc<ResponseStore>);

impl<S> Layer<S> for ResponseCacheLayer {
    type Service = ResponseCacheService<S>;

    fn layer(&self, behind: S) -> ResponseCacheService<S> {
        ResponseCacheService {
            responses: Arc::clone(&self.0),
            behind,
        }
    }
}

/// The response cache, and the service behind it.
#[derive(Clone)]
pub struct ResponseCacheService<S> {
    responses: Arc<ResponseStore>,
    behind: S,
}

impl<S> Service<Request> for ResponseCacheService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.behind.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.responses.answer(&request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(self.behind.call(request)),
        }
    }
}
