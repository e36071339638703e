//! Chance: where secrets come from. It is an argument, as time and ids are.

use std::fmt;

/// Makes bytes that nobody can guess. The program's come from the operating system, a test's from a seed.
pub trait Chance: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
