//! Every business error of the shop, each with its stable code.

mod field_error;

use thiserror::Error;

use crate::money::Cents;
use crate::sync::RunningSync;

use field_error::code_of;
pub use field_error::{FieldError, Wrong};

/// A business error: the shop works and refuses the request. The text is fit for a customer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A parameter or field is not acceptable.
    #[error("Some of what was sent is not valid")]
    Invalid(Vec<FieldError>),
    /// No such game, or not shown.
    #[error("This game does not exist")]
    GameNotFound,
    /// There is no such offer.
    #[error("There is no such offer")]
    OfferNotFound,
    /// The shop's own keys stay with their game.
    #[error("The shop's own keys stay with their game: undo their import, and import them for the other one")]
    OwnOfferStays,
    /// There is no such import of keys.
    #[error("There is no such import of keys")]
    KeyImportNotFound,
    /// Somebody undid the import while it ran.
    #[error("This import was undone while it ran; what it had taken was taken back")]
    KeyImportUndone,
    /// There is no such case.
    #[error("There is no such case")]
    CaseNotFound,
    /// Somebody settled the case already.
    #[error("This case is settled already")]
    CaseSettled,
    /// The settings name no such supplier.
    #[error("There is no such supplier")]
    SupplierNotFound,
    /// The game is not for sale now.
    #[error("This game is sold out at the moment")]
    OutOfStock,
    /// There are fewer copies for sale than somebody wants.
    #[error("“{title}” is out of stock: {available} for sale at the moment")]
    TooFewCopies {
        /// Which game.
        title: String,
        /// How many are for sale.
        available: i64,
    },
    /// The order would not cost what its customer saw.
    #[error("The price has changed: the order costs {total} EUR now")]
    PriceChanged {
        /// What it costs.
        total: Cents,
    },
    /// There is no such order, or it is somebody else's.
    #[error("There is no such order: it was not found")]
    OrderNotFound,
    /// Nothing of an order can be cancelled.
    #[error("This order cannot be cancelled: its keys are delivered or being bought")]
    OrderNotCancellable,
    /// The order has no such key, or not yet, or no longer.
    #[error("There is no such key: it was not found, or its price was paid back")]
    KeyNotFound,
    /// The same request, by its idempotency key, is still running.
    #[error("The same request is still running; please ask again in a moment")]
    StillRunning,
    /// There is no such promo code, or not for this customer and not now.
    #[error("Invalid promo code")]
    PromoCodeUnknown,
    /// The wallet holds less than is to be taken from it.
    #[error("Insufficient balance: {short} EUR are missing")]
    InsufficientBalance {
        /// How much is missing.
        short: Cents,
    },
    /// Something else was done under this reference, or with this idempotency key.
    #[error("This reference was used for something else already")]
    ReferenceTaken,
    /// The game is not in the cart.
    #[error("This game is not in the cart")]
    NotInCart,
    /// The game is not on the wishlist.
    #[error("This game is not on the wishlist")]
    NotInWishlist,
    /// The account has no such sign-in.
    #[error("There is no such sign-in; it may have ended already")]
    SignInNotFound,
    /// There is no such category, genre, platform or tag.
    #[error("There is no such name; somebody may have merged or deleted it")]
    TermNotFound,
    /// Another name of its kind has this name or this slug, or had it.
    #[error("The name or its form in addresses is taken by “{0}”: merge the two if they mean the same")]
    TermTaken(String),
    /// Staff set the name of games by hand.
    #[error("Staff set this name of {0} by hand: change that first, or merge it into another name")]
    TermInUse(String),
    /// A name cannot be merged into itself.
    #[error("A name cannot be merged into itself")]
    TermIntoItself,
    /// There is no such mail.
    #[error("There is no such mail; mails are kept for 30 days")]
    MailNotFound,
    /// There is no such entry of the trail.
    #[error("There is no such entry")]
    TrailEntryNotFound,
    /// There is no such dead-lettered message.
    #[error("There is no such failed job; somebody may have had it run again already")]
    DeadLetterNotFound,
    /// Nobody is signed in, or the token was not issued by the shop.
    #[error("Please sign in")]
    NotSignedIn,
    /// The sign-in is too old.
    #[error("The sign-in has expired, please sign in again")]
    SignInExpired,
    /// The caller is known and lacks the permission.
    #[error("The role of your account does not allow this")]
    NotAllowed,
    /// A staff account without a second factor, where the shop requires one.
    #[error("Staff need a second factor here: turn it on in your account first")]
    SecondFactorMissing,
    /// What moves rights or money asks that the caller proved lately who they are.
    #[error("Please sign in again, or enter your password again: this asks for it")]
    ProofTooOld,
    /// Staff block the account.
    #[error("This account is blocked; please write to the shop if you think that this is a mistake")]
    AccountBlocked,
    /// Nobody gives themselves a role, or takes their own.
    #[error("Nobody changes their own role: another owner can")]
    OwnRole,
    /// The shop would have no owner left.
    #[error("This is the shop's last owner: make another account an owner first")]
    LastOwner,
    /// The account has no role of staff.
    #[error("This account is no member of staff")]
    NotStaff,
    /// There is no such account.
    #[error("There is no such account")]
    UserNotFound,
    /// The account's address has to be verified before this.
    #[error("Please verify your e-mail address first")]
    EmailNotVerified,
    /// No such account, or a wrong password: the caller cannot tell which.
    #[error("The e-mail address or the password is wrong")]
    WrongCredentials,
    /// The password was right; a second factor is required. The challenge replaces the password for a few minutes.
    #[error("Please enter the code of your second factor")]
    SecondFactorNeeded {
        /// Sent back by the caller with the code.
        challenge: String,
    },
    /// The code of the second factor is wrong or used, or its challenge is invalid.
    #[error("This code is wrong, was used before, or came too late")]
    WrongSecondFactor,
    /// An account with this address exists.
    #[error("There is an account with this e-mail address already")]
    EmailTaken,
    /// Too many attempts.
    #[error("Too many tries, please wait a little")]
    TooMany {
        /// Seconds until the next attempt can succeed, at least 1.
        retry_after_seconds: u64,
    },
    /// A sync is already running.
    #[error("A sync is already running: {0}")]
    SyncRunning(RunningSync),
    /// The sync lost its lease, to another sync or by expiry, and stopped at once.
    #[error("The sync was too slow and lost its lease; {0}")]
    SyncLost(String),
    /// The supplier does not answer as expected; the text is for operators.
    #[error("{0}")]
    SupplierFailed(String),
    /// The sync was told to stop; the work committed so far remains.
    #[error("The sync was stopped before its end; what it had read is kept")]
    SyncStopped,
    /// There is no such run of a sync.
    #[error("There is no such sync run; runs are kept for 90 days")]
    SyncRunNotFound,
    /// Nothing of the run waits for a decision.
    #[error("Nothing of this sync run waits for a decision: it is {0}")]
    SyncRunNotParked(String),
    /// No supplier is set up, so nothing can be synced.
    #[error("No supplier is set up")]
    NoSupplier,
}

