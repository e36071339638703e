//! Limits on attempts to guess secrets: for each account and for each network address, on all nodes together.

use std::time::Duration;

use domain::refusal::Refusal;
use storage::throttles::Rate;

use super::tokens;
use crate::{AccountService, Error};

/// A kind of attempt, with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Signing in to one account. A successful attempt is not counted.
    Account,
    /// Signing in from one address. A successful attempt is not counted.
    Address,
    /// Registrations from one address.
    Registration,
    /// The code of one account's second factor. A successful attempt is not counted.
    SecondFactor,
    /// Proving again, in a sign-in, who one is. A successful attempt is not counted.
    Proof,
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
            Self::Proof => "proof",
            Self::MailToAccount => "mail_to",
            Self::MailFromAddress => "mail_from",
        }
    }

    /// The limit: a burst, and one more per interval. People do not notice it; guessing is too slow.
    const fn rate(self) -> Rate {
        let (burst, seconds) = match self {
            Self::Account => (20, 60),
            Self::Address => (100, 5),
            Self::Registration => (200, 20),
            Self::SecondFactor | Self::Proof => (10, 600),
            Self::MailToAccount => (5, 600),
            Self::MailFromAddress => (30, 60),
        };
        Rate {
            burst,
            every: Duration::from_secs(seconds),
        }
    }
}

/// The counters of an attempt: each kind with an account's address or a network address.
pub(super) type AttemptKeys = Vec<(Attempt, String)>;

impl AccountService<'_> {
    /// Counts an attempt against each of `counted`; refused if one of the limits is reached.
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

/// Ordered by name, so that two transactions that count the same keys cannot deadlock. Hashed, so that the table does
/// not list who was here.
fn named(counted: &AttemptKeys) -> Vec<(String, Rate)> {
    let name = |(tried, whom): &(Attempt, String)| {
        let hash = tokens::hash(&format!("{}:{whom}", tried.name()));
        (format!("{}:{}", tried.name(), &hash[..32]), tried.rate())
    };
    let mut named: Vec<_> = counted.iter().map(name).collect();
    named.sort_by(|one, other| one.0.cmp(&other.0));
    named
}
