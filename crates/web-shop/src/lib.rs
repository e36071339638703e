//! The shop's pages for customers.

mod account;
mod card;
mod cart;
pub mod catalogue;
mod checkout;
mod facets;
pub mod game;
pub mod home;
mod known_device;
mod migration_notice;
mod picture;
mod qr;
mod recovery;
mod register;
pub mod routes;
#[cfg(test)]
mod samples;
mod sign_in;
pub mod sitemap;
mod verification;
mod wishlist;
