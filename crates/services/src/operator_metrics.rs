//! The metrics of accounts, guests, mails, queues and the database, for whoever runs the shop.
//!
//! What happens in a request is counted by the process that handles it. Mails and messages are handled by any process, some of
//! which have no metrics, so their figures are read from the database.

use std::time::Duration;

use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::mails::MailOutcome;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::guests::GuestMigration;
use crate::orders::order_metrics;
use crate::{Error, OperationService};

/// However often metrics are read, the database is read this often at most.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A database that does not answer must not keep the other metrics from being read.
const READ_WITHIN: Duration = Duration::from_millis(500);

const MIGRATIONS: &str = "guest_migrations_total";
const REGISTRATIONS: &str = "registrations_total";
const SIGN_INS: &str = "sign_ins_total";
const MAILS: &str = "mails_total";
const WAITING: &str = "jobs_waiting";
const OLDEST: &str = "jobs_oldest_seconds";
const DEAD: &str = "jobs_dead";
const WAIT: &str = "database_wait_seconds";
const WRITE: &str = "database_write_seconds";

/// The parts of a migration, and their outcomes.
const MIGRATED_PARTS: [&str; 2] = ["cart", "wishlist"];
const MIGRATION_OUTCOMES: [&str; 4] = ["migrated", "nothing", "failed", "retried"];
const REGISTRATION_OUTCOMES: [&str; 5] = ["registered", "invalid", "taken", "limited", "failed"];
const SIGN_IN_OUTCOMES: [&str; 8] = [
    "signed_in",
    "second_factor",
    "wrong_password",
    "wrong_code",
    "limited",
    "blocked",
    "refused",
    "failed",
];

/// When the database was read for metrics.
#[derive(Debug, Default)]
pub(crate) struct Scrapes(Mutex<Option<Instant>>);

/// Counts the outcome of a registration.
pub(crate) async fn registration<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = work.await;
    let outcome = match &done {
        Ok(_) => "registered",
        Err(Error::Refused(Refusal::EmailTaken)) => "taken",
        Err(Error::Refused(Refusal::TooMany { .. })) => "limited",
        Err(Error::Refused(_)) => "invalid",
        Err(_) => "failed",
    };
    metrics::counter!(REGISTRATIONS, "outcome" => outcome).increment(1);
    done
}

/// Counts the outcome of a step of a sign-in.
pub(crate) async fn sign_in<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = work.await;
    let outcome = match &done {
        Ok(_) => "signed_in",
        Err(Error::Refused(refusal)) => match refusal {
            Refusal::SecondFactorNeeded { .. } => "second_factor",
            Refusal::WrongCredentials => "wrong_password",
            Refusal::WrongSecondFactor => "wrong_code",
            Refusal::TooMany { .. } => "limited",
            other if other.code() == "AUTH007" => "blocked",
            _ => "refused",
        },
        Err(_) => "failed",
    };
    metrics::counter!(SIGN_INS, "outcome" => outcome).increment(1);
    done
}

/// Counts the outcome of a guest's migration; `done` is what it counts as if something moved.
pub(crate) fn guest_migration(outcome: &Result<Option<GuestMigration>, Error>, done: &'static str) {
    let moved = match outcome {
        Err(_) => ["failed", "failed"],
        Ok(None) => ["nothing", "nothing"],
        Ok(Some(moved)) => {
            let wishes = moved.wishlist.moved + moved.wishlist.already_there;
            [moved.cart.lines.is_empty(), wishes == 0].map(|nothing| if nothing { "nothing" } else { done })
        }
    };
    for (what, outcome) in MIGRATED_PARTS.into_iter().zip(moved) {
        metrics::counter!(MIGRATIONS, "what" => what, "outcome" => outcome).increment(1);
    }
}

/// Records how long a transaction waited for its connection, and on SQLite for its turn.
pub(crate) fn waited_for_connection(took: Duration) {
    metrics::histogram!(WAIT).record(took);
}

/// Records how long a transaction took, its commit included.
pub(crate) fn transaction_took(took: Duration) {
    metrics::histogram!(WRITE).record(took);
}

impl<'a> OperationService<'a> {
    /// Updates the metrics that are read from the database; to be called right before they are read. Without an answer of the
    /// database they stay as they are.
    pub fn measure(self) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut read_at = self.shop.scrapes.0.lock().await;
            if read_at.is_some_and(|at| at.elapsed() < READ_EVERY) {
                return;
            }
            if read_at.is_none() {
                describe();
                begin_at_zero();
                order_metrics::describe();
                order_metrics::begin_at_zero();
            }
            *read_at = Some(Instant::now());
            let (outbox, mails) = (self.shop.db().outbox(), self.shop.db().mails());
            if let Ok(Ok(backlogs)) = tokio::time::timeout(READ_WITHIN, outbox.backlogs()).await {
                for backlog in backlogs {
                    let (queue, now) = (backlog.queue.as_str(), self.shop.now());
                    let oldest = backlog.oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
                    gauge(WAITING, queue, backlog.waiting);
                    gauge(DEAD, queue, backlog.dead_lettered);
                    metrics::gauge!(OLDEST, "queue" => queue).set(oldest.as_secs_f64());
                }
            }
            if let Ok(Ok(outcomes)) = tokio::time::timeout(READ_WITHIN, mails.outcomes()).await {
                for (outcome, mails) in MailOutcome::ALL.into_iter().zip(outcomes) {
                    metrics::counter!(MAILS, "outcome" => outcome.as_str()).absolute(mails);
                }
            }
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn gauge(name: &'static str, queue: &'static str, value: u64) {
    metrics::gauge!(name, "queue" => queue).set(value as f64);
}

/// Every value of every label is there from the beginning, so that an alert finds what it watches before the first event.
fn begin_at_zero() {
    for what in MIGRATED_PARTS {
        for outcome in MIGRATION_OUTCOMES {
            metrics::counter!(MIGRATIONS, "what" => what, "outcome" => outcome).increment(0);
        }
    }
    for outcome in REGISTRATION_OUTCOMES {
        metrics::counter!(REGISTRATIONS, "outcome" => outcome).increment(0);
    }
    for outcome in SIGN_IN_OUTCOMES {
        metrics::counter!(SIGN_INS, "outcome" => outcome).increment(0);
    }
    for outcome in MailOutcome::ALL {
        metrics::counter!(MAILS, "outcome" => outcome.as_str()).increment(0);
    }
}

fn describe() {
    metrics::describe_counter!(
        MIGRATIONS,
        "Parts of guests that were to move to an account, by outcome; `retried` moved later than at the sign-in"
    );
    metrics::describe_counter!(REGISTRATIONS, "Registrations, by outcome");
    metrics::describe_counter!(
        SIGN_INS,
        "Steps of sign-ins, by outcome; `second_factor` was right so far and has to go on with a code"
    );
    metrics::describe_counter!(
        MAILS,
        "What became of mails, and of attempts to send them that failed, since the database counts them, whichever process sent \
         them. Each process counts all of them: take the highest of several, not their sum"
    );
    metrics::describe_gauge!(
        WAITING,
        "Messages for background jobs that wait, are worked on, or are due again after a failure"
    );
    metrics::describe_gauge!(OLDEST, "Seconds since the oldest of these was posted; 0 without any");
    metrics::describe_gauge!(DEAD, "Messages that were given up");
    metrics::describe_histogram!(
        WAIT,
        "Seconds that a transaction waited for a connection to the database; on SQLite also for its turn"
    );
    metrics::describe_histogram!(WRITE, "Seconds that a transaction took, its commit included");
}
