//! HTTP code that all web crates use: callers, request parsing, responses, layout and forms, problems.
//!
//! Nothing here knows a page or an endpoint; the crates that do see only this crate and not each other.

mod app;
pub mod assets;
pub mod breakable;
pub mod caller;
pub mod conditional;
pub mod cookies;
pub mod device;
pub mod errors;
pub mod field;
pub mod fields;
pub mod form;
pub mod form_data;
pub mod form_page;
pub mod format;
pub mod json;
pub mod layers;
pub mod links;
mod metrics_readers;
pub mod network;
pub mod page;
pub mod pager;
pub mod parameters;
pub mod problem;
pub mod query;
pub mod response_cache;
pub mod staff;
mod status;
pub mod upload;
pub mod view;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod test_site;

pub use app::{App, Site};
pub use metrics_readers::MetricsReaders;
