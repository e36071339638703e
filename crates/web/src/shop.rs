//! The pages of the shop, for people.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod card;
pub(crate) mod cart;
pub(crate) mod catalogue;
mod device;
pub(crate) mod door;
pub(crate) mod errors;
pub(crate) mod facets;
pub(crate) mod form;
pub(crate) mod game;
pub(crate) mod home;
pub(crate) mod pager;
pub(crate) mod picture;
mod qr;
pub(crate) mod recovery;
pub(crate) mod register;
pub(crate) mod routes;
pub(crate) mod sign_in;
pub(crate) mod sitemap;
mod taken_over;
pub(crate) mod typed;
pub(crate) mod verification;
pub(crate) mod wishlist;
pub(crate) mod words;
