//! How often may be tried what others may guess: for each account and for each address, on all nodes together.

use std::time::Duration;

use domain::refusal::Refusal;
use storage::throttles::Rate;

use super::tokens;
use crate::{AccountService, Error};

/// What is counted, and how often it may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Signing in to one account. A try that succeeds does not count.
    Account,
    /// Signing in from one address. A try that succeeds does not count.
    Address,
    /// Making accounts from one address.
    Registration,
    /// The code of one account's second factor. A try that succeeds does not count.
    SecondFactor,
    /// Mails to one account that anybody can cause.
    MailToAccount,
    /// Mails to any account, caused from one address.
    MailFromAddress,
}

impl Attempt {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::Registration => "registration",
            Self::SecondFactor => "second_factor",
            Self::MailToAccount => "mail_to",
            Self::MailFromAddress => "mail_from",
        }
    }

    /// So many at once, and one more for each span: a person never notices, a guesser gets nowhere.
    const fn rate(self) -> Rate {
        let (burst, seconds) = match self {
            Self::Account => (20, 60),
            Self::Address => (100, 5),
            Self::Registration => (200, 20),
            Self::SecondFactor => (10, 600),
            Self::MailToAccount => (5, 600),
            Self::MailFromAddress => (30, 60),
        };
        Rate {
            burst,
            every: Duration::from_secs(seconds),
        }
    }
}

/// What a try counts against: each kind with whom it is about, an account's address or a network address.
pub(super) type AttemptKeys = Vec<(Attempt, String)>;

impl AccountService<'_> {
    /// Counts a try against each of `counted`; refused as soon as one of them is used up.
    pub(super) async fn count_attempt(&self, counted: &AttemptKeys) -> Result<(), Error> {
        if !self.shop.parts.accounts.throttled {
            return Ok(());
        }
        let wait = self.shop.write((named(counted), self.shop.now()), |tx, (named, now)| {
            Box::pin(async move {
                for (name, rate) in named {
                    if let Some(wait) = tx.throttles().take(name, *rate, *now).await? {
                        return Ok(Some(wait));
                    }
                }
                Ok(None)
            })
        });
        match wait.await? {
            None => Ok(()),
            Some(wait) => Err(Refusal::TooMany {
                retry_after_seconds: wait.as_secs().saturating_add(1),
            }
            .into()),
        }
    }
}

/// Releases attempts that succeeded, in the transaction of what they were for.
pub(super) async fn release_attempts(tx: &storage::Tx, counted: &AttemptKeys) -> Result<(), storage::Error> {
    for (name, rate) in named(counted) {
        tx.throttles().give_back(&name, rate).await?;
    }
    Ok(())
}

/// In the order of their names, so that two who count the same never wait for each other crosswise. Hashed: the table
/// is no list of who was here.
fn named(counted: &AttemptKeys) -> Vec<(String, Rate)> {
    let name = |(tried, whom): &(Attempt, String)| {
        let hash = tokens::hash(&format!("{}:{whom}", tried.name()));
        (format!("{}:{}", tried.name(), &hash[..32]), tried.rate())
    };
    let mut named: Vec<_> = counted.iter().map(name).collect();
    named.sort_by(|one, other| one.0.cmp(&other.0));
    named
}
