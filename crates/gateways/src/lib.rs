//! Whom the shop calls: the supplier, a mail server, and who has the pictures; asked in the shop's words and answered in
//! the shop's types.

pub mod mail;
pub mod pictures;
pub mod supplier;

/// Permits to ask the supplier: who keeps them implements [`Pace`](pace::Pace).
pub use g2a::pace;

pub use pictures::Pictures;
pub use supplier::{Supplier, SupplierError};
