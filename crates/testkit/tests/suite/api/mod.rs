//! The JSON API, one file for each of its addresses.

mod games;
mod operations;
