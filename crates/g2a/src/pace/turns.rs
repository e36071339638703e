//! The queue for permits within this process: one caller of each priority takes permits, the others wait in line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use super::bucket::LONGEST_HOLD;
use super::wall::WallDeadline;
use super::{NoPermit, Pace, Priority, Rate, Slots, Taken};

/// The longest wait for one permit; a crawl that waited longer should fail visibly.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How often reporting a hold to the other processes is tried.
const HOLDS_MAX: u32 = 3;

/// The right to make one call, for about a second.
///
/// Take it before you write down that a call is about to be made: whoever writes first and waits for a permit then has others take the
/// call for unanswered while it waits.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is not used is lost for all callers"]
pub struct Permit {
    until: Instant,
    /// The same moment by the machine's clock, which goes on while the machine sleeps.
    wall_until: WallDeadline,
}

/// A time in which one call may be made.
#[derive(Clone, Copy, Debug)]
struct Slot {
    from: Instant,
    until: Instant,
}

#[derive(Debug, Default)]
struct Booked {
    /// Permits taken and not used yet, usable by any priority.
    spare: VecDeque<Slot>,
    /// Permits booked for a time before this are invalid.
    held_until: Option<Instant>,
}

/// The queue of one process in front of a [`Pace`].
pub(crate) struct Turns {
    pace: Arc<dyn Pace>,
    booked: Mutex<Booked>,
    /// One caller for each priority at a time; the semaphores are fair. They guard no data, only the order of callers.
    orders: Semaphore,
    stock: Semaphore,
    crawl: Semaphore,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pace.fmt(f)
    }
}

impl Turns {
    pub(crate) fn new(pace: Arc<dyn Pace>) -> Turns {
        Turns {
            pace,
            booked: Mutex::default(),
            orders: Semaphore::new(1),
            stock: Semaphore::new(1),
            crawl: Semaphore::new(1),
        }
    }

    /// Resolves when one call may be made within a second. Dropping the future gives up the place in the queue.
    pub(crate) async fn permit(&self, priority: Priority) -> Result<Permit, NoPermit> {
        let waited = tokio::time::timeout(LONGEST_WAIT, async {
            loop {
                // A slot that is too old, or was booked before a hold, is discarded.
                let slot = self.next(priority).await?;
                if self.is_good(slot.until) {
                    return Ok(Permit {
                        until: slot.until,
                        wall_until: WallDeadline::after(slot.until - Instant::now()),
                    });
                }
            }
        });
        let none = || NoPermit(format!("none for {} s", LONGEST_WAIT.as_secs()));
        waited.await.unwrap_or_else(|_| Err(none()))
    }

