//! The JSON API, one file for each of its addresses.

mod auth;
mod cart;
mod games;
mod operations;
mod user;
mod wishlist;
