//! The JSON API, one file for each of its addresses.

mod asked_once;
mod auth;
mod caches;
mod cart;
mod description;
mod game_lists;
mod games;
mod managed_games;
mod operations;
mod requests;
mod suppliers;
mod terms;
mod user;
mod users;
mod wishlist;
