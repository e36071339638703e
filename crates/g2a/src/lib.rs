//! A client of G2A's Export API for buyers (version 1), without any knowledge of a shop.

mod auth;
mod breaker;
mod call;
mod client;
mod code;
mod error;
mod exchange;
mod money;
mod orders;
mod outcome;
pub mod pace;
mod products;
mod retry;
mod token;
mod wire;

pub use auth::Credentials;
pub use call::{Call, LookAtOrder, Once, Repeatable};
pub use client::{Client, ProductsAuth, Settings};
pub use code::Code;
pub use error::Error;
pub use money::{BadMoney, Cents};
pub use orders::{Key, Order, OrderDetails, OrderId, OrderStatus, PayOrder, Payment, PlaceOrder, TakeKey};
pub use outcome::{Outcome, Unknown, Unread};
pub use pace::{Lane, LocalPace, Pace};
pub use products::{
    BadProduct, Category, MAX_PAGE, PAGE_SIZE, Product, ProductQuery, ProductsPage, Requirements, SystemRequirements,
    Video,
};
