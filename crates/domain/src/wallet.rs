//! Changes of a wallet that people who run the shop enter by hand: money received, given, taken back.

use crate::id::UserId;
use crate::ledger::{AccountKind, LedgerAccount, TransferKind};
use crate::money::Cents;
use crate::posting::Posting;
use crate::refusal::{FieldError, Wrong};
use crate::typed;

/// The most that one change may move, so that no sum of them is too large for the database.
pub const AMOUNT_MAX: Cents = Cents::new(100_000_000);
/// The longest reference, in characters.
const REFERENCE_CHARS_MAX: usize = 300;

/// How much one top-up may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUpLimits {
    /// At least.
    pub min: Cents,
    /// At most.
    pub max: Cents,
}

/// What is done to the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletOrder {
    /// A customer paid at the cash desk.
    TopUp,
    /// Staff give something, or take it back: the amount has a sign.
    Adjust,
    /// A customer has their balance, or a part of it, paid out.
    PayOut(PayoutWay),
}

/// How a customer is paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutWay {
    /// By a transfer of the shop's bank.
    Bank,
    /// From the till.
    Cash,
}

/// A change of a wallet as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletChange {
    /// What is done.
    pub order: WalletOrder,
    /// How much; below zero only for an adjustment.
    pub amount: Cents,
    /// Names it: a change is made once, however often it is entered with the same reference.
    /// Whoever books it makes one if there is none.
    pub reference: Option<String>,
}

impl WalletChange {
    /// The transfer that makes this change in the wallet of `user`.
    ///
    /// # Errors
    /// Each field that is not acceptable.
    pub fn posting(&self, user: UserId, limits: TopUpLimits) -> Result<Posting, Vec<FieldError>> {
        let mut wrong = Vec::new();
        self.check_amount(limits, &mut wrong);
        let reference = self.reference.as_deref().unwrap_or_default().trim();
        if reference.is_empty() {
            wrong.push(FieldError::of(Wrong::Missing, "reference", "must not be empty"));
        } else if reference.chars().count() > REFERENCE_CHARS_MAX {
            let message = format!("must have at most {REFERENCE_CHARS_MAX} characters");
            wrong.push(FieldError::new("reference", message));
        } else if reference.chars().any(typed::is_invisible) {
            wrong.push(FieldError::new(
                "reference",
                "must not hold characters that do not show",
            ));
        }
        let (wallet, shop) = (LedgerAccount::Wallet(user), LedgerAccount::Shop);
        let (kind, debit, credit) = match self.order {
            WalletOrder::TopUp => (TransferKind::TopUpCash, shop(AccountKind::Cash), wallet),
            WalletOrder::Adjust if self.amount > Cents::ZERO => {
                (TransferKind::AdjustUp, shop(AccountKind::Goodwill), wallet)
            }
            WalletOrder::Adjust => (TransferKind::AdjustDown, wallet, shop(AccountKind::Goodwill)),
            WalletOrder::PayOut(PayoutWay::Bank) => (TransferKind::Payout, wallet, shop(AccountKind::Bank)),
            WalletOrder::PayOut(PayoutWay::Cash) => (TransferKind::Payout, wallet, shop(AccountKind::Cash)),
        };
        let posting = Posting::new(kind, debit, credit, self.amount.magnitude(), reference);
        posting.filter(|_| wrong.is_empty()).ok_or(wrong)
    }

    fn check_amount(&self, limits: TopUpLimits, wrong: &mut Vec<FieldError>) {
        let message = if self.amount == Cents::ZERO {
            "must not be 0".to_owned()
        } else if self.order == WalletOrder::TopUp && !(limits.min..=limits.max).contains(&self.amount) {
            format!("must be from {} to {} EUR", limits.min, limits.max)
        } else if matches!(self.order, WalletOrder::PayOut(_)) && self.amount < Cents::ZERO {
            "must be above 0".to_owned()
        } else if self.amount.magnitude() > AMOUNT_MAX {
            format!("must be at most {AMOUNT_MAX} EUR")
        } else {
            return;
        };
        wrong.push(FieldError::new("amount", message));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LIMITS: TopUpLimits = TopUpLimits {
        min: Cents::new(500),
        max: Cents::new(50_000),
    };

    fn change(order: WalletOrder, cents: i64) -> WalletChange {
        WalletChange {
            order,
            amount: Cents::new(cents),
            reference: Some(" receipt 7 ".to_owned()),
        }
    }

    #[test]
    fn each_order_is_a_transfer_of_its_kind() {
        let wallet = format!("wallet:{}", Uuid::nil());
        for (order, cents, kind, debit, credit) in [
            (
                WalletOrder::TopUp,
                500,
                TransferKind::TopUpCash,
                "cash",
                wallet.as_str(),
            ),
            (WalletOrder::Adjust, 7, TransferKind::AdjustUp, "goodwill", &wallet),
            (WalletOrder::Adjust, -7, TransferKind::AdjustDown, &wallet, "goodwill"),
            (
                WalletOrder::PayOut(PayoutWay::Bank),
                7,
                TransferKind::Payout,
                &wallet,
                "bank",
            ),
            (
                WalletOrder::PayOut(PayoutWay::Cash),
                7,
                TransferKind::Payout,
                &wallet,
                "cash",
            ),
        ] {
            let posting = change(order, cents).posting(UserId(Uuid::nil()), LIMITS).unwrap();
            assert_eq!((posting.kind(), posting.source_id()), (kind, "receipt 7"));
            let accounts = (posting.debit().to_string(), posting.credit().to_string());
            assert_eq!(accounts, (debit.to_owned(), credit.to_owned()));
            assert_eq!(posting.amount(), Cents::new(cents).magnitude());
        }
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        let refused = |change: &WalletChange| {
            let wrong = change.posting(UserId(Uuid::nil()), LIMITS).unwrap_err();
            let told = wrong.iter().map(|wrong| format!("{} {}", wrong.field, wrong.message));
            told.collect::<Vec<_>>().join("; ")
        };
        for cents in [499, 50_001, -500] {
            let limits = "amount must be from 5.00 to 500.00 EUR";
            assert_eq!(refused(&change(WalletOrder::TopUp, cents)), limits);
        }
        assert_eq!(refused(&change(WalletOrder::Adjust, 0)), "amount must not be 0");
        let out = WalletOrder::PayOut(PayoutWay::Cash);
        assert_eq!(refused(&change(out, -1)), "amount must be above 0");
        let much = "amount must be at most 1000000.00 EUR";
        assert_eq!(refused(&change(WalletOrder::Adjust, i64::MIN)), much);
        for (reference, why) in [
            ("  ", "must not be empty"),
            ("a\u{202e}b", "must not hold characters that do not show"),
            (&"x".repeat(301), "must have at most 300 characters"),
        ] {
            let change = WalletChange {
                reference: Some(reference.to_owned()),
                ..change(WalletOrder::TopUp, 500)
            };
            assert_eq!(refused(&change), format!("reference {why}"));
        }
    }
}
