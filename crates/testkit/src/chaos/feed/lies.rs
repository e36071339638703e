//! The ways to lie, and what makes a product unreadable.

use serde_json::{Value, json};

/// How a sandbox lies, by its faults and in its products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SandboxLie {
    Honest,
    UnreadablePrices,
    UnreadableStock,
    FreeAndSoldOut,
    MostUnreadable,
    EmptyList,
    PricesAtATenth,
    NamedTwice,
    TotalIgnoresFilters,
    ShiftedPages,
    RepeatedPages,
    Malformed,
    Truncated,
    Outage,
    HangsUp,
    TooManyRequests,
    ServerErrors,
    AFewGone,
    ManyGone,
    ChangesWhileRead,
}

/// All of them.
pub(super) const SANDBOX_LIES: [SandboxLie; 20] = [
    SandboxLie::Honest,
    SandboxLie::UnreadablePrices,
    SandboxLie::UnreadableStock,
    SandboxLie::FreeAndSoldOut,
    SandboxLie::MostUnreadable,
    SandboxLie::EmptyList,
    SandboxLie::PricesAtATenth,
    SandboxLie::NamedTwice,
    SandboxLie::TotalIgnoresFilters,
    SandboxLie::ShiftedPages,
    SandboxLie::RepeatedPages,
    SandboxLie::Malformed,
    SandboxLie::Truncated,
    SandboxLie::Outage,
    SandboxLie::HangsUp,
    SandboxLie::TooManyRequests,
    SandboxLie::ServerErrors,
    SandboxLie::AFewGone,
    SandboxLie::ManyGone,
    SandboxLie::ChangesWhileRead,
];

/// What replaces price and stock of a product that cannot be read.
pub(super) fn spoiled(number: usize) -> Value {
    let all = [
        json!({"minPrice": "free"}),
        json!({"minPrice": null}),
        json!({"minPrice": -1}),
        json!({"minPrice": 19.985}),
        json!({"minPrice": 0}),
        json!({"qty": -1}),
        json!({"qty": null}),
        json!({"qty": "many"}),
        json!({"qty": 1.5}),
        json!({"qty": 0, "minPrice": 0}),
    ];
    all[number % all.len()].clone()
}

/// How a list lies, in its rows and as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListLie {
    Honest,
    UnreadablePrices,
    UnreadableStock,
    MostUnreadable,
    EmptyList,
    EmptyFile,
    NoFile,
    PricesAtATenth,
    NamedTwice,
    AFewMissing,
    ManyMissing,
    CutOff,
    Binary,
    OpenQuote,
    OtherHeader,
    OtherEncoding,
    ChangesWhileRead,
}

/// All of them.
pub(super) const LIST_LIES: [ListLie; 17] = [
    ListLie::Honest,
    ListLie::UnreadablePrices,
    ListLie::UnreadableStock,
    ListLie::MostUnreadable,
    ListLie::EmptyList,
    ListLie::EmptyFile,
    ListLie::NoFile,
    ListLie::PricesAtATenth,
    ListLie::NamedTwice,
    ListLie::AFewMissing,
    ListLie::ManyMissing,
    ListLie::CutOff,
    ListLie::Binary,
    ListLie::OpenQuote,
    ListLie::OtherHeader,
    ListLie::OtherEncoding,
    ListLie::ChangesWhileRead,
];

/// Unreadable prices, then as many unreadable stocks.
pub(super) const SPOILED: [&str; 12] = [
    "free", "", "-5.00", "0.00", "1.985", "1,50", "many", "", "-3", "=2+3", "1.5", "1 0",
];
