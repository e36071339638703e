//! The accounts of the ledger: what each stands for, and which side of a transfer makes it grow.

use std::fmt;

use crate::id::UserId;
use crate::tax::TaxTerms;

/// What an account of the ledger stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// The till: money that changed hands without a bank. It grows by debit.
    Cash,
    /// The shop's account at its bank. It grows by debit.
    Bank,
    /// What the shop gave away. It grows by debit.
    Goodwill,
    /// What the shop's own unsold keys cost. It grows by debit.
    KeyStock,
    /// What the keys that were sold cost. It grows by debit.
    KeyCost,
    /// What was lost by bad keys. It grows by debit.
    SupplierLoss,
    /// What the owner brought in: opening balances, imported stock. It grows by credit.
    Owner,
    /// What the shop owes to a customer, who may spend it. It grows by credit.
    Wallet,
    /// What customers paid for keys that they do not have yet. It grows by credit.
    OrdersOpen,
    /// What was earned, without tax. It grows by credit.
    Sales,
    /// Value-added tax of a country at a rate, to be paid to its treasury. It grows by credit.
    Vat,
}

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LedgerAccount {
    /// The only account of its kind.
    Shop(AccountKind),
    /// A customer's wallet.
    Wallet(UserId),
    /// Tax on these terms.
    Vat(TaxTerms),
}

/// Which side of transfers makes an account grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Assets and costs.
    Debit,
    /// Debts and income.
    Credit,
}

impl AccountKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Cash,
        Self::Bank,
        Self::Goodwill,
        Self::KeyStock,
        Self::KeyCost,
        Self::SupplierLoss,
        Self::Owner,
        Self::Wallet,
        Self::OrdersOpen,
        Self::Sales,
        Self::Vat,
    ];

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Which side makes it grow.
    #[must_use]
    pub const fn grows_by(self) -> Side {
        match self {
            Self::Cash | Self::Bank | Self::Goodwill | Self::KeyStock | Self::KeyCost | Self::SupplierLoss => {
                Side::Debit
            }
            Self::Owner | Self::Wallet | Self::OrdersOpen | Self::Sales | Self::Vat => Side::Credit,
        }
    }

    /// What it stands for, in plain words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Cash => "The till: money that changed hands without a bank",
            Self::Bank => "The shop's account at its bank",
            Self::Goodwill => "What the shop gave away",
            Self::KeyStock => "What the shop's own unsold keys cost",
            Self::KeyCost => "What the keys that were sold cost",
            Self::SupplierLoss => "What was lost by bad keys",
            Self::Owner => "What the owner brought in",
            Self::Wallet => "What the shop owes to a customer, who may spend it",
            Self::OrdersOpen => "What customers paid for keys that they do not have yet",
            Self::Sales => "What was earned, without tax",
            Self::Vat => "Tax that is to be paid to a treasury",
        }
    }

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Bank => "bank",
            Self::Goodwill => "goodwill",
            Self::KeyStock => "key_stock",
            Self::KeyCost => "key_cost",
            Self::SupplierLoss => "supplier_loss",
            Self::Owner => "owner",
            Self::Wallet => "wallet",
            Self::OrdersOpen => "orders_open",
            Self::Sales => "sales",
            Self::Vat => "vat",
        }
    }
}

impl LedgerAccount {
    /// What it stands for.
    #[must_use]
    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Shop(kind) => kind,
            Self::Wallet(_) => AccountKind::Wallet,
            Self::Vat(_) => AccountKind::Vat,
        }
    }
}

/// Its code, which is unique.
impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shop(kind) => f.write_str(kind.as_str()),
            Self::Wallet(user) => write!(f, "wallet:{user}"),
            Self::Vat(terms) => write!(f, "vat:{terms}"),
        }
    }
}
