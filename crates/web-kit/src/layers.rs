//! What a request passes on its way in and a response on its way out; their order is `web`'s.

pub mod budgets;
pub mod cors;
pub mod headers;
pub mod host;
pub mod limits;
pub mod observe;
pub mod origin;
pub mod person;
