//! Messages: what the shop tells itself to do later.

/// Work that is to happen after a transaction, exactly as sure as the transaction itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it waits.
    pub queue: Queue,
    /// What is to be done, as JSON: the job's name as its `kind`, and what that job has to know.
    pub payload: String,
}

/// What runs beside what: messages of one queue never wait for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Syncs with the supplier: minutes each, one at a time.
    Sync,
    /// Mails: seconds each, several at a time.
    Mail,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sync, Self::Mail];

    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Mail => "mail",
        }
    }
}
