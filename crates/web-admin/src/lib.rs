//! The administration: pages for staff.

mod kit;
pub mod routes;
#[cfg(test)]
mod samples;
mod screens;

pub use kit::DeclaredRoute;
pub use screens::{UPLOAD_PATHS, declared_routes};
