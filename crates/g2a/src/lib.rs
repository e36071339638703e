//! A client of G2A's Export API for buyers (version 1), without any knowledge of a shop.
//!
//! A shop uses it to buy: it reads the supplier's list, orders one key at a time, pays from its wallet and fetches the
//! key. G2A's order call has no idempotency key and no undo, and a key can be read once. So the types say which calls
//! may be repeated:
//!
//! | call | method | may be repeated |
//! |---|---|---|
//! | `GET /products` | [`Client::products`], [`Client::product`] | yes: [`Repeatable`], and the client does |
//! | `GET /order/details/{id}` | [`Client::look_at_order`] | yes |
//! | `POST /order` | [`Client::place_order`] | no: [`Once`]. A second one is a second order |
//! | `PUT /order/pay/{id}` | [`Client::pay_order`] | no. What a second one does is not known |
//! | `GET /order/key/{id}` | [`Client::take_key`] | no. A key whose reply was lost is lost |
//! | `POST /oauth/token` | by itself, with [`ProductsAuth::Token`] | yes |
//!
//! The first kind gives a [`Result`]. The second gives an [`Outcome`]: *done*, *refused* (certain: it had no effect) or
//! *unknown*. This crate never sends a call of the second kind twice.
//!
//! # Reading the list
//!
//! ```
//! # use g2a_sandbox::{Sandbox, Settings as Supplier};
//! # async fn supplier() -> anyhow::Result<(Sandbox, g2a::Credentials)> {
//! #     let demo = Supplier { processing: std::time::Duration::ZERO, ..Supplier::default() };
//! #     let credentials = g2a::Credentials {
//! #         client_id: demo.client_id.clone(), email: demo.email.clone(), client_secret: demo.client_secret.clone(),
//! #     };
//! #     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #     Ok((g2a_sandbox::start(listener, demo).await?, credentials))
//! # }
//! use std::sync::Arc;
//! use g2a::{Cents, Client, Priority, LocalPace, ProductQuery, Settings};
//!
//! # #[tokio::main]
//! # async fn main() -> anyhow::Result<()> {
//! # let (supplier, credentials) = supplier().await?;
//! # let api = format!("{}/v1", supplier.url());
//! // `api` is `https://api.g2a.com/v1`; the credentials are what G2A gave you.
//! let pace = LocalPace::per_minute(600);
//! let client = Client::new(Settings::new(api.parse()?, credentials), Arc::new(pace))?;
//!
//! let mut query = ProductQuery { min_price_to: Some(Cents(500)), ..ProductQuery::default() };
//! let mut cheap = 0;
//! loop {
//!     let page = client.products(&query, Priority::Crawl).await?;
//!     if page.products.is_empty() {
//!         break;
//!     }
//!     for product in page.products {
//!         match product {
//!             // Price and stock are read each by itself: either may be missing or be no number.
//!             Ok(product) => { assert!(product.min_price? <= Cents(500)); cheap += 1 }
//!             // One that cannot be read does not spoil its page.
//!             Err(bad) => println!("{:?} is skipped: {}", bad.id, bad.reason),
//!         }
//!     }
//!     query.page += 1;
//! }
//! assert!(cheap > 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Buying a key
//!
//! Store what you are about to do before each call, and its outcome after it. Without that, a crash can make a shop pay
//! twice.
//!
//! ```
//! # use g2a_sandbox::{Sandbox, Settings as Supplier};
//! # use std::sync::Arc;
//! use g2a::{Cents, Client, Code, Error, Priority, LocalPace, OrderStatus, Outcome, PayOrder, PlaceOrder, ProductQuery, TakeKey};
//!
//! # #[tokio::main]
//! # async fn main() -> anyhow::Result<()> {
//! # let demo = Supplier { processing: std::time::Duration::from_millis(300), ..Supplier::default() };
//! # let credentials = g2a::Credentials {
//! #     client_id: demo.client_id.clone(), email: demo.email.clone(), client_secret: demo.client_secret.clone(),
//! # };
//! # let supplier = g2a_sandbox::start(tokio::net::TcpListener::bind("127.0.0.1:0").await?, demo).await?;
//! # let settings = g2a::Settings::new(format!("{}/v1", supplier.url()).parse()?, credentials);
//! # let client = Client::new(settings, Arc::new(LocalPace::per_minute(600)))?;
//! # let page = client.products(&ProductQuery::default(), Priority::Stock).await?;
//! # let product = page.products.into_iter().flatten().next().ok_or_else(|| anyhow::anyhow!("no product"))?;
//! // The offer is chosen when the order is placed, so say what the sale can bear; an order without a limit cannot be made.
//! let limit = Cents(product.min_price?.0 * 105 / 100);
//! let order = match client.place_order(PlaceOrder::new(&product.id, limit)?).await {
//!     Outcome::Done(order) => order,
//!     Outcome::Refused(error) => anyhow::bail!("nothing happened: {error}"),
//!     // No money has moved, and a reservation that nobody pays lapses after 30 minutes.
//!     Outcome::Unknown(unknown) => anyhow::bail!("written off: {}", unknown.error),
//! };
//! if let Outcome::Unknown(unknown) = client.pay_order(PayOrder::new(order.id.clone())).await {
//!     // Money may have moved: look, and never place another order for this sale.
//!     let status = client.look_at_order(&order.id).await?.status;
//!     anyhow::bail!("{}; the order is {}", unknown.error, status.as_str());
//! }
//! let key = loop {
//!     match client.take_key(TakeKey::new(order.id.clone())).await {
//!         Outcome::Done(key) => break key,
//!         // Not ready: nothing was read, so asking again is safe.
//!         Outcome::Refused(Error::Refused { code: Code::Ord03 | Code::Ord05 | Code::Ord06, .. }) => {
//!             tokio::time::sleep(std::time::Duration::from_millis(100)).await;
//!         }
//!         other => anyhow::bail!("for an operator: {other:?}"),
//!     }
//! };
//! assert_eq!(client.look_at_order(&order.id).await?.status, OrderStatus::Complete);
//! assert!(!key.reveal().is_empty() && !format!("{key:?}").contains(key.reveal()));
//! # Ok(())
//! # }
//! ```
//!
//! A call that spends cannot be copied, so it cannot be sent twice by mistake:
//!
//! ```compile_fail,E0382
//! # async fn pay(client: &g2a::Client, order: g2a::OrderId) {
//! let payment = g2a::PayOrder::new(order);
//! let _first = client.pay_order(payment).await;
//! let _second = client.pay_order(payment).await;
//! # }
//! ```
//!
//! nor can it be passed to code that repeats calls:
//!
//! ```compile_fail,E0277
//! # async fn pay(client: &g2a::Client, order: g2a::OrderId) {
//! let _ = client.ask(&g2a::PayOrder::new(order), g2a::Priority::Orders).await;
//! # }
//! ```
//!
//! # The pace
//!
//! Every attempt of every call takes a permit from a [`Pace`], with one of three [`Priority`]s. [`LocalPace`] counts
//! the calls of one process. A shop of many processes implements [`Pace`] over a store that they share, with the
//! arithmetic of [`pace::Bucket`]. After a 429 the pace holds all calls.
//!
//! # Limits of its knowledge
//!
//! The shop's contract says how certain each fact about the protocol is. An unknown code or status of an order is
//! passed on unchanged ([`Code::Other`], [`OrderStatus::Other`]) and never taken for success or failure.

mod auth;
mod breaker;
mod call;
mod client;
mod code;
mod error;
mod exchange;
mod money;
mod observer;
mod orders;
mod outcome;
pub mod pace;
mod products;
mod retry;
mod settings;
mod token;
mod wire;

pub use auth::Credentials;
pub use call::{Call, LookAtOrder, Once, Repeatable};
pub use client::Client;
pub use code::Code;
pub use error::Error;
pub use money::{BadMoney, Cents};
pub use observer::Observer;
pub use orders::{Key, Order, OrderDetails, OrderId, OrderStatus, PayOrder, Payment, PlaceOrder, TakeKey};
pub use outcome::{Outcome, Unknown, Unread};
pub use pace::{LocalPace, Pace, Permit, Priority};
pub use products::{
    BadProduct, BadQuantity, Category, ListedProduct, Listing, MAX_PAGE, PAGE_SIZE, Product, ProductQuery,
    ProductsPage, Requirements, SystemRequirements, Video,
};
pub use settings::{ProductsAuth, Settings};
