//! A whole shop inside a test: real databases, a real supplier, a clock that the test sets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up ends at once and says why"
)]

pub mod browser;
mod cargo;
pub mod chaos;
pub mod client;
pub mod database;
mod fast;
mod filling;
mod folder;
pub mod link;
pub mod mail_server;
pub mod node;
#[cfg(latchkey_chaos)]
mod past;
pub mod patience;
pub mod people;
pub mod pictures;
pub mod port;
pub mod postgres;
pub mod program;
pub mod redis;
pub mod rows;
pub mod shop;
mod supplier;
pub mod version_before;
mod without_notifications;
pub mod world;

use std::pin::Pin;

use tokio::runtime::Builder;

pub use browser::{Key, Look, Person, Window};
pub use client::{Answer, Client};
pub use database::{Kind, TestDatabase};
pub use mail_server::MailServer;
pub use node::Node;
pub use patience::soon;
pub use people::{PASSWORD, operator};
pub use pictures::{PictureFolder, PictureServer};
pub use program::Program;
pub use redis::Redis;
pub use rows::Recorder;
pub use shop::{Caching, TestShop};
pub use testkit_macros::on_both_databases;
pub use version_before::{Taken, VersionBefore};
pub use world::{CountedIds, SeededChance, SetClock};

/// Runs a test on this database, for [`on_both_databases`]: on a runtime of its own with two threads. Not generic over
/// the test, so that the runtime is compiled once.
///
/// # Panics
///
/// When there is no runtime, and with the test.
/// When there is no runtime, and with the test.
pub fn on(kind: Kind, test: fn(Kind) -> Pin<Box<dyn Future<Output = ()>>>) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test(kind));
}
