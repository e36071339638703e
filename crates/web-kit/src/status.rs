//! The HTTP status of each business error.

use axum::http::StatusCode;
use domain::refusal::Refusal;

pub(crate) const fn of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Invalid(_)
        | Refusal::OutOfStock
        | Refusal::TooFewCopies { .. }
        | Refusal::PromoCodeUnknown
        | Refusal::InsufficientBalance { .. } => StatusCode::BAD_REQUEST,
        Refusal::ReferenceTaken => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::GameNotFound
        | Refusal::NotInCart
        | Refusal::NotInWishlist
        | Refusal::OrderNotFound
        | Refusal::KeyNotFound
        | Refusal::SignInNotFound
        | Refusal::MailNotFound
        | Refusal::TermNotFound
        | Refusal::OfferNotFound
        | Refusal::KeyImportNotFound
        | Refusal::CaseNotFound
        | Refusal::SupplierNotFound
        | Refusal::UserNotFound
        | Refusal::DeadLetterNotFound
        | Refusal::TrailEntryNotFound
        | Refusal::SyncRunNotFound => StatusCode::NOT_FOUND,
        Refusal::NotSignedIn
        | Refusal::SignInExpired
        | Refusal::WrongCredentials
        | Refusal::SecondFactorNeeded { .. }
        | Refusal::WrongSecondFactor => StatusCode::UNAUTHORIZED,
        Refusal::NotAllowed
        | Refusal::SecondFactorMissing
        | Refusal::EmailNotVerified
        | Refusal::OwnRole
        | Refusal::ProofTooOld
        | Refusal::AccountBlocked => StatusCode::FORBIDDEN,
        Refusal::EmailTaken
        | Refusal::PriceChanged { .. }
        | Refusal::OrderNotCancellable
        | Refusal::StillRunning
        | Refusal::LastOwner
        | Refusal::NotStaff
        | Refusal::TermTaken(_)
        | Refusal::TermInUse(_)
        | Refusal::TermIntoItself
        | Refusal::OwnOfferStays
        | Refusal::KeyImportUndone
        | Refusal::CaseSettled => StatusCode::CONFLICT,
        Refusal::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::SupplierFailed(_) => StatusCode::BAD_GATEWAY,
        Refusal::SyncRunning(_)
        | Refusal::SyncLost(_)
        | Refusal::SyncStopped
        | Refusal::SyncRunNotParked(_)
        | Refusal::NoSupplier => StatusCode::CONFLICT,
    }
}
