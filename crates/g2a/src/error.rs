//! Errors of calls to the supplier.

use std::time::Duration;

use crate::Code;

/// Why a call failed. Contains no credentials, and of an answer at most the 200 characters with which the supplier
/// explains a refusal; so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The supplier answered `{"status":"ERROR","message":…,"code":…}`.
    #[error("the supplier refused ({code}, HTTP {status}): {message}")]
    Refused {
        /// The supplier's error code; the HTTP statuses for the same code differ between sources.
        code: Code,
        /// The HTTP status that came with it.
        status: u16,
        /// The supplier's explanation, at most 200 characters.
        message: String,
        /// The value of its `Retry-After` header.
        retry_after: Option<Duration>,
    },
    /// No connection could be made: nothing was sent.
    #[error("no connection to the supplier: {0}")]
    Connect(String),
    /// The connection broke before the answer was complete; the supplier may have acted.
    #[error("the connection to the supplier broke: {0}")]
    Connection(String),
    /// No complete answer within the time limit; the supplier may have acted.
    #[error("the supplier did not answer in time")]
    Timeout,
    /// An answer that does not follow the protocol.
    #[error("unreadable answer: {reason}")]
    Malformed {
        /// Where it could not be parsed, at most 200 characters.
        reason: String,
    },
    /// The answer is larger than [`crate::Settings::max_body_bytes`].
    #[error("the answer is too large")]
    TooLarge,
    /// An unexpected HTTP status without a readable error in its body.
    #[error("the supplier answered HTTP {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The value of its `Retry-After` header.
        retry_after: Option<Duration>,
    },
    /// The circuit breaker is open: the supplier failed too often in a row, nothing was sent.
    #[error("the supplier is not asked for another {} ms, because it failed too often", retry_in.as_millis())]
    Resting {
        /// When a call may be tried again.
        retry_in: Duration,
    },
    /// No permit could be taken: nothing was sent.
    #[error("no permit to ask the supplier: {0}")]
    NoPermit(String),
    /// The moment before which the call had to be sent has passed: nothing was sent.
    #[error("it is too late to send this call")]
    TooLate,
    /// The settings or arguments are invalid; no call was made.
    #[error("supplier settings: {reason}")]
    Config {
        /// What is wrong with them.
        reason: String,
    },
}

impl Error {
    pub(crate) fn config(reason: impl Into<String>) -> Error {
        Error::Config { reason: reason.into() }
    }

    pub(crate) fn malformed(reason: &str) -> Error {
        Error::Malformed {
            reason: bounded(reason),
        }
    }

    /// Whether the same call may succeed a little later. Whether repeating it is *safe* depends on the call's type.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Connect(_)
            | Error::Connection(_)
            | Error::Timeout
            | Error::Malformed { .. }
            | Error::Resting { .. }
            | Error::NoPermit(_) => true,
            Error::Refused { code, status, .. } => *code == Code::Br03 || *status == 429 || *status >= 500,
            Error::Status { status, .. } => *status == 429 || *status >= 500,
            Error::TooLarge | Error::TooLate | Error::Config { .. } => false,
        }
    }

    /// Whether the supplier's rate limit was exceeded.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        match self {
            Error::Refused { code, status, .. } => *code == Code::Br03 || *status == 429,
            Error::Status { status, .. } => *status == 429,
            _ => false,
        }
    }

    /// The minimum time to wait: `Retry-After` after a rate limit or an outage, or the rest of the breaker's pause.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Refused {
                status, retry_after, ..
            }
            | Error::Status { status, retry_after }
                if self.is_rate_limit() || *status == 503 =>
            {
                *retry_after
            }
            Error::Resting { retry_in } => Some(*retry_in),
            _ => None,
        }
    }

    /// Whether it is certain that the call never left this process.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            Error::Connect(_) | Error::Resting { .. } | Error::NoPermit(_) | Error::TooLate | Error::Config { .. }
        )
    }

    /// Whether it means that the supplier or the connection to it is down; a supplier that explains an error is up.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Error::Connect(_) | Error::Connection(_) | Error::Timeout => true,
            Error::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

/// At most 200 characters on one line, so that a supplier's text cannot forge or flood a log.
pub(crate) fn bounded(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_keyed_on_the_code() {
        let refused = |code: &str, status| Error::Refused {
            code: Code::from(code),
            status,
            message: String::new(),
            retry_after: Some(Duration::from_secs(3)),
        };
        assert!(refused("BR03", 400).is_retryable() && refused("BR03", 400).is_rate_limit());
        assert_eq!(refused("BR03", 429).retry_after(), Some(Duration::from_secs(3)));
        assert_eq!(refused("API00", 503).retry_after(), Some(Duration::from_secs(3)));
        assert!(refused("API00", 500).is_retryable());
        assert_eq!(refused("API00", 500).retry_after(), None);
        assert!(!refused("AUTH02", 401).is_retryable());
        assert!(!Error::TooLarge.is_retryable());
    }

    #[test]
    fn an_answered_failure_is_no_outage() {
        let gateway = Error::Status {
            status: 503,
            retry_after: None,
        };
        assert!(gateway.is_outage() && Error::Timeout.is_outage());
        assert!(!Error::TooLarge.is_outage() && !Error::malformed("x").is_outage());
    }
}
