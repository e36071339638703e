//! The suite: every test that needs more than one crate, one room for each subject.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on ends at once and says why"
)]

#[cfg(not(latchkey_chaos))]
compile_error!("tests need their switches: the dev profile, and LATCHKEY_CHAOS=1, which .cargo/config.toml sets");

mod administrators;
mod api;
mod audit;
mod catalogue;
mod chaos;
mod coherence;
mod connections;
mod demo;
mod desk;
mod dice;
mod house;
mod libraries;
mod mail;
mod operating;
mod orders;
mod own_keys;
mod pages;
mod paused;
mod people;
mod pictures;
mod pooler;
mod program;
mod redis;
mod secrets;
mod shop;
mod staff;
mod storage;
mod supplier;
mod switches;
mod sync;
mod takeover;
mod touches;
mod version_before;
mod waking;
mod wallets;
mod watching;
