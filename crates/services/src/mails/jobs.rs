//! Mails as jobs: each is sent behind the request that causes it.

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
    /// Half a day: a mail server may well be away for a night.
    const RETRIES: u32 = 19;
    /// A mail ends within seconds, one way or the other, so that what a dead process had in hand is soon taken up.
    const TIMEOUT: Duration = Duration::from_secs(2 * 60);

    async fn run(self, shop: &Shop, _worker: &Worker) -> Result<(), JobError> {
        shop.mails().send(self.mail).await
    }

    async fn note_failure(&self, tx: &Tx, reason: &str, permanent: bool) -> Result<(), storage::Error> {
        tx.mails().failed(self.mail, reason, permanent).await
    }
}
