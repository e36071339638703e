//! The OAuth2 token for the list of products: cached, and renewed before it expires.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderValue;
use tokio::time::Instant;

use crate::call::Request;
use crate::client::Inner;
use crate::exchange::Road;
use crate::wire::WireToken;
use crate::{Error, Priority};

/// The pause between two attempts to renew a token that is still valid.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

/// The token of one client.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    /// One caller renews a token that is still valid; the others continue to use it.
    renewing: bool,
}

#[derive(Clone, Debug)]
struct Token {
    header: HeaderValue,
    renew_at: Instant,
    ends_at: Instant,
}

/// What a caller has to do about its token.
#[derive(Debug)]
pub(crate) enum Has<'a> {
    /// Use this one.
    Token(HeaderValue),
    /// Fetch one, then pass it to [`Renewal::keep`]. Meanwhile the old one is valid, if there is one. Without one each
    /// caller fetches its own: there are at most as many as calls under way, and none waits for another.
    None(Renewal<'a>, Option<HeaderValue>),
}

/// The obligation to fetch a token; dropping it counts as a failure.
#[derive(Debug)]
pub(crate) struct Renewal<'a>(&'a TokenCache);

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        self.0.failed();
    }
}

impl Renewal<'_> {
    /// Stores a token that was requested at `asked` and is valid for `span` from then.
    pub(crate) fn keep(self, token: &str, asked: Instant, span: Duration) -> Result<HeaderValue, Error> {
        let kept = self.0.keep(token, asked, span);
        if kept.is_ok() {
            std::mem::forget(self);
        }
        kept
    }
}

impl TokenCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self) -> Has<'_> {
        let now = Instant::now();
        let mut state = self.state();
        match state.token.clone() {
            Some(token) if now < token.renew_at || (state.renewing && now < token.ends_at) => Has::Token(token.header),
            Some(token) if now < token.ends_at => {
                state.renewing = true;
                Has::None(Renewal(self), Some(token.header))
            }
            _ => Has::None(Renewal(self), None),
        }
    }

    /// A token is renewed after four fifths of its lifetime, so that it does not expire during a call.
    fn keep(&self, token: &str, asked: Instant, span: Duration) -> Result<HeaderValue, Error> {
        let mut header = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Error::malformed("a token that no header can carry"))?;
        header.set_sensitive(true);
        // No real token lives for a day; the limit keeps the arithmetic within the clock's range.
        let span = span.min(Duration::from_secs(86_400));
        let mut state = self.state();
        state.renewing = false;
        state.token = Some(Token {
            header: header.clone(),
            renew_at: asked + span * 4 / 5,
            ends_at: asked + span,
        });
        Ok(header)
    }

    /// The renewal failed or was cancelled. The old token is still used, without a new attempt for each call.
    fn failed(&self) {
        let mut state = self.state();
        state.renewing = false;
        if let Some(token) = &mut state.token {
            token.renew_at = Instant::now() + AFTER_A_FAILURE;
        }
    }

    /// Discards the token of `header`, which the supplier refused.
    pub(crate) fn forget(&self, header: &HeaderValue) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|token| token.header == header) {
            state.token = None;
        }
    }
}

impl Inner {
    /// Requests a new token.
    pub(crate) async fn fetch_token(&self, priority: Priority) -> Result<(String, Duration), Error> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.credentials.client_id)
            .append_pair("client_secret", &self.credentials.client_secret)
            .finish();
        let request = Request {
            body: Some(("application/x-www-form-urlencoded", Bytes::from(form))),
            ..Request::of(Method::POST, "oauth/token".into())
        };
        let road = Road {
            call: "token",
            http: &self.reading,
            authorization: None,
            priority,
            timeout: self.total_timeout,
            body_max: self.max_body_bytes,
        };
        let body = self
            .exchange(request, road, None)
            .await
            .map_err(|failed| failed.error)?;
        WireToken::read(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(300);

    fn token(cache: &TokenCache) -> Option<String> {
        match cache.get() {
            Has::Token(header) => Some(header.to_str().unwrap().to_owned()),
            Has::None(..) => None,
        }
    }

    fn renewal(cache: &TokenCache) -> Renewal<'_> {
        match cache.get() {
            Has::Token(header) => panic!("{header:?} is to be used"),
            Has::None(renewal, _) => renewal,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_by_one_before_its_end() {
        let cache = TokenCache::default();
        let header = renewal(&cache).keep("a", Instant::now(), LIFE).unwrap();
        assert!(header.is_sensitive());
        tokio::time::sleep(Duration::from_secs(239)).await;
        assert_eq!(token(&cache).as_deref(), Some("Bearer a"));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let first = renewal(&cache);
        assert_eq!(token(&cache).as_deref(), Some("Bearer a"), "the others go on");
        drop(first);
        assert_eq!(
            token(&cache).as_deref(),
            Some("Bearer a"),
            "after a failure all go on for a while"
        );
        tokio::time::sleep(AFTER_A_FAILURE).await;
        renewal(&cache).keep("b", Instant::now(), LIFE).unwrap();
        assert_eq!(token(&cache).as_deref(), Some("Bearer b"));
        cache.forget(&header);
        assert_eq!(
            token(&cache).as_deref(),
            Some("Bearer b"),
            "another's refusal is not this one's"
        );
        tokio::time::sleep(LIFE).await;
        assert_eq!(token(&cache), None);
    }
}
