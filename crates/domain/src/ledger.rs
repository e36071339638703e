//! The ledger: its accounts, and every kind of transfer from one of them to another.

use std::fmt;

use crate::clock::Timestamp;
use crate::id::UserId;
use crate::money::Cents;

/// What an account of the ledger stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// The till: money that changed hands without a bank. It grows by debit.
    Cash,
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
}

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LedgerAccount {
    /// The only account of its kind.
    Shop(AccountKind),
    /// A customer's wallet.
    Wallet(UserId),
}

/// What causes transfers: with an id of its own it is a source, and each leg of a source is posted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Money received at the cash desk, by its reference.
    Desk,
    /// A correction by staff.
    Adjustment,
    /// A key that the shop holds.
    Key,
}

/// A kind of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferKind {
    /// A customer paid cash, or by a way that the shop does not watch.
    TopUpCash,
    /// Staff gave something.
    AdjustUp,
    /// Staff took something back.
    AdjustDown,
    /// A key with a cost was imported.
    StockIn,
    /// The import of a key was undone while it was unsold.
    StockUndone,
}

/// What a kind of transfer debits and credits, and what causes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferRule {
    /// The kind of account that it debits.
    pub debit: AccountKind,
    /// The kind of account that it credits.
    pub credit: AccountKind,
    /// What causes it.
    pub source: SourceKind,
    /// Which of the transfers of that source it is.
    pub leg: i16,
}

/// What a customer reads of a transfer that touches their wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionType {
    /// Money in; or, with a negative amount, money out that bought nothing.
    TopUp,
}

/// What is to be posted: a transfer without a number and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    kind: TransferKind,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Cents,
    source_id: String,
}

/// A transfer as the customer whose wallet it touches reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletTransaction {
    /// Its id: not a secret.
    pub id: uuid::Uuid,
    /// When it was posted.
    pub at: Timestamp,
    /// What kind of transfer it is.
    pub kind: TransferKind,
    /// What it added to the balance, or took from it.
    pub amount: Cents,
}

impl AccountKind {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Goodwill => "goodwill",
            Self::KeyStock => "key_stock",
            Self::KeyCost => "key_cost",
            Self::SupplierLoss => "supplier_loss",
            Self::Owner => "owner",
            Self::Wallet => "wallet",
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
        }
    }
}

/// Its code, which is unique.
impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shop(kind) => f.write_str(kind.as_str()),
            Self::Wallet(user) => write!(f, "wallet:{user}"),
        }
    }
}

impl SourceKind {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Adjustment => "adjustment",
            Self::Key => "key",
        }
    }
}

impl TransferKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::TopUpCash,
        Self::AdjustUp,
        Self::AdjustDown,
        Self::StockIn,
        Self::StockUndone,
    ];

    /// The table of transfers.
    #[must_use]
    pub const fn rule(self) -> TransferRule {
        use AccountKind::{Cash, Goodwill, KeyStock, Owner, Wallet};
        let (debit, credit, source, leg) = match self {
            Self::TopUpCash => (Cash, Wallet, SourceKind::Desk, 0),
            Self::AdjustUp => (Goodwill, Wallet, SourceKind::Adjustment, 0),
            Self::AdjustDown => (Wallet, Goodwill, SourceKind::Adjustment, 0),
            Self::StockIn => (KeyStock, Owner, SourceKind::Key, 0),
            // A key leaves the stock unsold once, one way or the other: the leg of a lost one.
            Self::StockUndone => (Owner, KeyStock, SourceKind::Key, 1),
        };
        TransferRule {
            debit,
            credit,
            source,
            leg,
        }
    }

    /// The name in the database and the API; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUpCash => "top_up_cash",
            Self::AdjustUp => "adjust_up",
            Self::AdjustDown => "adjust_down",
            Self::StockIn => "stock_in",
            Self::StockUndone => "stock_undone",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What the customer whose wallet it touches reads: a credit that is no refund, and a debit that is no purchase, are
    /// top-ups, with the amount's sign. What touches no wallet, no customer reads.
    #[must_use]
    pub const fn shown_as(self) -> TransactionType {
        match self {
            Self::TopUpCash | Self::AdjustUp | Self::AdjustDown | Self::StockIn | Self::StockUndone => {
                TransactionType::TopUp
            }
        }
    }

    /// What it is, in a customer's words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::TopUpCash => "Top-up",
            Self::AdjustUp => "Credit from the shop",
            Self::AdjustDown => "Correction by the shop",
            Self::StockIn => "Keys imported",
            Self::StockUndone => "Import of keys undone",
        }
    }
}

impl TransactionType {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "TOP_UP",
        }
    }
}

impl Posting {
    /// A transfer of this kind; `None` if its rule does not know these accounts, or nothing would move.
    #[must_use]
    pub fn new(
        kind: TransferKind,
        debit: LedgerAccount,
        credit: LedgerAccount,
        amount: Cents,
        source_id: impl Into<String>,
    ) -> Option<Self> {
        let rule = kind.rule();
        let fits = rule.debit == debit.kind() && rule.credit == credit.kind();
        (fits && debit != credit && amount > Cents::ZERO).then(|| Self {
            kind,
            debit,
            credit,
            amount,
            source_id: source_id.into(),
        })
    }

    /// What kind of transfer it is.
    #[must_use]
    pub const fn kind(&self) -> TransferKind {
        self.kind
    }

    /// The account that it debits.
    #[must_use]
    pub const fn debit(&self) -> LedgerAccount {
        self.debit
    }

    /// The account that it credits.
    #[must_use]
    pub const fn credit(&self) -> LedgerAccount {
        self.credit
    }

    /// How much it moves; above zero.
    #[must_use]
    pub const fn amount(&self) -> Cents {
        self.amount
    }

    /// The id of what causes it.
    #[must_use]
    pub fn source_id(&self) -> &str {
        &self.source_id
    }
}
