//! The effects of faults on one call: before it, instead of it, and on its answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::answer;
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
    /// The key is withheld, as if its payment were not ready.
    pub(crate) not_ready: bool,
    /// How long the paid order is processed.
    pub(crate) processing: Option<Duration>,
    /// The call has its effect, then this is answered.
    pub(crate) replaced: Option<Instead>,
    /// The call has its effect, then the connection closes.
    pub(crate) drop_after: bool,
    pub(crate) corruption: Option<Corruption>,
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
        if let Some(wait) = self.wait {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = line.is_cut() => {}
            }
        }
        if self.drop_before {
            return Some(hang_up(line));
        }
        self.instead.as_ref().map(Instead::answer)
    }

    /// Drops, replaces or damages an answer on its way out.
    pub(crate) async fn after(&self, line: &Line, response: Response) -> Response {
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
