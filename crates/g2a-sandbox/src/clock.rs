//! The sandbox's own clock, and times in the supplier's format.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    millis() / 1000
}

/// Milliseconds since the epoch.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the sandbox plays another company, whose clock is not the shop's"
)]
pub(crate) fn millis() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `yyyy-mm-dd hh:mm:ss`, in UTC.
pub(crate) fn written(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map(|time| time.strftime(FORMAT).to_string())
        .unwrap_or_default()
}

/// Parses `yyyy-mm-dd hh:mm:ss`; `None` for anything else.
pub(crate) fn read(text: &str) -> Option<i64> {
    if text.len() != 19 {
        return None;
    }
    let time = DateTime::strptime(FORMAT, text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_survive_the_round_trip() {
        for text in ["2026-01-02 03:04:05", "1999-12-31 23:59:59"] {
            assert_eq!(super::written(super::read(text).unwrap()), text);
        }
        for text in ["2026-01-02", "2026-13-02 03:04:05", "2026-01-02T03:04:05", ""] {
            assert_eq!(super::read(text), None, "{text}");
        }
    }
}
