//! The suite: every test that needs more than one crate, one room for each subject.

mod api;
mod coherence;
mod house;
mod program;
mod storage;
mod sync;
