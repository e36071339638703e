//! What has to be done when a unit moves: in the same transaction, but for the call, which follows it.

use super::{SupplierCall, UnitEnd};

/// What has to be done when a unit moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitCommand {
    /// Once this is committed the supplier is called, about the attempt in that place.
    Call(SupplierCall, usize),
    /// The supplier is asked, by its id, whether the product can still be bought.
    AskProduct,
    /// The offer is given up, for this reason, and a copy of the next one reserved instead.
    NextOffer(OfferGivenUp),
    /// The supplier set aside the copy that was reserved: it has one less.
    SupplierTook,
    /// The claimed or delivered key, which nobody saw, is for sale again.
    FreeKey,
    /// The reserved copy is for sale again.
    FreeReservation,
    /// The price becomes the shop's, and the key the customer's.
    Deliver(DeliveredKey),
    /// The price, which was the shop's already, is taken back.
    TakeBack,
    /// The price goes back to the customer.
    Refund(UnitEnd),
    /// The price of the attempt in that place is posted.
    Post(AttemptPosting, usize),
    /// The key of the attempt in that place, which nobody needs, becomes stock of the shop.
    Stock(usize),
    /// Nothing more is bought from this supplier until a probe succeeds.
    Pause,
    /// A case is opened about the attempt in that place.
    Case(AttemptCase, usize),
}

/// Why an offer is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferGivenUp {
    /// The supplier does not sell it any more.
    SoldOut,
    /// It costs more than the sale bears, as the supplier answered.
    Dearer,
    /// It costs more than the sale bears by what is known of it; the supplier was not asked.
    BelowCost,
}

/// Why a person has to ask the supplier about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptCase {
    /// It was charged, and its key is gone.
    KeyBurnt,
    /// The supplier answered with another currency, or with an id that another order has.
    OutOfTerms,
    /// The supplier does not know the order that it charged for.
    OrderUnknown,
    /// It was charged, or may have been, and does not end.
    NoEnd,
}

/// Which key is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveredKey {
    /// The one that the shop holds and claimed.
    Own,
    /// The one that the attempt in that place bought.
    Bought(usize),
    /// One that staff entered.
    Entered,
}

/// Where the price of an attempt goes in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptPosting {
    /// The supplier charged, or may have.
    Charged,
    /// Its key was delivered.
    Used,
    /// Its key became stock.
    Stocked,
    /// Its key is gone.
    Lost,
    /// It was not charged after all.
    ChargeVoid,
    /// It was charged, though it was held not to be.
    ChargeAgain,
    /// A key that was held to be gone was delivered.
    FoundUsed,
    /// A key that was held to be gone became stock.
    FoundStocked,
}

impl AttemptPosting {
    /// The same for a key that was held to be gone.
    pub(super) const fn found(self) -> Self {
        match self {
            Self::Used => Self::FoundUsed,
            Self::Stocked => Self::FoundStocked,
            Self::Charged
            | Self::Lost
            | Self::ChargeVoid
            | Self::ChargeAgain
            | Self::FoundUsed
            | Self::FoundStocked => self,
        }
    }
}
