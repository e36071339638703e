//! Errors of Redis, classified by what to do about them.

use ::redis::{ErrorKind, RedisError};

/// Why a command failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It did not answer in time.
    Late,
    /// There is no connection, or it broke.
    Lost,
    /// It answers but serves nobody: it is loading its data, has lost its primary, or rejects the login.
    Closed,
    /// It forbids the command.
    Forbidden,
    /// It accepts no values: out of memory, or a replica.
    Full,
    /// It refused one command; the next may succeed.
    Refused,
}

impl Fault {
    pub(crate) fn of(error: &RedisError) -> Self {
        if error.is_timeout() {
            return Self::Late;
        }
        match error.code() {
            Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "MOVED" | "NOAUTH" | "WRONGPASS" | "BUSY") => Self::Closed,
            Some("OOM" | "READONLY" | "MISCONF" | "NOREPLICAS") => Self::Full,
            Some("NOPERM") => Self::Forbidden,
            Some(_) => Self::Refused,
            None if error.kind() == ErrorKind::AuthenticationFailed => Self::Closed,
            None => Self::Lost,
        }
    }

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Closed => "closed",
            Self::Forbidden => "forbidden",
            Self::Full => "full",
            Self::Refused => "refused",
        }
    }
}

/// The part of `error` that operators may see: the server's code or the system's reason, never the address.
pub(crate) fn reason(error: &RedisError) -> String {
    match error.code() {
        Some(code) => code.to_owned(),
        None if matches!(error.kind(), ErrorKind::Io | ErrorKind::AuthenticationFailed) => error.to_string(),
        None => error.category().to_owned(),
    }
}
