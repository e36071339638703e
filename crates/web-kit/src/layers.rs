//! Middleware for requests and responses; `web` defines the order.

pub mod budgets;
pub mod cors;
pub mod headers;
pub mod host;
pub mod limits;
pub mod observe;
pub mod origin;
pub mod person;
