//! What a rendered view is, for those who render and send one: the types of the floors below that the web sees.

pub use cache::{AtHand, Kept, Key, Rendered, View};
pub use gateways::pictures::KeptPicture;
pub use storage::catalog::Listed;
