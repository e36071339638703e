//! What the shop does: one use case, one transaction; and what it shows, through caches that are checked at each use.
pub mod error;
pub mod catalog;
pub mod health;
use std::sync::Arc;
pub use cache::Rendered;
pub use error::Error;
#[derive(Clone)]
pub struct Shop { floors: Arc<()> }
