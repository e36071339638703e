//! What happens to accounts, and from where.

/// From where somebody acts: told to the account's owner, and counted against guessing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// What the browser or program says it is; at most [`Device::NAME_MAX`] characters.
    pub name: String,
}

/// What happened to an account: its owner can look back at it, and an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    /// The account was made.
    Registered,
    /// Somebody signed in.
    SignedIn,
    /// Somebody tried to sign in with a wrong password.
    SignInFailed,
    /// The password was right, the second factor was not.
    SecondFactorFailed,
    /// A sign-in was ended.
    SignedOut,
    /// All other sign-ins were ended.
    SignedOutEverywhere,
    /// A refresh token was used a second time, late: the sign-in was ended, since somebody may have copied it.
    RefreshReused,
    /// The password was changed by somebody who was signed in.
    PasswordChanged,
    /// The password was set anew through a link that was mailed.
    PasswordReset,
    /// The address was shown to be the owner's.
    EmailVerified,
    /// A second factor was turned on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// A recovery code stood in for the second factor.
    RecoveryCodeUsed,
    /// The account became staff's.
    BecameAdmin,
}

impl SecurityEvent {
    const ALL: [(Self, &'static str); 14] = [
        (Self::Registered, "registered"),
        (Self::SignedIn, "signed_in"),
        (Self::SignInFailed, "sign_in_failed"),
        (Self::SecondFactorFailed, "second_factor_failed"),
        (Self::SignedOut, "signed_out"),
        (Self::SignedOutEverywhere, "signed_out_everywhere"),
        (Self::RefreshReused, "refresh_reused"),
        (Self::PasswordChanged, "password_changed"),
        (Self::PasswordReset, "password_reset"),
        (Self::EmailVerified, "email_verified"),
        (Self::SecondFactorOn, "second_factor_on"),
        (Self::SecondFactorOff, "second_factor_off"),
        (Self::RecoveryCodeUsed, "recovery_code_used"),
        (Self::BecameAdmin, "became_admin"),
    ];

    /// As the database writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(event, _)| *event == self)
            .map_or("", |(_, text)| text)
    }

    /// Reads what [`as_str`](Self::as_str) wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == text)
            .map(|(event, _)| event)
    }
}

impl Device {
    /// The longest name that is stored.
    pub const NAME_MAX: usize = 200;
}
