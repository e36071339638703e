//! The answers of the supplier, and what each is to the table.

use domain::unit::{KeyAnswer, OrderAnswer, PayAnswer};

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reply {
    InTerms,
    Dearer,
    OutOfTerms,
    NoProduct,
    Yes,
    NoShop,
    Lapsed,
    Charged,
    Unpaid,
    Key,
    OfAnother,
    NotReady,
    Gone,
    NoOrder,
    Unknown,
    NotSent,
}

impl Reply {
    pub(crate) fn to_order(self) -> OrderAnswer {
        match self {
            Self::InTerms => OrderAnswer::InTerms,
            Self::Dearer => OrderAnswer::Dearer,
            Self::OutOfTerms => OrderAnswer::OutOfTerms,
            Self::NoProduct => OrderAnswer::NoProduct,
            Self::NoShop => OrderAnswer::NoShop,
            Self::NotSent => OrderAnswer::NotSent,
            _ => OrderAnswer::Unknown,
        }
    }

    pub(crate) fn to_payment(self) -> PayAnswer {
        match self {
            Self::Yes => PayAnswer::Yes,
            Self::NoShop => PayAnswer::NoShop,
            Self::Lapsed => PayAnswer::NoLapsed,
            Self::NotSent => PayAnswer::NotSent,
            _ => PayAnswer::Unknown,
        }
    }

    pub(crate) fn to_key(self) -> KeyAnswer {
        match self {
            Self::Key => KeyAnswer::Key,
            Self::OfAnother => KeyAnswer::OfAnother,
            Self::NotReady => KeyAnswer::NotReady,
            Self::Gone => KeyAnswer::Gone,
            Self::NoOrder => KeyAnswer::NoOrder,
            Self::NotSent => KeyAnswer::NotSent,
            _ => KeyAnswer::Unknown,
        }
    }
}
