//! Chance for tests that disturb something at random; what it did can be repeated.

use std::hash::{BuildHasher, Hasher};

/// A small generator, so that a seed tells the whole story.
pub(crate) struct Dice(u64);

impl Dice {
    #[expect(clippy::print_stdout, reason = "whoever wants to repeat a failed run needs the seed")]
    pub(crate) fn thrown() -> Self {
        let seed = std::hash::RandomState::new().build_hasher().finish() | 1;
        println!("seed {seed}");
        Self(seed)
    }

    /// Below `most`.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % most
    }
}
