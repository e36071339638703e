//! What those above see of the floors below: what a rendered view is, how the caches are, what was recorded and claimed.
//!
//! A wall lets nobody look past `services`; types that need no other words up there than below are shown here, and nowhere
//! else (a test sees to that).

pub use cache::{CacheEntry, Key, RedisState, Rendered, Representation, ResponseCache, Swept, cache_metrics};
pub use gateways::pictures::StoredPicture;
pub use storage::catalog::SitemapEntry;
pub use storage::outbox::Claim;
pub use storage::security_events::SecurityRecord;
