//! Jobs: what a job is, and what the loop that runs them knows about each kind.

use std::future::Future;
use std::time::Duration;

use domain::message::{Message, Queue};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use storage::Tx;
use tokio_util::sync::CancellationToken;

use crate::{Error, Shop};

/// A job. Its fields are the content of its message.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in messages and in the log: it never changes.
    const NAME: &'static str;
    /// The queue that it waits in.
    const QUEUE: Queue;
    /// How often it is retried before it is dead-lettered. The pauses grow from ten seconds to an hour.
    const RETRIES: u32;
    /// The time limit of an attempt; after it another process may try.
    const TIMEOUT: Duration;

    /// Runs it.
    fn run(self, shop: &Shop, worker: &Worker) -> impl Future<Output = Result<(), JobError>> + Send;

    /// Records more about a failed attempt, in the transaction that records the failure; `permanent` says that it was
    /// the last attempt.
    fn note_failure(
        &self,
        _tx: &Tx,
        _reason: &str,
        _permanent: bool,
    ) -> impl Future<Output = Result<(), storage::Error>> + Send {
        std::future::ready(Ok(()))
    }
}

/// The process that runs jobs.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its name for other processes.
    pub name: String,
    /// Cancelled when it is to stop.
    pub stop: CancellationToken,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// For an operator; contains no secret.
    pub reason: String,
    /// Whether another attempt would fail the same way.
    pub permanent: bool,
}

impl JobError {
    /// An error that another attempt may not have.
    #[must_use]
    pub fn temporary(reason: String) -> Self {
        Self {
            reason,
            permanent: false,
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::temporary(format!("{error}{}", cause.unwrap_or_default()))
    }
}

/// Records that a message failed, in the transaction that settles it: its body, the reason, and whether permanently.
type NoteFailure = for<'a> fn(&'a str, &'a Tx, &'a str, bool) -> BoxFuture<'a, Result<(), storage::Error>>;

/// A kind of job with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct JobKind {
    /// [`Job::NAME`].
    pub name: &'static str,
    /// [`Job::QUEUE`].
    pub queue: Queue,
    /// [`Job::TIMEOUT`].
    pub timeout: Duration,
    pub(crate) retries: u32,
    run: for<'a> fn(&'a str, &'a Shop, &'a Worker) -> BoxFuture<'a, Result<(), JobError>>,
    note_failure: NoteFailure,
}

impl JobKind {
    /// The kind of the job `J`.
    #[must_use]
    pub const fn of<J: Job>() -> Self {
        Self {
            name: J::NAME,
            queue: J::QUEUE,
            timeout: J::TIMEOUT,
            retries: J::RETRIES,
            run: |payload, shop, worker| Box::pin(async move { read::<J>(payload)?.run(shop, worker).await }),
            note_failure: |payload, tx, reason, permanent| {
                Box::pin(async move {
                    match read::<J>(payload) {
                        Ok(job) => job.note_failure(tx, reason, permanent).await,
                        Err(_unreadable) => Ok(()),
                    }
                })
            },
        }
    }

    /// The kind of a message. A message of an unknown kind waits half a day for a process that knows it.
    #[must_use]
    pub fn of_message(message: &Message, kinds: &[Self]) -> Self {
        let name = name_of(&message.payload);
        let unknown = Self {
            name: "unknown",
            queue: message.queue,
            timeout: Duration::ZERO,
            retries: 19,
            run: |payload, _, _| {
                let reason = format!("this program knows no job {:?}", name_of(payload));
                Box::pin(std::future::ready(Err(JobError::temporary(reason))))
            },
            note_failure: |_, _, _, _| Box::pin(std::future::ready(Ok(()))),
        };
        kinds.iter().find(|kind| kind.name == name).copied().unwrap_or(unknown)
    }

    /// Runs the job of `message`.
    ///
    /// # Errors
    ///
    /// Why it failed.
    pub fn run<'a>(
        &self,
        message: &'a Message,
        shop: &'a Shop,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        (self.run)(&message.payload, shop, worker)
    }

    pub(crate) fn note_failure<'a>(
        &self,
        message: &'a Message,
        tx: &'a Tx,
        reason: &'a str,
        permanent: bool,
    ) -> BoxFuture<'a, Result<(), storage::Error>> {
        (self.note_failure)(&message.payload, tx, reason, permanent)
    }
}

/// The part that all messages have.
#[derive(Deserialize)]
struct Name {
    kind: String,
}

/// A message as it is stored.
#[derive(Serialize)]
struct Payload<'a, J> {
    kind: &'static str,
    #[serde(flatten)]
    job: &'a J,
}

/// The message for `job`.
pub(crate) fn message<J: Job>(job: &J) -> Result<Message, Error> {
    let payload = Payload { kind: J::NAME, job };
    let payload = serde_json::to_string(&payload).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Message {
        queue: J::QUEUE,
        payload,
    })
}

/// The name of the job of a stored message; empty if it cannot be read.
pub(crate) fn name_of(payload: &str) -> String {
    read::<Name>(payload).map_or_else(|_| String::new(), |name| name.kind)
}

fn read<T: DeserializeOwned>(payload: &str) -> Result<T, JobError> {
    serde_json::from_str(payload).map_err(|error| JobError::temporary(format!("its message cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::mails::SendMail;
    use crate::sync::{CheckStock, SyncCatalogue};

    /// Messages are stored in the databases of running shops: later programs must read what earlier ones wrote.
    #[test]
    fn messages_are_written_as_they_always_were() {
        let slot = "2026-11-23T02:00Z".to_owned();
        let mail = Uuid::from_u128(7);
        for (message, queue, payload) in [
            (
                message(&SyncCatalogue { slot: slot.clone() }),
                "sync",
                r#"{"kind":"sync_catalogue","slot":"2026-11-23T02:00Z"}"#,
            ),
            (
                message(&CheckStock { slot }),
                "sync",
                r#"{"kind":"check_stock","slot":"2026-11-23T02:00Z"}"#,
            ),
            (
                message(&SendMail { mail }),
                "mail",
                r#"{"kind":"send_mail","mail":"00000000-0000-0000-0000-000000000007"}"#,
            ),
        ] {
            let message = message.unwrap();
            assert_eq!((message.queue.as_str(), message.payload.as_str()), (queue, payload));
        }
    }

    #[test]
    fn a_message_is_of_the_kind_that_it_names_or_of_none() {
        let kinds = [JobKind::of::<SyncCatalogue>(), JobKind::of::<SendMail>()];
        let named = |payload: &str| {
            let message = Message {
                queue: Queue::Mail,
                payload: payload.to_owned(),
            };
            JobKind::of_message(&message, &kinds).name
        };
        assert_eq!(named(r#"{"mail":"…","kind":"send_mail"}"#), "send_mail");
        assert_eq!(named(r#"{"kind":"sync_catalogue"}"#), "sync_catalogue");
        for unknown in [r#"{"kind":"check_stock"}"#, r#"{"kind":1}"#, "{}", ""] {
            assert_eq!(named(unknown), "unknown", "{unknown}");
        }
    }
}
