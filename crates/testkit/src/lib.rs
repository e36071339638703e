//! A whole shop inside a test: real databases, a real supplier, a clock that the test sets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up ends at once and says why"
)]

pub mod browser;
mod cargo;
pub mod chaos;
pub mod database;
mod deaf;
mod folder;
pub mod link;
pub mod mail_server;
pub mod node;
pub mod patience;
pub mod people;
pub mod pictures;
pub mod port;
pub mod postgres;
pub mod program;
pub mod redis;
pub mod rows;
pub mod shop;
pub mod version_before;
pub mod world;

pub use browser::{Key, Look, Person, Window};
pub use database::{Kind, TestDatabase};
pub use mail_server::MailServer;
pub use node::Node;
pub use patience::soon;
pub use people::{Answer, Client, PASSWORD};
pub use pictures::{PictureFolder, PictureServer};
pub use program::Program;
pub use redis::Redis;
pub use rows::Recorder;
pub use shop::{Caching, TestShop};
pub use version_before::{Taken, VersionBefore};
pub use world::{CountedIds, SeededChance, SetClock};

/// Makes of each `async fn name(kind: Kind) { … }` two tests, `name::on_sqlite` and `name::on_postgres`: a test that
/// stores anything runs on both databases.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($kind:ident: Kind) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn on($kind: $crate::Kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                on($crate::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                on($crate::Kind::Postgres).await;
            }
        }
    )*};
}
