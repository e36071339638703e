//! The effects of faults on one call: before it, instead of it, and on its answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::value::RawValue;

use crate::answer;
use crate::dice::mix;
use crate::listener::Line;

/// The effects of faults on one call; none by default.
#[derive(Debug, Default)]
pub(crate) struct FaultEffects {
    pub(crate) wait: Option<Duration>,
    pub(crate) drop_before: bool,
    pub(crate) instead: Option<Instead>,
    /// By how many products a page is shifted in the list.
    pub(crate) shift: isize,
    /// The products of the previous page are returned again.
    pub(crate) repeat_page: bool,
    /// The list is empty, whatever the query.
    pub(crate) empty_list: bool,
    /// The first product of the list is also its last, and is counted twice.
    pub(crate) duplicate_in_list: bool,
    /// The list counts every product, whatever the query.
    pub(crate) total_ignores_filters: bool,
    /// Every price is a tenth of the true one.
    pub(crate) prices_tenth: bool,
    pub(crate) unreadable: Option<SpoiledField>,
    /// The key is withheld, as if its payment were not ready.
    pub(crate) not_ready: bool,
    /// How long the paid order is processed.
    pub(crate) processing: Option<Duration>,
    /// How long ago it is what details show.
    pub(crate) lag: Option<Duration>,
    /// More is charged than the order's price: what the list calls the retail price.
    pub(crate) charge_retail: bool,
    /// The order costs twice what the list says, whatever the buyer's limit.
    pub(crate) wrong_price: bool,
    /// The order is answered in another currency.
    pub(crate) wrong_currency: bool,
    /// The order is answered with the id of the one before.
    pub(crate) repeat_order_id: bool,
    /// The key is the one that was handed out last.
    pub(crate) repeat_key: bool,
    /// The key is empty; it counts as handed out.
    pub(crate) empty_key: bool,
    /// The call has its effect at once; the answer follows after this.
    pub(crate) late: Option<Duration>,
    /// The call has its effect, then this is answered.
    pub(crate) replaced: Option<Instead>,
    /// The call has its effect, then the connection closes.
    pub(crate) drop_after: bool,
    pub(crate) corruption: Option<Corruption>,
}

/// A value that replaces a field of some products.
#[derive(Clone, Debug)]
pub(crate) struct SpoiledField {
    /// The share of all products, 0 to 1; the same ones in each list.
    pub(crate) share: f64,
    pub(crate) field: String,
    pub(crate) value: Box<RawValue>,
}

impl SpoiledField {
    /// Whether it applies to the product at this place. The products of a smaller share are among those of a larger one.
    pub(crate) fn hits(&self, seed: u64, place: u32) -> bool {
        let draw = u32::try_from(mix(seed ^ 0x5017, u64::from(place)) % 1_000_000).unwrap_or(0);
        f64::from(draw) < self.share * 1_000_000.0
    }
}

/// An answer that replaces the call's own.
#[derive(Debug)]
pub(crate) enum Instead {
    Outage,
    RateLimit { retry_after: Option<u32> },
    Status { status: StatusCode, code: String },
}

/// How an answer is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corruption {
    /// The connection breaks in the middle.
    Truncated,
    /// Complete, but its JSON ends too early.
    Malformed,
}

impl FaultEffects {
    /// Waits, closes the connection or answers instead of the call; `None`: the call continues.
    pub(crate) async fn before(&self, line: &Line) -> Option<Response> {
        pause(self.wait, line).await;
        if self.drop_before {
            return Some(hang_up(line));
        }
        self.instead.as_ref().map(Instead::answer)
    }

    /// Drops, replaces or damages an answer on its way out.
    pub(crate) async fn after(&self, line: &Line, response: Response) -> Response {
        pause(self.late, line).await;
        if self.drop_after {
            return hang_up(line);
        }
        let response = self.replaced.as_ref().map_or(response, Instead::answer);
        let Some(corruption) = self.corruption else {
            return response;
        };
        let (mut parts, body) = response.into_parts();
        let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
            return hang_up(line);
        };
        let half = bytes.slice(..bytes.len() / 2);
        if corruption == Corruption::Malformed {
            return Response::from_parts(parts, Body::from(half));
        }
        // The full length is announced, half of it is sent, then the connection breaks.
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        let pieces: [Result<Bytes, std::io::Error>; 2] = [Ok(half), Err(std::io::ErrorKind::BrokenPipe.into())];
        Response::from_parts(parts, Body::from_stream(futures::stream::iter(pieces)))
    }
}

/// Waits, unless the caller is gone.
async fn pause(wait: Option<Duration>, line: &Line) {
    if let Some(wait) = wait {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = line.is_cut() => {}
        }
    }
}

/// This answer is never sent: the connection is cut before.
fn hang_up(line: &Line) -> Response {
    line.cut();
    Response::new(Body::empty())
}

impl Instead {
    fn answer(&self) -> Response {
        match self {
            Instead::Outage => answer::page(StatusCode::SERVICE_UNAVAILABLE),
            Instead::RateLimit { retry_after } => {
                let mut response = answer::refusal(StatusCode::TOO_MANY_REQUESTS, "BR03", "Too many requests.");
                if let Some(seconds) = retry_after {
                    response
                        .headers_mut()
                        .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                }
                response
            }
            Instead::Status { status, code } => answer::refusal(*status, code, "As the faults demand."),
        }
    }
}
