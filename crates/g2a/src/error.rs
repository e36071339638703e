//! The ways in which the supplier, or the road to it, says no.

use std::fmt;
use std::time::Duration;

/// What went wrong with a call. Holds neither credentials nor the body of an answer, so it may be logged as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The supplier answered `{"status":"ERROR","message":…,"code":…}`.
    #[error("the supplier refused ({code}, HTTP {status}): {message}")]
    Refused {
        /// What to decide by: the HTTP statuses of one and the same code differ between sources.
        code: Code,
        /// The HTTP status that came with it.
        status: u16,
        /// The supplier's words, at most 200 characters.
        message: String,
        /// What its `Retry-After` header asked for.
        retry_after: Option<Duration>,
    },
    /// No whole answer within the time allowed.
    #[error("the supplier did not answer in time")]
    Timeout,
    /// The connection failed, or broke before the answer was whole.
    #[error("connection to the supplier: {0}")]
    Connection(String),
    /// An answer that is not what the protocol says.
    #[error("unreadable answer: {reason}")]
    Malformed {
        /// Where it stopped making sense, at most 200 characters.
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
        /// What its `Retry-After` header asked for.
        retry_after: Option<Duration>,
    },
    /// Our own settings or arguments cannot work; no call was made.
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

    /// Whether the same call may succeed a little later. Says nothing about whether repeating it is *safe*.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Timeout | Error::Connection(_) | Error::Malformed { .. } => true,
            Error::Refused { code, status, .. } => *code == Code::Br03 || *status == 429 || *status >= 500,
            Error::Status { status, .. } => *status == 429 || *status >= 500,
            Error::TooLarge | Error::Config { .. } => false,
        }
    }

    /// How long the supplier asked us to wait: only past the rate limit, and only if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Refused {
                code,
                status,
                retry_after,
                ..
            } if *code == Code::Br03 || *status == 429 => *retry_after,
            Error::Status {
                status: 429,
                retry_after,
            } => *retry_after,
            _ => None,
        }
    }
}

/// At most 200 characters on one line, so that a supplier's words cannot forge or flood a log.
pub(crate) fn bounded(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

macro_rules! codes {
    ($($variant:ident $text:literal $meaning:literal),+ $(,)?) => {
        /// An error code of the supplier.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $meaning, ".")] $variant,)+
            /// A code that nobody has described: an unknown outcome. At most 200 characters.
            Other(String),
        }

        impl Code {
            /// The code as the supplier writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Code::$variant => $text,)+
                    Code::Other(text) => text,
                }
            }
        }

        impl From<&str> for Code {
            fn from(text: &str) -> Code {
                match text {
                    $($text => Code::$variant,)+
                    // Seen in a recorded answer beside the documented spelling.
                    "ORD004" => Code::Ord04,
                    other => Code::Other(bounded(other)),
                }
            }
        }
    };
}

codes! {
    Auth01 "AUTH01" "no authorization header",
    Auth02 "AUTH02" "wrong credentials",
    Auth03 "AUTH03" "our address is not on the supplier's list",
    Auth04 "AUTH04" "no privilege for this call",
    CtType "CTTYPE" "wrong content type",
    Br01 "BR01" "bad JSON",
    Br02 "BR02" "bad JSON",
    Br03 "BR03" "too many requests",
    Br04 "BR04" "bad product id",
    Br08 "BR08" "bad query",
    WrongUrl "WRONGURL" "no such call",
    Api00 "API00" "failure inside the supplier",
    Err99 "ERR99" "failure inside the supplier",
    Pr01 "PR01" "bad `id`",
    Pr02 "PR02" "bad `page`",
    Pr03 "PR03" "bad `minQty`",
    Pr04 "PR04" "bad `minPriceFrom`",
    Pr05 "PR05" "bad `minPriceTo`",
    Ord01 "ORD01" "bad order id",
    Ord02 "ORD02" "no such order",
    Ord03 "ORD03" "payment not ready",
    Ord04 "ORD04" "the key was handed out already",
    Ord05 "ORD05" "payment required or not processed",
    Ord06 "ORD06" "not processed yet",
    Ord110 "ORD110" "the payment cannot be processed",
    Ord111 "ORD111" "last transaction not found",
    Ord112 "ORD112" "not enough money in the wallet",
    Ord113 "ORD113" "user not found",
    Ord114 "ORD114" "too late to pay",
    Ord120 "ORD120" "wrong answer of the payment provider",
    Ord121 "ORD121" "the wallet's limit is reached",
    Ord122 "ORD122" "bad gateway while paying",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_round_trip_and_unknown_ones_are_kept() {
        for text in ["AUTH01", "BR03", "PR05", "ORD122", "NEW77"] {
            assert_eq!(Code::from(text).as_str(), text);
        }
        assert_eq!(Code::from("ORD004"), Code::Ord04);
        assert_eq!(Code::from("NEW77"), Code::Other("NEW77".into()));
    }

    #[test]
    fn retries_are_keyed_on_the_code() {
        let refused = |code: &str, status| Error::Refused {
            code: Code::from(code),
            status,
            message: String::new(),
            retry_after: Some(Duration::from_secs(3)),
        };
        assert!(refused("BR03", 400).is_retryable());
        assert_eq!(refused("BR03", 429).retry_after(), Some(Duration::from_secs(3)));
        assert!(refused("API00", 500).is_retryable());
        assert_eq!(refused("API00", 500).retry_after(), None);
        assert!(!refused("AUTH02", 401).is_retryable());
        assert!(!Error::TooLarge.is_retryable());
    }
}
