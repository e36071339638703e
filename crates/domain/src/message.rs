//! Messages: work that the shop queues for later.

/// Work to be done after a transaction: queued if and only if the transaction commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue that it waits in.
    pub queue: Queue,
    /// The job as JSON: its name as `kind`, and its arguments.
    pub payload: String,
}

/// Queues run independently: messages of one never wait for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Syncs with the supplier: minutes each, one at a time.
    Sync,
    /// Mails: seconds each, several at a time.
    Mail,
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 2] = [Self::Sync, Self::Mail];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Mail => "mail",
        }
    }
}

/// How a queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Its name.
    pub queue: String,
    /// Messages that wait for their time or for a process.
    pub waiting: u64,
    /// Messages that a process is handling.
    pub claimed: u64,
    /// Messages that failed for the last time.
    pub dead_lettered: u64,
    /// How long the message that is due longest has been due.
    pub late_seconds: Option<u64>,
}
