//! The lease that admits one sync of each supplier at a time: taken, held by each transaction of its sync, given back.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::refusal::Refusal;
use domain::sync::{RunningSync, SyncKind, SyncProgress};
use storage::Tx;
use uuid::Uuid;

use crate::write::Failed;
use crate::{Error, Shop};

/// The lease's name. G2A's is what the only one was called.
pub(super) fn job(supplier: &SupplierName) -> String {
    if *supplier == SupplierName::g2a() {
        "catalogue sync".to_owned()
    } else {
        format!("catalogue sync of {supplier}")
    }
}

/// Who writes: proves that it holds the lease, and knows its record.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    /// Whose catalogue is synced.
    pub(super) supplier: SupplierName,
    pub(super) kind: SyncKind,
    pub(super) run_id: Uuid,
    pub(super) started_at: Timestamp,
    pub(super) token: Uuid,
    pub(super) lease: Duration,
}

impl Writer {
    /// The component's name in the log.
    pub(super) fn tag(&self) -> &'static str {
        match self.kind {
            SyncKind::Stock => "Stock",
            _ if self.supplier == SupplierName::g2a() => "G2A Sync",
            _ => "Sync",
        }
    }

    /// Locks the lease until this transaction ends and makes it last longer, or refuses to go on.
    pub(super) async fn hold(&self, tx: &Tx, progress: SyncProgress) -> Result<(), Failed> {
        let job = job(&self.supplier);
        if tx
            .leases()
            .renew(&job, self.token, self.lease, &progress.to_string())
            .await?
        {
            return Ok(());
        }
        let words = match tx.leases().holder(&job).await? {
            Some(other) => format!("{} holds it since {}", other.name, other.since),
            None => "another sync has ended since".to_owned(),
        };
        Err(Refusal::SyncLost(words).into())
    }
}

impl Shop {
    /// Takes the lease of a supplier for `holder`.
    ///
    /// # Errors
    /// [`Refusal::SyncRunning`] with who holds it.
    pub(super) async fn take_lease(&self, supplier: &SupplierName, holder: &str) -> Result<Uuid, Error> {
        let (token, span) = (self.parts.ids.fresh(), self.parts.sync.lease);
        let input = (job(supplier), token, holder.to_owned(), span);
        let taken = self.write(input, |tx, &(ref job, token, ref holder, span)| {
            Box::pin(async move { Ok(tx.leases().take(job, token, holder, span).await?) })
        });
        if taken.await? {
            return Ok(token);
        }
        let other = self.db().leases().holder(&job(supplier)).await?;
        let run = self
            .db()
            .sync_runs()
            .latest_of(supplier)
            .await?
            .filter(|run| run.finished_at.is_none());
        let description = match (&other, &run) {
            (Some(other), Some(run)) => format!(
                "{} since {}, a {} sync, {}",
                other.name, other.since, run.kind, run.progress
            ),
            (Some(other), None) => format!("{} since {}", other.name, other.since),
            (None, _) => "it ended just now".to_owned(),
        };
        let kind = run.map(|run| run.kind);
        Err(Refusal::SyncRunning(RunningSync { kind, description }).into())
    }

    pub(super) async fn give_lease_back(&self, supplier: &SupplierName, token: Uuid) -> Result<(), Error> {
        let given_back = self.write((job(supplier), token), |tx, (job, token)| {
            Box::pin(async move { Ok(tx.leases().give_back(job, *token).await?) })
        });
        given_back.await?;
        Ok(())
    }
}
