//! What can be wrong with Redis, sorted by what to do about it.

use ::redis::{ErrorKind, RedisError};

/// Why Redis did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It did not answer in time.
    Late,
    /// There is no connection, or it broke.
    Lost,
    /// It answers, and serves nobody: it still loads its data, lost its primary, does not let us in.
    Closed,
    /// It forbids the command.
    Forbidden,
    /// It takes no more values: no memory is left, or it is a replica.
    Full,
    /// It refused one command; the next may be another matter.
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

/// What an operator may read of `error`: the server's code or the system's reason, never the address.
pub(crate) fn reason(error: &RedisError) -> String {
    match error.code() {
        Some(code) => code.to_owned(),
        None if matches!(error.kind(), ErrorKind::Io | ErrorKind::AuthenticationFailed) => error.to_string(),
        None => error.category().to_owned(),
    }
}
