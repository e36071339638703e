//! What a request passes on its way in and a response on its way out; their order is `web`'s.

pub mod changes;
pub mod headers;
pub mod limits;
pub mod observe;
pub mod origin;
pub mod person;
