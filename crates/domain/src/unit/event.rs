//! What happens to a unit.

use crate::clock::Timestamp;

/// What a supplier is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SupplierCall {
    /// To make an order; no money moves.
    Order,
    /// To charge for an order.
    Pay,
    /// To say what became of an order.
    Look,
    /// To give the key, which it does once.
    Key,
}

/// What happens to a unit. The numbers are the places of attempts among the unit's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitEvent {
    /// Its turn has come. For one whose supplier is being called: nobody wrote an answer in time.
    Due(Gate, Spending),
    /// Staff let its order go on.
    Release,
    /// Staff do not let it.
    Reject,
    /// Its customer cancels what nobody has begun to buy or deliver.
    Cancel,
    /// It was not delivered in time.
    Deadline,
    /// Staff give the money back.
    Refund,
    /// Its customer asks for the key.
    Reveal,
    /// Staff enter a key that is not that of an attempt.
    EnterKey {
        /// Whether people bought it from the supplier of which a copy is reserved.
        is_of_supplier: bool,
    },
    /// Staff have a burnt key bought once more.
    BuyAgain,
    /// The database is an older one than the one that was used before; it knows what happened until then.
    Restored(Timestamp),
    /// The supplier, asked for the product of this attempt after its order had failed, no longer sells it for what it may cost.
    ProductRefused(usize),
    /// A copy of the next offer is reserved.
    OfferTaken,
    /// There is no next offer.
    NoOfferLeft,
    /// The answer to [`SupplierCall::Order`].
    Ordered(usize, OrderAnswer),
    /// The answer to [`SupplierCall::Pay`], and which of the attempt's payments it answers, from 1.
    Payment(usize, u32, PayAnswer),
    /// The answer to [`SupplierCall::Look`].
    Looked(usize, SeenOrder),
    /// The answer to [`SupplierCall::Key`]; or the key, by whatever way it came.
    KeyAnswered(usize, KeyAnswer),
    /// The turn of an attempt that was set aside has come.
    AttemptDue(usize, Gate),
    /// The supplier notified the shop about an attempt.
    Hinted(usize),
    /// Staff say that nothing will come of an attempt that was charged.
    WrittenOff(usize),
    /// Staff say that an attempt in doubt was not charged.
    FoundUncharged(usize),
}

/// Whether the shop may do what cannot be done twice: pay, or ask for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// It may.
    Open,
    /// The database is not the one that was released, or the process is about to end.
    Closed,
}

/// Whether the shop may spend money on a unit now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spending {
    /// It may.
    Allowed,
    /// Its customer's account is blocked, or the payment disputed.
    AccountHeld,
    /// Its supplier is bought from by people.
    ByHand,
    /// Its supplier is paused, or as much money as may be is in doubt there.
    Paused,
    /// The sale bears no cost.
    BelowCost,
}

/// What a supplier answered to a request for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderAnswer {
    /// An order, as it was asked for.
    InTerms,
    /// An order that costs more than it may.
    Dearer,
    /// An order in another currency, or with an id that another one has.
    OutOfTerms,
    /// No, because of the product.
    NoProduct,
    /// No, because of the shop: credentials, limits, funds.
    NoShop,
    /// A no without a clear reason, nothing readable, or nothing in time.
    Unknown,
    /// It was not asked: the time for it had passed.
    NotSent,
}

/// What a supplier answered when it was told to charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayAnswer {
    /// It charged.
    Yes,
    /// It certainly did not, because of the shop.
    NoShop,
    /// It certainly did not, because the order is unknown or too old.
    NoLapsed,
    /// Anything else, or nothing in time.
    Unknown,
    /// It was not told: the time for it had passed.
    NotSent,
}

/// What a look at an order saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeenOrder {
    /// It was charged.
    Charged,
    /// It is unpaid, or unknown to the supplier, when the look was sent; `is_capped`: as much money as may be is in doubt there.
    Unpaid {
        /// When the look was sent.
        sent_at: Timestamp,
        /// Whether nothing more may be bought there now.
        is_capped: bool,
    },
    /// Something else, or nothing.
    Unknown,
}

/// What a supplier answered when it was asked for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAnswer {
    /// A key that nobody else has.
    Key,
    /// A key that is another unit's.
    OfAnother,
    /// Not yet.
    NotReady,
    /// It was given before.
    Gone,
    /// The supplier does not know the order, or holds it to be too old.
    NoOrder,
    /// Anything else, or nothing in time.
    Unknown,
    /// It was not asked: the time for it had passed.
    NotSent,
}

impl UnitEvent {
    /// The place of the attempt that it is about.
    pub(super) const fn attempt(self) -> Option<usize> {
        match self {
            Self::Ordered(at, _)
            | Self::Payment(at, _, _)
            | Self::Looked(at, _)
            | Self::KeyAnswered(at, _)
            | Self::AttemptDue(at, _)
            | Self::Hinted(at)
            | Self::WrittenOff(at)
            | Self::FoundUncharged(at) => Some(at),
            Self::Due(..)
            | Self::Release
            | Self::Reject
            | Self::Cancel
            | Self::Deadline
            | Self::Refund
            | Self::Reveal
            | Self::EnterKey { .. }
            | Self::BuyAgain
            | Self::Restored(_)
            | Self::ProductRefused(_)
            | Self::OfferTaken
            | Self::NoOfferLeft => None,
        }
    }
}
