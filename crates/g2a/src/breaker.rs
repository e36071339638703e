//! The circuit breaker: a supplier that is down gets no calls for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Error;

/// Outages in a row that open it.
const FAILURES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// One host's circuit breaker. Closed: calls pass. Open: none does. After the pause one call passes as a probe; its
/// outcome closes the breaker, or opens it for twice as long.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    pause: Duration,
    open_until: Option<Instant>,
    probing: bool,
}

/// A call that was let through. Dropped without a result, it does not count.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails with the rest of the pause while no call may pass, so that no caller waits for a permit in vain.
    pub(crate) fn look(&self) -> Result<(), Error> {
        self.state().refusal().map_or(Ok(()), Err)
    }

    /// Lets a call through, or fails with the rest of the pause. Call it right before sending: a probe that first
    /// waited for something else would block all other calls meanwhile.
    pub(crate) fn attempt(&self) -> Result<Attempt<'_>, Error> {
        let mut state = self.state();
        if let Some(refusal) = state.refusal() {
            return Err(refusal);
        }
        state.probing = state.open_until.is_some();
        Ok(Attempt {
            breaker: self,
            probe: state.probing,
        })
    }
}

impl State {
    fn refusal(&self) -> Option<Error> {
        let left = self.open_until?.saturating_duration_since(Instant::now());
        // While a probe is under way, a short wait for its outcome is worth it.
        let retry_in = left.max(Duration::from_millis(200));
        (!left.is_zero() || self.probing).then_some(Error::Resting { retry_in })
    }
}

impl Attempt<'_> {
    /// Counts the result of the call.
    pub(crate) fn ended(self, error: Option<&Error>) {
        let mut state = self.breaker.state();
        match error {
            Some(error) if error.is_outage() => {
                state.failures = state.failures.saturating_add(1);
                if self.probe || state.failures == FAILURES {
                    state.pause = (state.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                    state.open_until = Some(Instant::now() + state.pause);
                    tracing::warn!(%error, pause_s = state.pause.as_secs(), "[G2A] the supplier is left alone for a while");
                }
            }
            // It never left this process, so it does not count; `Drop` frees the place of a probe.
            Some(error) if error.is_unsent() => {}
            _ => {
                if state.open_until.is_some() {
                    tracing::info!("[G2A] the supplier answers again");
                }
                *state = State::default();
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.attempt().unwrap().ended(Some(&Error::Timeout));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_probes_and_closes() {
        let breaker = Breaker::default();
        fail(&breaker, FAILURES - 1);
        breaker.attempt().unwrap().ended(None);
        fail(&breaker, FAILURES);
        assert!(matches!(breaker.attempt(), Err(Error::Resting { .. })));
        tokio::time::sleep(FIRST_PAUSE).await;
        // One probe at a time; a cancelled one frees its place.
        let probe = breaker.attempt().unwrap();
        assert!(breaker.attempt().is_err());
        drop(probe);
        fail(&breaker, 1);
        tokio::time::sleep(FIRST_PAUSE).await;
        assert!(breaker.attempt().is_err(), "the second pause is longer");
        tokio::time::sleep(FIRST_PAUSE).await;
        breaker.attempt().unwrap().ended(Some(&Error::malformed("it spoke")));
        fail(&breaker, FAILURES - 1);
        assert!(breaker.attempt().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_has_an_end() {
        let breaker = Breaker::default();
        fail(&breaker, FAILURES);
        for _ in 0..10 {
            tokio::time::sleep(LONGEST_PAUSE).await;
            fail(&breaker, 1);
        }
    }
}
