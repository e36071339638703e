//! Jobs that send mails, outside the requests that cause them.

use std::time::Duration;

use domain::message::Queue;
use serde::{Deserialize, Serialize};
use storage::Tx;
use uuid::Uuid;

use crate::Shop;
use crate::jobs::{Job, JobError, Worker};

/// Sends a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMail {
    /// Its row.
    pub mail: Uuid,
}

impl Job for SendMail {
    const NAME: &'static str = "send_mail";
    const QUEUE: Queue = Queue::Mail;
    /// Half a day: a mail server may be unavailable for a night.
    const RETRIES: u32 = 19;
    /// Sending takes seconds, so the mails of a process that died are claimed again soon.
    const TIMEOUT: Duration = Duration::from_secs(2 * 60);

    async fn run(self, shop: &Shop, _worker: &Worker) -> Result<(), JobError> {
        shop.mails().send(self.mail).await
    }

    async fn note_failure(&self, tx: &Tx, reason: &str, permanent: bool) -> Result<(), storage::Error> {
        tx.mails().failed(self.mail, reason, permanent).await
    }
}
