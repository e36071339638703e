//! How long fulfilment waits for what.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long fulfilment waits for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfilmentTimes {
    /// How long a call belongs to the process that makes it: then others hold it to be unanswered.
    pub lease: Duration,
    /// When another order is tried after the first attempt; the pause doubles with each.
    pub again_after: Duration,
    /// The longest such pause.
    pub again_after_max: Duration,
    /// When it is looked again whether the shop may spend.
    pub stopped_for: Duration,
    /// How long an order may be paid after it was made. The supplier keeps it a little longer.
    pub pays_within: Duration,
    /// How long after it was made an order may have been paid at all.
    pub lapses_after: Duration,
    /// When a key is asked for again that was not ready, or whose answer did not come.
    pub key_again_after: Duration,
    /// The pauses between looks at an order in doubt; the last one goes on.
    pub looks: [Duration; 5],
    /// The least time between two looks that see an order unpaid, before another one is made.
    pub second_look_after: Duration,
    /// How long after an order was made a look has to be sent, so that its seeing the order unpaid ends the doubt.
    pub doubt_ends_after: Duration,
    /// How long after it may have been charged a person is asked about an attempt without an end.
    pub case_after: Duration,
}

impl FulfilmentTimes {
    /// When another order is tried after so many attempts.
    pub(super) fn again_after(&self, attempts: usize) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        self.again_after
            .saturating_mul(1 << doublings)
            .min(self.again_after_max)
    }

    /// When the next look follows, after so many.
    pub(super) fn look_after(&self, looks: u32) -> Duration {
        let at = usize::try_from(looks).unwrap_or(usize::MAX);
        self.looks[at.min(self.looks.len() - 1)]
    }
}

impl Default for FulfilmentTimes {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            again_after: Duration::from_secs(5),
            again_after_max: 10 * MINUTE,
            stopped_for: MINUTE,
            pays_within: 25 * MINUTE,
            lapses_after: 30 * MINUTE,
            key_again_after: Duration::from_secs(15),
            looks: [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR],
            second_look_after: MINUTE,
            doubt_ends_after: 24 * HOUR,
            case_after: 7 * 24 * HOUR,
        }
    }
}
