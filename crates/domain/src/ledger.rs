//! The ledger: its accounts, and every kind of transfer from one of them to another.

mod account;

use crate::posting::TransactionType;

pub use account::{AccountKind, LedgerAccount, Side};

/// What causes transfers: with an id of its own it is a source, and each leg of a source is posted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Money received at the cash desk, by its reference.
    Desk,
    /// A correction by staff.
    Adjustment,
    /// Money paid out to a customer.
    Payout,
    /// A key that the shop holds.
    Key,
    /// A customer's order.
    Order,
    /// One copy of it.
    Unit,
    /// Money given back for one copy.
    Refund,
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
    /// A customer had their balance paid out.
    Payout,
    /// A key with a cost was imported.
    StockIn,
    /// The import of a key was undone while it was unsold.
    StockUndone,
    /// A customer ordered, and paid the total.
    Purchase,
    /// A key was delivered: what was paid for it, without tax.
    Sale,
    /// The tax in what was paid for it.
    SaleVat,
    /// A key of the shop was delivered: what it had cost.
    StockUsed,
    /// A copy was not delivered, or is taken back: what was paid for it.
    Refund,
    /// A delivered key is taken back: what was earned with it.
    SaleBack,
    /// The tax of what was earned with it.
    VatBack,
    /// A key that nobody saw is taken back: what it had cost.
    StockBack,
}

/// Kinds of account, one of which is meant.
type Kinds = &'static [AccountKind];

/// What a kind of transfer debits and credits, and what causes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferRule {
    /// The kinds of account, one of which it debits.
    pub debit: Kinds,
    /// The kinds of account, one of which it credits.
    pub credit: Kinds,
    /// What causes it.
    pub source: SourceKind,
    /// Which of the transfers of that source it is.
    pub leg: i16,
}

impl SourceKind {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Adjustment => "adjustment",
            Self::Payout => "payout",
            Self::Key => "key",
            Self::Order => "order",
            Self::Unit => "unit",
            Self::Refund => "refund",
        }
    }
}

impl TransferKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::TopUpCash,
        Self::AdjustUp,
        Self::AdjustDown,
        Self::Payout,
        Self::StockIn,
        Self::StockUndone,
        Self::Purchase,
        Self::Sale,
        Self::SaleVat,
        Self::StockUsed,
        Self::Refund,
        Self::SaleBack,
        Self::VatBack,
        Self::StockBack,
    ];

    /// The table of transfers.
    #[must_use]
    pub const fn rule(self) -> TransferRule {
        use AccountKind::{Bank, Cash, Goodwill, KeyCost, KeyStock, OrdersOpen, Owner, Sales, Vat, Wallet};
        let (debit, credit, source, leg): (Kinds, Kinds, SourceKind, i16) = match self {
            Self::TopUpCash => (&[Cash], &[Wallet], SourceKind::Desk, 0),
            Self::AdjustUp => (&[Goodwill], &[Wallet], SourceKind::Adjustment, 0),
            Self::AdjustDown => (&[Wallet], &[Goodwill], SourceKind::Adjustment, 0),
            Self::Payout => (&[Wallet], &[Bank, Cash], SourceKind::Payout, 0),
            Self::StockIn => (&[KeyStock], &[Owner], SourceKind::Key, 0),
            // A key leaves the stock unsold once, one way or the other: the leg of a lost one.
            Self::StockUndone => (&[Owner], &[KeyStock], SourceKind::Key, 1),
            Self::Purchase => (&[Wallet], &[OrdersOpen], SourceKind::Order, 0),
            Self::Sale => (&[OrdersOpen], &[Sales], SourceKind::Unit, 1),
            Self::SaleVat => (&[OrdersOpen], &[Vat], SourceKind::Unit, 2),
            Self::StockUsed => (&[KeyCost], &[KeyStock], SourceKind::Unit, 3),
            Self::Refund => (&[OrdersOpen], &[Wallet], SourceKind::Refund, 0),
            Self::SaleBack => (&[Sales], &[OrdersOpen], SourceKind::Refund, 1),
            Self::VatBack => (&[Vat], &[OrdersOpen], SourceKind::Refund, 2),
            Self::StockBack => (&[KeyStock], &[KeyCost], SourceKind::Refund, 3),
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
            Self::Payout => "payout",
            Self::StockIn => "stock_in",
            Self::StockUndone => "stock_undone",
            Self::Purchase => "purchase",
            Self::Sale => "sale",
            Self::SaleVat => "sale_vat",
            Self::StockUsed => "stock_used",
            Self::Refund => "refund",
            Self::SaleBack => "sale_back",
            Self::VatBack => "vat_back",
            Self::StockBack => "stock_back",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What the customer whose wallet it touches reads: a credit that is no refund, and a debit that is no purchase, are
    /// top-ups, with the amount's sign. `None` for a transfer that touches no wallet.
    #[must_use]
    pub const fn shown_as(self) -> Option<TransactionType> {
        match self {
            Self::TopUpCash | Self::AdjustUp | Self::AdjustDown | Self::Payout => Some(TransactionType::TopUp),
            Self::Purchase => Some(TransactionType::Purchase),
            Self::Refund => Some(TransactionType::Refund),
            Self::Sale
            | Self::SaleVat
            | Self::StockUsed
            | Self::SaleBack
            | Self::VatBack
            | Self::StockBack
            | Self::StockIn
            | Self::StockUndone => None,
        }
    }

    /// What it is, in plain words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::TopUpCash => "Top-up",
            Self::AdjustUp => "Credit from the shop",
            Self::AdjustDown => "Correction by the shop",
            Self::Payout => "Paid out to you",
            Self::StockIn => "Keys imported",
            Self::StockUndone => "Import of keys undone",
            Self::Purchase => "Purchase",
            Self::Sale => "Sale",
            Self::SaleVat => "Tax of a sale",
            Self::StockUsed => "Cost of a key sold",
            Self::Refund => "Refund",
            Self::SaleBack => "Sale taken back",
            Self::VatBack => "Tax of a sale taken back",
            Self::StockBack => "Cost of a key taken back",
        }
    }
}
