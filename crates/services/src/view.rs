//! What the web sees of the crates below: rendered views, the state of the caches, records and claims.
//!
//! The web crates must not import the crates below `services`. Types that are the same above and below are re-exported
//! here and nowhere else (a test checks that).

pub use cache::{CacheEntry, Key, RedisState, Rendered, Representation, ResponseCache, Swept, TextPart, cache_metrics};
pub use gateways::pictures::StoredPicture;
pub use storage::accounts::AccountFigures;
pub use storage::cases::{CaseLine, OpenCases};
pub use storage::catalog::SitemapEntry;
pub use storage::ledger::{AccountTotal, TransferLine, WalletLine};
pub use storage::orders::{BoughtKey, OrderEntry};
pub use storage::outbox::Claim;
pub use storage::security_events::{SecurityLine, SecurityRecord};
pub use storage::terms::ManagedTerm;
pub use storage::trail::TrailFilter;
