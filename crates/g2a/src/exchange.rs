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
use crate::{Code, Error, Priority};

/// After a 429 that names no time.
const UNSAID_PAUSE: Duration = Duration::from_secs(1);

/// An answer that is no [`Ok`]: why, and what came of its body.
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

/// How a request goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Road<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) priority: Priority,
    pub(crate) timeout: Duration,
    pub(crate) send_before: Option<Instant>,
}

impl Inner {
    /// Sends a request and answers the body of a success.
    pub(crate) async fn exchange(&self, request: Request, road: Road<'_>) -> Result<Bytes, Failed> {
        self.breaker.look()?;
        self.turns
            .permit(road.priority)
            .await
            .map_err(|none| Error::NoPermit(none.0))?;
        let attempt = self.breaker.attempt()?;
        // Checked last: a process that was paused in between must not send what it was allowed to send then.
        if road.send_before.is_some_and(|moment| Instant::now() > moment) {
            return Err(Error::TooLate.into());
        }
        let answer = self.send(request, road).await;
        let error = answer.as_ref().err().map(|failed| &failed.error);
        attempt.ended(error);
        if let Some(error) = error.filter(|error| error.is_rate_limit()) {
            self.turns.hold(error.retry_after().unwrap_or(UNSAID_PAUSE)).await;
        }
        answer
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
        let (body, cut) = whole_body(response, self.max_body_bytes).await;
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
        // The status alone tells what is wrong, whatever became of the words that were to explain it.
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

/// Reads piece by piece, so that a body without end costs no more memory than the limit, whatever length was announced.
/// With what could be read comes the reason why it is not all.
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

/// A supplier that quotes the header it did not like must not bring it into our logs.
fn without_secret(message: String, authorization: Option<&HeaderValue>) -> String {
    let secret = authorization.and_then(|value| value.to_str().ok()?.rsplit(' ').next());
    match secret {
        Some(secret) if !secret.is_empty() => message.replace(secret, "…"),
        _ => message,
    }
}

/// The chain of causes in words, without the URL: its query is nobody's business in a log.
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

/// Whole seconds only. The other form, a date, was never seen and would hang on two clocks agreeing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
