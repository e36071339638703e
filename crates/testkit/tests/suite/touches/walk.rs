//! Runs the steps: each declares the places that it calls, and the table that each of them changes.

use std::collections::BTreeSet;
use std::future::Future;

use testkit::{Kind, Recorder, TestShop};

/// A place that writes, as `crate/file::function`, and a table that it changes.
pub(super) type Site = (&'static str, &'static str);

/// What is known so far.
pub(super) struct Walk {
    recorder: Recorder,
    done: Done,
}

/// What a walk found.
#[derive(Default)]
pub(super) struct Done {
    /// The places that were seen to write.
    pub(super) walked: BTreeSet<String>,
    /// Views that went stale and that nobody touched, each with the step.
    pub(super) forgotten: Vec<String>,
    /// All views that went stale.
    pub(super) views: BTreeSet<String>,
}

impl Walk {
    /// Begins in a shop that holds nothing yet.
    pub(super) async fn begin(kind: Kind, shop: &TestShop) -> Self {
        let recorder = Recorder::begin(kind, &shop.database.url).await.unwrap();
        Self {
            recorder,
            done: Done::default(),
        }
    }

    /// Takes a step and judges each transaction of it. Every place is to be seen to change its table.
    pub(super) async fn step<T>(&mut self, sites: &[Site], step: impl Future<Output = T>) -> T {
        let result = step.await;
        let transactions = self.recorder.since().await;
        for (site, table) in sites {
            assert!(
                transactions.iter().any(|transaction| transaction.changed(table)),
                "{site} was to change a row of {table}, after {:?}",
                self.done.walked
            );
            self.done.walked.insert((*site).to_owned());
        }
        for transaction in transactions {
            let forgotten = transaction.forgotten().into_iter();
            self.done
                .forgotten
                .extend(forgotten.map(|view| format!("{sites:?}: {view}")));
            self.done
                .views
                .extend(transaction.needs.into_keys().map(|need| need.view));
        }
        result
    }

    /// Leaves out what the test itself changed, past the shop.
    pub(super) async fn leave_out(&mut self) {
        self.recorder.since().await;
    }

    pub(super) fn end(self) -> Done {
        self.done
    }
}
