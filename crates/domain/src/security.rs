//! Security-related events of accounts, and the devices that they came from.

/// Where a request comes from: shown to the account's owner, and used to count attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// The name that the browser or program sends; at most [`Device::NAME_MAX`] characters.
    pub name: String,
}

/// An entry of an account's security log, for its owner and for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    /// The account was created.
    Registered,
    /// A sign-in succeeded.
    SignedIn,
    /// A sign-in failed because of a wrong password.
    SignInFailed,
    /// The password was right, the second factor was not.
    SecondFactorFailed,
    /// A code of the second factor was right, but had been used before.
    SecondFactorReplayed,
    /// Somebody who was signed in typed a wrong current password.
    PasswordCheckFailed,
    /// A mailed link made a browser a known device.
    DeviceMadeKnown,
    /// A sign-in was ended.
    SignedOut,
    /// All other sign-ins were ended.
    SignedOutEverywhere,
    /// A refresh token was used a second time, too late: the sign-in was ended, because the token may have been copied.
    RefreshReused,
    /// The password was changed by a signed-in user.
    PasswordChanged,
    /// A new password was set through a mailed link.
    PasswordReset,
    /// The address was verified.
    EmailVerified,
    /// A second factor was turned on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// A recovery code was used instead of the second factor.
    RecoveryCodeUsed,
    /// The account was given a role of staff, or another one.
    BecameAdmin,
    /// The account's role of staff was taken.
    StaffRoleTaken,
    /// Staff blocked the account and ended its sign-ins.
    Blocked,
    /// Staff no longer block the account.
    Unblocked,
    /// Staff ended all sign-ins of the account.
    SignedOutByStaff,
    /// The owner of a sign-in proved again who they are.
    ProvedAgain,
}

impl SecurityEvent {
    const ALL: [(Self, &'static str); 22] = [
        (Self::Registered, "registered"),
        (Self::SignedIn, "signed_in"),
        (Self::SignInFailed, "sign_in_failed"),
        (Self::SecondFactorFailed, "second_factor_failed"),
        (Self::SecondFactorReplayed, "second_factor_replayed"),
        (Self::PasswordCheckFailed, "password_check_failed"),
        (Self::DeviceMadeKnown, "device_made_known"),
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
        (Self::StaffRoleTaken, "staff_role_taken"),
        (Self::Blocked, "blocked"),
        (Self::Unblocked, "unblocked"),
        (Self::SignedOutByStaff, "signed_out_by_staff"),
        (Self::ProvedAgain, "proved_again"),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(event, _)| event)
    }

    /// The name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(event, _)| *event == self)
            .map_or("", |(_, text)| text)
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == text)
            .map(|(event, _)| event)
    }
}

impl Device {
    /// The most characters that are stored.
    pub const NAME_MAX: usize = 200;
}
