//! Tests of the spool, each in a folder of its own.

mod answers;
mod files;

use std::sync::atomic::{AtomicU64, Ordering};

use domain::money::Cents;

use super::*;
use crate::tests::secrets;

const ATTEMPT: Uuid = Uuid::from_u128(7);
const KEY: &str = "AAAA-BBBB-CCCC";

/// A temporary folder with a spool in it, deleted when it is dropped.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let place = std::env::temp_dir().join(format!("latchkey-spool-{}-{number}", std::process::id()));
        fs::create_dir(&place).unwrap();
        Self(place)
    }

    fn folder(&self) -> PathBuf {
        self.0.join("spool")
    }

    /// The spool as a process finds it that starts. Each draws the same names as every other.
    fn spool(&self) -> Spool {
        self.spool_of("master-key-of-a-test")
    }

    fn spool_of(&self, master_key: &str) -> Spool {
        Spool::open(&self.folder(), secrets(master_key).seal).unwrap()
    }

    /// The names of the files that lie there.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ignored = fs::remove_dir_all(&self.0);
    }
}

fn answer(attempt: Uuid, body: &str) -> SpooledAnswer {
    SpooledAnswer::new(attempt, "order-1".to_owned(), Cents::new(-1_299), body.into())
}

/// The bodies of the answers that open, in their order.
fn bodies(spool: &Spool) -> Vec<String> {
    let opened = spool
        .kept()
        .unwrap()
        .answers
        .into_iter()
        .filter_map(|it| it.answer.ok());
    opened
        .map(|answer| String::from_utf8(answer.expose_body().to_vec()).unwrap())
        .collect()
}
