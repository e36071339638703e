//! Retries of calls that change nothing, and the pauses between them.

use std::future::Future;
use std::time::Duration;

use crate::Error;

const TRIES: u32 = 4;
const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(5);
/// A longer `Retry-After` is passed to the caller as an error.
const LONGEST_ORDERED_WAIT: Duration = Duration::from_secs(60);

/// Runs a call that changes nothing at the supplier, up to four times.
pub(crate) async fn safely<T, F, Fut>(name: &str, call: F) -> Result<T, Error>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let mut tried = 0;
    loop {
        tried += 1;
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some(wait) = wait_before_next(&error, tried, chance()) else {
            return Err(error);
        };
        tracing::debug!(call = name, %error, tried, wait_ms = wait.as_millis(), "the supplier is asked again");
        tokio::time::sleep(wait).await;
    }
}

/// `None`: give up. `chance` is uniformly distributed over `u32`.
fn wait_before_next(error: &Error, tried: u32, chance: u32) -> Option<Duration> {
    if tried >= TRIES || !error.is_retryable() {
        return None;
    }
    // Full jitter: many clients that failed together must not come back together.
    let ceiling = BASE.saturating_mul(1 << (tried - 1).min(10)).min(CAP);
    let jitter = ceiling.mul_f64(f64::from(chance) / f64::from(u32::MAX));
    match error.retry_after() {
        Some(ordered) => (ordered <= LONGEST_ORDERED_WAIT).then_some(ordered + jitter),
        None => Some(jitter),
    }
}

/// Without a source of randomness the full wait is the safe choice.
fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_are_jittered() {
        for (tried, ceiling) in [(1, 200), (2, 400), (3, 800)] {
            assert_eq!(
                wait_before_next(&Error::Timeout, tried, u32::MAX),
                Some(Duration::from_millis(ceiling))
            );
            assert_eq!(wait_before_next(&Error::Timeout, tried, 0), Some(Duration::ZERO));
        }
        assert_eq!(wait_before_next(&Error::Timeout, 4, 0), None);
        assert_eq!(wait_before_next(&Error::TooLarge, 1, 0), None);
    }

    #[test]
    fn an_ordered_wait_is_honoured_up_to_a_minute() {
        let asked = |seconds| Error::Status {
            status: 429,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(wait_before_next(&asked(60), 1, 0), Some(Duration::from_secs(60)));
        assert_eq!(wait_before_next(&asked(61), 1, 0), None);
    }
}
