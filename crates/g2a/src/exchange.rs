//! One exchange over HTTP: one permit, one request, one bounded answer. Never more than one.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::time::Instant;

use crate::call::Request;
use crate::client::Inner;
use crate::error::bounded;
use crate::wire::WireError;
use crate::{Code, Error, Permit, Priority};

/// The pause after a 429 without a `Retry-After`.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// An answer that is not [`Ok`]: the reason, and its body.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) body: Bytes,
}

impl fmt::Debug for Failed {
    /// Without the body: it may hold a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed")
            .field("error", &self.error)
            .field("body", &self.body.len())
            .finish()
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed {
            error,
            body: Bytes::new(),
        }
    }
}

/// The settings with which a request is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Road<'a> {
    /// The name of the call.
    pub(crate) call: &'static str,
    pub(crate) http: &'a reqwest::Client,
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) priority: Priority,
    pub(crate) timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub(crate) body_max: usize,
}

impl Inner {
    /// Sends a request and returns the body of a successful answer. Without a permit it waits for one.
    pub(crate) async fn exchange(
        &self,
        request: Request,
        road: Road<'_>,
        permit: Option<Permit>,
    ) -> Result<Bytes, Failed> {
        self.breaker.look()?;
        let permit = match permit {
            Some(permit) => permit,
            None => self.permit(road.priority).await?,
        };
        let attempt = self.breaker.attempt()?;
        // Checked last, because the process may have been paused since the earlier checks.
        if !self.turns.admits(&permit) {
            return Err(Error::TooLate.into());
        }
        let begun = Instant::now();
        let answer = self.send(request, road).await;
        let error = answer.as_ref().err().map(|failed| &failed.error);
        if let Some(observer) = &self.observer {
            observer.tell(road.call, begun.elapsed(), error);
        }
        attempt.ended(error);
        if let Some(error) = error.filter(|error| error.is_rate_limit()) {
            self.turns.hold(error.retry_after().unwrap_or(DEFAULT_PAUSE)).await;
        }
        answer
    }

    /// A permit for one call, which has to be made within about a second.
    pub(crate) async fn permit(&self, priority: Priority) -> Result<Permit, Error> {
        self.breaker.look()?;
        let permit = self.turns.permit(priority).await;
        permit.map_err(|none| Error::NoPermit(none.0))
    }

    async fn send(&self, request: Request, road: Road<'_>) -> Result<Bytes, Failed> {
        let mut url = self.root.clone();
        url.set_path(&format!("{}/{}", url.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut sending = road.http.request(request.method.clone(), url).timeout(road.timeout);
        if let Some(value) = road.authorization {
            sending = sending.header(AUTHORIZATION, value);
        }
        if let Some((kind, body)) = request.body {
            sending = sending.header(CONTENT_TYPE, kind).body(body);
        } else if request.method == Method::PUT {
            sending = sending.header(CONTENT_LENGTH, "0").body("");
        }
        let response = sending.send().await.map_err(transport)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let (body, cut) = whole_body(response, road.body_max).await;
        let refusal = WireError::read(&body).map(|(code, message)| Error::Refused {
            code: Code::from(code.as_str()),
            status: status.as_u16(),
            message: without_secret(message, road.authorization),
            retry_after,
        });
        let unexplained = || Error::Status {
            status: status.as_u16(),
            retry_after,
        };
        // The status alone determines the error, even if the body that explains it is incomplete.
        let error = match cut {
            Some(_) if !status.is_success() => Some(unexplained()),
            Some(cut) => Some(cut),
            None => refusal.or_else(|| (!status.is_success()).then(unexplained)),
        };
        match error {
            Some(error) => Err(Failed { error, body }),
            None => Ok(body),
        }
    }
}

/// Reads chunk by chunk, so that an endless body costs no more memory than the limit, whatever length was announced.
/// Returns what could be read, and the reason if it is incomplete.
async fn whole_body(mut response: reqwest::Response, limit: usize) -> (Bytes, Option<Error>) {
    let mut body = BytesMut::new();
    let cut = loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > limit => break Some(Error::TooLarge),
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => break None,
            Err(error) => break Some(transport(error)),
        }
    };
    (body.freeze(), cut)
}

/// Removes the header's value from a supplier's text, which may quote it, so that it is not logged.
fn without_secret(message: String, authorization: Option<&HeaderValue>) -> String {
    let secret = authorization.and_then(|value| value.to_str().ok()?.rsplit(' ').next());
    match secret {
        Some(secret) if !secret.is_empty() => message.replace(secret, "…"),
        _ => message,
    }
}

/// The chain of causes as text, without the URL: its query must not be logged.
fn transport(error: reqwest::Error) -> Error {
    let unsent = error.is_connect();
    if error.is_timeout() && !unsent {
        return Error::Timeout;
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    let words = bounded(&words);
    if unsent {
        Error::Connect(words)
    } else {
        Error::Connection(words)
    }
}

/// Whole seconds only. The other form, a date, was never observed and would depend on synchronised clocks.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
