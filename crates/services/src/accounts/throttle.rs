//! Limits on attempts to guess secrets, and on mails that strangers cause; counted on all nodes together.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::refusal::Refusal;
use storage::Tx;
use storage::throttles::Rate;

use super::tokens;
use crate::write::Failed;
use crate::{AccountService, Error};

/// A kind of attempt, with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Signing in to one account from a browser that it does not know. A successful attempt is not counted.
    Account,
    /// Signing in from one of an account's known devices. A successful attempt is not counted.
    KnownDevice,
    /// Signing in from one address, by browsers that the account does not know. A successful attempt is not counted.
    Address,
    /// Registrations from one address.
    Registration,
    /// The code of one account's second factor, from a browser that it does not know. A successful attempt is not
    /// counted.
    SecondFactor,
    /// The same from one of the account's known devices.
    KnownDeviceSecondFactor,
    /// A code of the second factor, typed by whoever is signed in already. A successful attempt is not counted.
    OwnSecondFactor,
    /// The current password, typed again in one sign-in. A successful attempt is not counted.
    Proof,
    /// Reset links for one account, asked for from one address.
    ResetFromAddress,
    /// Reset links, asked for from one of the account's known devices.
    ResetFromDevice,
    /// Reset links for one account, asked for by anybody without a known device.
    ResetMail,
    /// Links that make a browser known, mailed to one account.
    KnownDeviceMail,
    /// Codes for the verification of an address, asked for by whoever is signed in to its account.
    VerificationMail,
    /// Mails to any account, caused from one address.
    MailFromAddress,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

impl Attempt {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::KnownDevice => "known_device",
            Self::Address => "address",
            Self::Registration => "registration",
            Self::SecondFactor => "second_factor",
            Self::KnownDeviceSecondFactor => "known_device_second_factor",
            Self::OwnSecondFactor => "own_second_factor",
            Self::Proof => "proof",
            Self::ResetFromAddress => "reset_from_address",
            Self::ResetFromDevice => "reset_from_device",
            Self::ResetMail => "reset_mail",
            Self::KnownDeviceMail => "known_device_mail",
            Self::VerificationMail => "verification_mail",
            Self::MailFromAddress => "mail_from",
        }
    }

    /// The limits: each a burst, and one more per interval in seconds. People do not notice them; guessing is too slow.
    ///
    /// Several limits of one kind are a delay that grows while the attempts go on.
    const fn limits(self) -> &'static [(u32, u64)] {
        match self {
            Self::Account => &[(20, MINUTE), (60, 5 * MINUTE), (120, 30 * MINUTE)],
            Self::KnownDevice | Self::Proof => &[(20, MINUTE)],
            Self::Address => &[(100, 5)],
            Self::Registration => &[(200, 20)],
            Self::SecondFactor | Self::KnownDeviceSecondFactor | Self::OwnSecondFactor => &[(10, 10 * MINUTE)],
            Self::ResetFromAddress | Self::ResetFromDevice | Self::VerificationMail => &[(5, 10 * MINUTE)],
            Self::ResetMail => &[(15, 15 * MINUTE)],
            Self::KnownDeviceMail => &[(3, 6 * HOUR)],
            Self::MailFromAddress => &[(30, MINUTE)],
        }
    }
}

/// The counters of an attempt: each kind with whom it is counted for.
pub(super) type AttemptKeys = Vec<(Attempt, String)>;

impl AccountService<'_> {
    /// Counts an attempt against each of `counted`; refused if one of the limits is reached, and then none is counted:
    /// who may not try because of one limit uses up no other.
    pub(super) async fn count_attempt(&self, counted: &AttemptKeys) -> Result<(), Error> {
        if !self.shop.parts.accounts.throttled {
            return Ok(());
        }
        self.shop
            .write((named(counted), self.shop.now()), |tx, (named, now)| {
                Box::pin(async move {
                    let mut longest = None;
                    for (name, rate) in named {
                        longest = longest.max(tx.throttles().take(name, *rate, *now).await?);
                    }
                    longest.map_or(Ok(()), |wait| Err(too_many(wait)))
                })
            })
            .await
    }
}

/// Counts an attempt in the transaction of what it is for; `false` when it is one too many.
pub(super) async fn take_attempt(tx: &Tx, counted: &AttemptKeys, now: Timestamp) -> Result<bool, storage::Error> {
    for (name, rate) in named(counted) {
        if tx.throttles().take(&name, rate, now).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn too_many(wait: Duration) -> Failed {
    let retry_after_seconds = wait.as_secs().saturating_add(1);
    Refusal::TooMany { retry_after_seconds }.into()
}

/// Releases attempts that succeeded, in the transaction of what they were for.
pub(super) async fn release_attempts(tx: &Tx, counted: &AttemptKeys) -> Result<(), storage::Error> {
    for (name, rate) in named(counted) {
        tx.throttles().give_back(&name, rate).await?;
    }
    Ok(())
}

/// Ordered by name, so that two transactions that count the same keys cannot deadlock. Hashed, so that the table does
/// not list who was here.
fn named(counted: &AttemptKeys) -> Vec<(String, Rate)> {
    let names = |(tried, whom): &(Attempt, String)| {
        let (tried, hash) = (*tried, tokens::hash(&format!("{}:{whom}", tried.name())));
        tried.limits().iter().enumerate().map(move |(at, (burst, seconds))| {
            let rate = Rate {
                burst: *burst,
                every: Duration::from_secs(*seconds),
            };
            let nth = if at == 0 { String::new() } else { format!(":{at}") };
            (format!("{}:{}{nth}", tried.name(), &hash[..32]), rate)
        })
    };
    let mut named: Vec<_> = counted.iter().flat_map(names).collect();
    named.sort_by(|one, other| one.0.cmp(&other.0));
    named
}
