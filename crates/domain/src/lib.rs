//! What is true in the shop: its nouns and rules, without I/O, time or chance.

pub mod account;
pub mod cart;
pub mod catalog;
pub mod chance;
pub mod clock;
pub mod difference;
pub mod email;
pub mod id;
pub mod lists;
pub mod mail;
pub mod message;
pub mod money;
pub mod name;
pub mod picture;
pub mod refusal;
pub mod search;
pub mod security;
pub mod seen;
pub mod shelf;
pub mod slice;
pub mod slug;
pub mod supplier;
pub mod sync;
pub mod touch;
pub mod wishlist;
pub mod words;
