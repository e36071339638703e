//! Whom the shop calls: the supplier and a mail server, asked in the shop's words and answered in the shop's types.

pub mod mail;
pub mod supplier;

/// Permits to ask the supplier: who keeps them implements [`Pace`](pace::Pace).
pub use g2a::pace;

pub use supplier::{Supplier, SupplierError};
