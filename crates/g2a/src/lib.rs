//! A client of G2A's Export API for buyers (version 1), without any knowledge of a shop.
//!
//! It covers what a crawl of the catalogue needs: authentication, the list of products, exact money, a pace and retries.
//!
//! ```no_run
//! use std::sync::Arc;
//! use g2a::{Client, Credentials, Lane, LocalPace, ProductQuery, Settings};
//!
//! # async fn crawl() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials {
//!     client_id: "games-games-games".into(),
//!     email: "buyer@example.org".into(),
//!     client_secret: "quite-nice-secret".into(),
//! };
//! let settings = Settings::new("https://sandboxapi.g2a.com/v1".parse()?, credentials);
//! let client = Client::new(settings, Arc::new(LocalPace::per_minute(600)))?;
//!
//! let mut query = ProductQuery::default();
//! loop {
//!     let page = client.products(&query, Lane::Crawl).await?;
//!     if page.products.is_empty() {
//!         break;
//!     }
//!     for product in page.products {
//!         match product {
//!             Ok(product) => tracing::info!(id = %product.id, price = %product.min_price, "seen"),
//!             Err(bad) => tracing::warn!(id = ?bad.id, reason = %bad.reason, "skipped"),
//!         }
//!     }
//!     query.page += 1;
//! }
//! # Ok(())
//! # }
//! ```

mod auth;
mod client;
mod error;
mod money;
mod pace;
mod products;
mod retry;
mod wire;

pub use auth::Credentials;
pub use client::{Client, Settings};
pub use error::{Code, Error};
pub use money::{BadMoney, Cents};
pub use pace::{Lane, LocalPace, Pace};
pub use products::{
    BadProduct, Category, MAX_PAGE, PAGE_SIZE, Product, ProductQuery, ProductsPage, Requirements, SystemRequirements,
    Video,
};
