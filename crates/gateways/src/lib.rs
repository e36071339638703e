//! Whom the shop calls: the supplier, asked in the shop's words and answered in the shop's types.

pub mod supplier;

pub use supplier::{Supplier, SupplierError};
