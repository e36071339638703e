//! Who in this process gets the next permit: one asks the pace for each lane, the others wait in line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Lane, NoPermit, Pace, Rate, Slots, Taken};

/// Nobody waits longer than this for one permit; a crawl that could not move for so long should say so.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Leave to make one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permit {
    from: Instant,
    until: Instant,
}

impl Permit {
    /// Whether it may still be used.
    pub(crate) fn is_good(self) -> bool {
        Instant::now() <= self.until
    }
}

/// The queue of one process in front of a pace.
pub(crate) struct Turns {
    pace: Arc<dyn Pace>,
    /// Permits taken and not used yet, each of use to any lane.
    spare: Mutex<VecDeque<Permit>>,
    /// One asker for each lane at a time; the semaphores are fair. They guard no data, only the order of those who ask.
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
            spare: Mutex::default(),
            orders: Semaphore::new(1),
            stock: Semaphore::new(1),
            crawl: Semaphore::new(1),
        }
    }

    /// Resolves when one call may be made. Dropping the future gives the place in the queue up.
    pub(crate) async fn permit(&self, lane: Lane) -> Result<Permit, NoPermit> {
        let waited = tokio::time::timeout(LONGEST_WAIT, self.next(lane)).await;
        waited.unwrap_or_else(|_| Err(NoPermit(format!("none for {} s", LONGEST_WAIT.as_secs()))))
    }

    /// The supplier said that it was asked too often: spare permits are void, and everybody waits.
    pub(crate) async fn hold(&self, span: Duration) {
        self.spare().clear();
        if let Err(error) = self.pace.hold(span).await {
            tracing::warn!(%error, "the other processes were not told that the supplier asks for a pause");
        }
    }

    async fn next(&self, lane: Lane) -> Result<Permit, NoPermit> {
        let line = match lane {
            Lane::Orders => &self.orders,
            Lane::Stock => &self.stock,
            Lane::Crawl => &self.crawl,
        };
        let turn = line.acquire().await.map_err(|error| NoPermit(error.to_string()))?;
        let permit = loop {
            if let Some(permit) = self.take_spare() {
                break permit;
            }
            let asked = Instant::now();
            match self.pace.take(lane, self.block(lane)).await? {
                Taken::Slots(slots) => break self.keep(asked, slots),
                Taken::Wait(wait) => sleep(wait).await,
            }
        };
        // The slot is booked: whoever is next may ask while this one waits for its time.
        drop(turn);
        sleep_until(permit.from).await;
        Ok(permit)
    }

    /// An order books one slot: more, booked ahead and not used, would be time taken from everybody.
    fn block(&self, lane: Lane) -> u32 {
        if lane == Lane::Orders { 1 } else { self.pace.block() }
    }

    /// The first of `slots`; the others become spare. Times are counted so that none is too early and none is used too
    /// late: a slot begins after the answer, its validity before the question.
    fn keep(&self, asked: Instant, slots: Slots) -> Permit {
        let now = Instant::now();
        let permit = |n: u32| {
            let at = slots.first_in + i64::from(n) * slots.spacing;
            let wait = Duration::from_micros(at.max(0).unsigned_abs());
            Permit {
                from: now + wait,
                until: asked + wait + Rate::USE_WITHIN,
            }
        };
        self.spare().extend((1..slots.count).map(permit));
        permit(0)
    }

    fn take_spare(&self) -> Option<Permit> {
        let now = Instant::now();
        let mut spare = self.spare();
        while let Some(permit) = spare.pop_front() {
            if permit.until > now {
                return Some(permit);
            }
        }
        None
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, VecDeque<Permit>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
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
                        assert!(turns.permit(Lane::Crawl).await.unwrap().is_good());
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        for _ in 0..20 {
            sleep(Duration::from_millis(2_500)).await;
            let asked = Instant::now();
            turns.permit(Lane::Orders).await.unwrap();
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
        turns.permit(Lane::Crawl).await.unwrap();
        turns.hold(Duration::from_secs(7)).await;
        let asked = Instant::now();
        turns.permit(Lane::Crawl).await.unwrap();
        assert!(asked.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_is_good_for_a_second() {
        let turns = Turns::new(Arc::new(LocalPace::per_minute(60)));
        let permit = turns.permit(Lane::Stock).await.unwrap();
        assert!(permit.is_good());
        sleep(Duration::from_millis(1_001)).await;
        assert!(!permit.is_good());
    }
}
