//! What is posted to the ledger, and what a customer reads of it.

use crate::clock::Timestamp;
use crate::id::{OrderId, UnitId};
use crate::ledger::{LedgerAccount, TransferKind};
use crate::money::Cents;

/// What a customer reads of a transfer that touches their wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionType {
    /// Money in; or, with a negative amount, money out that bought nothing.
    TopUp,
    /// An order.
    Purchase,
    /// Money back from an order.
    Refund,
}

/// What is to be posted: a transfer without a number and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    kind: TransferKind,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Cents,
    source_id: String,
    order: Option<OrderId>,
    unit: Option<UnitId>,
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
    /// The order that it belongs to.
    pub order: Option<OrderId>,
}

impl TransactionType {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "TOP_UP",
            Self::Purchase => "PURCHASE",
            Self::Refund => "REFUND",
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
        let fits = rule.debit.contains(&debit.kind()) && rule.credit.contains(&credit.kind());
        (fits && debit != credit && amount > Cents::ZERO).then(|| Self {
            kind,
            debit,
            credit,
            amount,
            source_id: source_id.into(),
            order: None,
            unit: None,
        })
    }

    /// The same, of an order.
    #[must_use]
    pub fn of_order(self, order: OrderId) -> Self {
        Self {
            order: Some(order),
            ..self
        }
    }

    /// The same, of one unit of an order.
    #[must_use]
    pub fn of_unit(self, order: OrderId, unit: UnitId) -> Self {
        Self {
            unit: Some(unit),
            ..self.of_order(order)
        }
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

    /// The order that it belongs to.
    #[must_use]
    pub const fn order(&self) -> Option<OrderId> {
        self.order
    }

    /// The unit that it belongs to.
    #[must_use]
    pub const fn unit(&self) -> Option<UnitId> {
        self.unit
    }
}
