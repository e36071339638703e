//! Randomness for secrets: an argument, like time and ids.

use std::fmt;

/// Generates unpredictable bytes: from the operating system in the program, from a seed in tests.
pub trait Chance: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