impl Refusal {
    /// The code that clients act on; it never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(details) => code_of(details),
            Self::GameNotFound => "NOTFOUND002",
            Self::OrderNotFound => "NOTFOUND003",
            Self::SignInNotFound
            | Self::KeyNotFound
            | Self::MailNotFound
            | Self::TermNotFound
            | Self::OfferNotFound
            | Self::KeyImportNotFound
            | Self::CaseNotFound
            | Self::DeadLetterNotFound
            | Self::TrailEntryNotFound
            | Self::SupplierNotFound
            | Self::UserNotFound
            | Self::SyncRunNotFound => "NOTFOUND001",
            Self::NotInCart => "NOTFOUND005",
            Self::NotInWishlist => "NOTFOUND006",
            Self::OutOfStock | Self::TooFewCopies { .. } => "BIZ002",
            Self::OrderNotCancellable => "BIZ008",
            Self::PriceChanged { .. } => "BIZ009",
            Self::StillRunning => "IDEMPOTENCY002",
            Self::InsufficientBalance { .. } => "BIZ001",
            Self::PromoCodeUnknown => "BIZ003",
            Self::ReferenceTaken => "IDEMPOTENCY001",
            Self::NotSignedIn => "AUTH001",
            Self::SignInExpired => "AUTH002",
            Self::NotAllowed | Self::SecondFactorMissing | Self::OwnRole | Self::EmailNotVerified => "AUTH003",
            Self::ProofTooOld => "AUTH006",
            Self::AccountBlocked => "AUTH007",
            Self::LastOwner
            | Self::NotStaff
            | Self::TermTaken(_)
            | Self::TermInUse(_)
            | Self::TermIntoItself
            | Self::OwnOfferStays
            | Self::KeyImportUndone
            | Self::CaseSettled => "BIZ010",
            Self::WrongCredentials | Self::WrongSecondFactor => "AUTH004",
            Self::SecondFactorNeeded { .. } => "AUTH005",
            Self::EmailTaken => "CONFLICT002",
            Self::TooMany { .. } => "RATE001",
            Self::SupplierFailed(_) => "G2A001",
            Self::SyncRunning(_)
            | Self::SyncLost(_)
            | Self::SyncStopped
            | Self::SyncRunNotParked(_)
            | Self::NoSupplier => "G2A005",
        }
    }
}
