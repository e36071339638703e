//! Calls to other systems: the supplier, a mail server, and the hosts of pictures, with the shop's types in both
//! directions.

pub mod mail;
pub mod own_keys;
pub mod pictures;
#[cfg(test)]
mod samples;
pub mod supplier;
pub mod suppliers;

/// Permits for calls to the supplier; their store implements [`Pace`](pace::Pace).
pub use g2a::pace;

pub use pictures::Pictures;
pub use supplier::SupplierError;
pub use suppliers::{G2aSupplier, SharedSupplier, Supplier};
