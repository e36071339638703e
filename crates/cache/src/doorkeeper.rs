//! Who was here lately: of what anybody can think of without end, only that is stored which is asked for again.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Key;

/// Keys that are remembered at most, in eight bytes each. A newcomer takes the place of another: so it forgets by itself, the
/// sooner the more is asked for.
const PLACES: usize = 1 << 16;
/// Whoever comes again later comes for the first time.
const REMEMBERS: Duration = Duration::from_secs(10 * 60);

/// Hashes of the keys that were asked for lately, and when.
#[derive(Debug)]
pub(crate) struct Doorkeeper {
    /// The upper half of a hash, and the second in which it was seen last, from 1; 0 where none was.
    seen: Box<[AtomicU64]>,
    /// Nobody can find keys that share a place.
    hasher: RandomState,
    born: Instant,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self {
            seen: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            born: Instant::now(),
        }
    }
}

impl Doorkeeper {
    /// Notes that `key` is asked for now, and tells whether it was before, not long ago.
    pub(crate) fn knows(&self, key: &Key) -> bool {
        self.knows_at(key, self.born.elapsed())
    }

    fn knows_at(&self, key: &Key, since_birth: Duration) -> bool {
        let hash = self.hasher.hash_one(key);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below PLACES, which is a usize"
        )]
        let place = (hash % PLACES as u64) as usize;
        let (whose, second) = (hash >> 32, (since_birth.as_secs() + 1) & u64::from(u32::MAX));
        let before = self.seen[place].swap(whose << 32 | second, Ordering::Relaxed);
        let then = before & u64::from(u32::MAX);
        before >> 32 == whose && then != 0 && second.saturating_sub(then) <= REMEMBERS.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use domain::lists::GameList;

    use super::*;

    fn key(number: usize) -> Key {
        Key::List(GameList::Search(number.to_string()))
    }

    #[test]
    fn who_comes_again_is_known_unless_that_is_long_ago() {
        let doorkeeper = Doorkeeper::default();
        let knows = |number, seconds| doorkeeper.knows_at(&key(number), Duration::from_secs(seconds));
        assert!(!knows(1, 0) && knows(1, 0) && knows(1, 600));
        assert!(!knows(1, 1_201), "too long ago");
        assert!(knows(1, 1_202));
        assert!(!doorkeeper.knows(&key(2)));
    }

    #[test]
    fn a_crowd_of_strangers_is_forgotten_and_hardly_ever_mistaken_for_each_other() {
        let doorkeeper = Doorkeeper::default();
        assert!(!doorkeeper.knows(&key(0)));
        let mistaken = (1..20 * PLACES)
            .filter(|number| doorkeeper.knows(&key(*number)))
            .count();
        assert!(mistaken <= 5, "{mistaken}");
        assert!(!doorkeeper.knows(&key(0)), "its place was taken");
    }
}