    /// Holds all calls after a 429: permits that this process has booked are invalid.
    pub(crate) async fn hold(&self, span: Duration) {
        let span = span.min(LONGEST_HOLD);
        {
            let mut booked = self.booked();
            booked.spare.clear();
            booked.held_until = Some(Instant::now() + span);
        }
        for _ in 0..HOLDS_MAX {
            match self.pace.hold(span).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "the other processes were not told that the supplier asks for a pause");
                }
            }
        }
    }

    /// Whether the call may still be made, by both clocks.
    pub(crate) fn admits(&self, permit: &Permit) -> bool {
        self.is_good(permit.until) && !permit.wall_until.is_past()
    }

    fn is_good(&self, until: Instant) -> bool {
        let now = Instant::now();
        now <= until && self.booked().held_until.is_none_or(|until| now >= until)
    }

    async fn next(&self, priority: Priority) -> Result<Slot, NoPermit> {
        let line = match priority {
            Priority::Orders => &self.orders,
            Priority::Stock => &self.stock,
            Priority::Crawl => &self.crawl,
        };
        let turn = line.acquire().await.map_err(|error| NoPermit(error.to_string()))?;
        let slot = loop {
            if let Some(slot) = self.take_spare() {
                break slot;
            }
            match self.pace.take(priority, self.block(priority)).await? {
                Taken::Slots { slots, read_at } => break self.keep(read_at, slots),
                Taken::Wait(wait) => sleep(wait).await,
            }
        };
        // The slot is booked: the next caller may take permits while this one waits for its time.
        drop(turn);
        sleep_until(slot.from).await;
        Ok(slot)
    }

    /// An order books one slot: more, booked ahead and not used, would be lost for all processes.
    fn block(&self, priority: Priority) -> u32 {
        if priority == Priority::Orders {
            1
        } else {
            self.pace.block()
        }
    }

    /// Returns the first of `slots`; the others become spare. Times are counted so that no slot is used too early or
    /// too late: a slot begins after the answer, its validity before the clock was read.
    fn keep(&self, read_at: Instant, slots: Slots) -> Slot {
        let now = Instant::now();
        let slot = |n: u32| {
            let at = slots.first_in + i64::from(n) * slots.spacing;
            let wait = Duration::from_micros(at.max(0).unsigned_abs());
            Slot {
                from: now + wait,
                until: read_at + wait + Rate::USE_WITHIN,
            }
        };
        self.booked().spare.extend((1..slots.count).map(slot));
        slot(0)
    }

    fn take_spare(&self) -> Option<Slot> {
        let now = Instant::now();
        let mut booked = self.booked();
        while let Some(slot) = booked.spare.pop_front() {
            if slot.until > now {
                return Some(slot);
            }
        }
        None
    }

    fn booked(&self) -> MutexGuard<'_, Booked> {
        self.booked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::LocalPace;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crawl_keeps_the_pace_and_an_order_hardly_waits() {
        let turns = Arc::new(Turns::new(Arc::new(LocalPace::per_minute(600))));
        let begun = Instant::now();
        let crawls: Vec<_> = (0..8)
            .map(|_| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move {
                    let mut made = 0;
                    while begun.elapsed() < Duration::from_secs(60) {
                        let _used = turns.permit(Priority::Crawl).await.unwrap();
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        for _ in 0..20 {
            sleep(Duration::from_millis(2_500)).await;
            let asked = Instant::now();
            let _used = turns.permit(Priority::Orders).await.unwrap();
            assert!(asked.elapsed() < Duration::from_millis(250), "{:?}", asked.elapsed());
        }
        let mut made = 20;
        for crawl in crawls {
            made += crawl.await.unwrap();
        }
        assert!((570..=600).contains(&made), "{made}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_voids_what_is_spare() {
        let turns = Turns::new(Arc::new(LocalPace::per_minute(60_000)));
        let _used = turns.permit(Priority::Crawl).await.unwrap();
        turns.hold(Duration::from_secs(7)).await;
        let asked = Instant::now();
        let _used = turns.permit(Priority::Crawl).await.unwrap();
        assert!(asked.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_is_good_for_a_second() {
        let turns = Turns::new(Arc::new(LocalPace::per_minute(60)));
        let permit = turns.permit(Priority::Stock).await.unwrap();
        assert!(turns.admits(&permit));
        let slept = Permit {
            wall_until: WallDeadline::after(Duration::ZERO),
            ..turns.permit(Priority::Stock).await.unwrap()
        };
        assert!(!turns.admits(&slept), "the machine slept meanwhile");
        sleep(Duration::from_millis(1_001)).await;
        assert!(!turns.admits(&permit));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_booked_before_a_pause_is_not_used_in_it() {
        let turns = Arc::new(Turns::new(Arc::new(LocalPace::per_minute(60))));
        let _used = turns.permit(Priority::Orders).await.unwrap();
        let begun = Instant::now();
        let booked = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.permit(Priority::Orders).await }
        });
        sleep(Duration::from_millis(100)).await;
        turns.hold(Duration::from_secs(20)).await;
        let _used = booked.await.unwrap().unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    /// A pace whose store answers late, and dates its answers by when it read its clock.
    #[derive(Debug)]
    struct Slow(LocalPace);

    impl Pace for Slow {
        fn take(&self, priority: Priority, want: u32) -> futures::future::BoxFuture<'_, Result<Taken, NoPermit>> {
            Box::pin(async move {
                sleep(Duration::from_secs(3)).await;
                self.0.take(priority, want).await
            })
        }

        fn hold(&self, span: Duration) -> futures::future::BoxFuture<'_, Result<(), NoPermit>> {
            self.0.hold(span)
        }

        fn block(&self) -> u32 {
            self.0.block()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_store_delays_and_does_not_starve() {
        let turns = Turns::new(Arc::new(Slow(LocalPace::per_minute(600))));
        for _ in 0..3 {
            let _used = turns.permit(Priority::Orders).await.unwrap();
        }
    }
}
