//! Suppliers besides G2A.

pub mod csv;
