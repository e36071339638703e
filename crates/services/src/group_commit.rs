//! Group commit on SQLite: whoever gets the turn to write commits everybody who waits, in one transaction.
//!
//! SQLite has one writer, and each commit waits for the disk. Writers queue, and whoever gets the turn leads: it runs the
//! cases in the order in which they came, each within a savepoint, and commits once. A case that fails is undone alone. Nobody is
//! answered before the commit, a refused one neither: what refused it may be another member's work, which is not committed yet. When the
//! transaction is lost (a full disk, an error of the file), nothing of it happened: each member then runs again alone.

use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use storage::Tx;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::write::{AnyCase, Failed, Outcome};
use crate::{Error, Shop, operator_metrics};

/// The most members of a group.
const MEMBERS_MAX: usize = 16;
/// Nobody joins a transaction that is older: so it stays under 100 ms.
const JOINS_WITHIN: Duration = Duration::from_millis(50);

/// What became of a case; `None` if its transaction was lost.
type Answer = Option<Result<Outcome, Failed>>;

/// Those who wait to write, in the order in which they came.
#[derive(Default)]
pub(crate) struct CommitGroups {
    waiting: Mutex<VecDeque<Member>>,
    /// Held by whoever leads, until its group is answered; fair.
    turn: tokio::sync::Mutex<()>,
}

impl Debug for CommitGroups {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitGroups").finish_non_exhaustive()
    }
}

/// A case that waits to be run and committed.
struct Member {
    case: Arc<dyn AnyCase>,
    answer: Sender<Answer>,
    asked: Instant,
}

impl Member {
    fn answer(self, answer: Answer) {
        // Its task may be gone with the runtime.
        let _ignored = self.answer.send(answer);
    }

    /// Runs the case on a transaction of its own.
    async fn run(&self, tx: &mut Tx) -> Result<Outcome, Failed> {
        operator_metrics::waited_for_connection(self.asked.elapsed());
        let run = AssertUnwindSafe(async { self.case.run(tx).await }).catch_unwind();
        let panicked = |_| Err(Error::Internal("a use case panicked".into()).into());
        run.await.unwrap_or_else(panicked)
    }

    /// Runs the case as a part of others' transaction. The error is the transaction's, which is then lost.
    async fn run_within(&self, tx: &mut Tx) -> Result<Result<Outcome, Failed>, storage::Error> {
        let mut part = tx.begin_part().await?;
        let outcome = self.run(&mut part).await;
        match &outcome {
            Ok(_) => tx.keep_part(part).await?,
            Err(_) => tx.undo_part(part).await?,
        }
        Ok(outcome)
    }
}

impl CommitGroups {
    fn join(&self, case: Arc<dyn AnyCase>) -> Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        let asked = Instant::now();
        self.lock().push_back(Member { case, answer, asked });
        answered
    }

    fn next(&self) -> Option<Member> {
        self.lock().pop_front()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Member>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shop {
    /// Runs a case in a transaction that others may share, and commits it; `None` if that transaction was lost.
    pub(crate) async fn commit_together(&self, case: Arc<dyn AnyCase>) -> Answer {
        let groups = &self.commit_groups;
        let mut answered = groups.join(case);
        let _turn = tokio::select! {
            biased;
            answer = &mut answered => return answer.unwrap_or_else(|_| Some(Err(unanswered()))),
            turn = groups.turn.lock() => turn,
        };
        loop {
            match answered.try_recv() {
                Ok(answer) => return answer,
                Err(TryRecvError::Closed) => return Some(Err(unanswered())),
                // Whoever led before answered its whole group, so this case still waits.
                Err(TryRecvError::Empty) => self.lead_group().await,
            }
        }
    }

    /// For tests only: how many wait to be run.
    #[cfg(latchkey_chaos)]
    #[must_use]
    pub fn waiting_to_commit_for_test(&self) -> usize {
        self.commit_groups.lock().len()
    }

    /// Runs those who wait, in one transaction.
    async fn lead_group(&self) {
        let tx = self.db().begin().await;
        let Some(first) = self.commit_groups.next() else { return };
        let mut tx = match tx {
            Ok(tx) => tx,
            Err(error) => return first.answer(Some(Err(error.into()))),
        };
        let begun = Instant::now();
        // The first needs no savepoint: as long as it is alone, to undo it is to undo the transaction.
        let outcome = first.run(&mut tx).await;
        if outcome.is_err() {
            drop(tx);
            first.answer(Some(outcome));
        } else {
            self.join_and_commit(tx, (first, outcome), begun).await;
        }
        operator_metrics::transaction_took(begun.elapsed());
    }

    async fn join_and_commit(&self, mut tx: Tx, first: (Member, Result<Outcome, Failed>), begun: Instant) {
        let mut group = vec![first];
        while group.len() < MEMBERS_MAX && begun.elapsed() < JOINS_WITHIN {
            let Some(member) = self.commit_groups.next() else { break };
            match member.run_within(&mut tx).await {
                Ok(outcome) => group.push((member, outcome)),
                Err(error) => {
                    drop(tx);
                    member.answer(None);
                    return lose(group, &error);
                }
            }
        }
        match self.commit(tx).await {
            Ok(()) => {
                for (member, outcome) in group {
                    member.answer(Some(outcome));
                }
            }
            Err(storage::Error::UnknownOutcome(lost)) if storage::Error::is_lost_reply(&lost) => {
                for (member, _) in group {
                    let unknown = storage::Error::UnknownOutcome(lost.clone());
                    member.answer(Some(Err(unknown.into())));
                }
            }
            Err(error) => lose(group, &error),
        }
    }
}

/// Tells the members that nothing of their transaction happened.
fn lose(group: Vec<(Member, Result<Outcome, Failed>)>, error: &storage::Error) {
    let members = group.len();
    tracing::warn!(
        members,
        error = error as &dyn std::error::Error,
        "[Job] a transaction was lost; its use cases run again, each alone"
    );
    for (member, _) in group {
        member.answer(None);
    }
}

/// Whoever led ended without an answer.
fn unanswered() -> Failed {
    Error::Internal("a group of use cases was not answered".into()).into()
}
