//! The pages as people see them, in a real browser.

mod browse;
mod browser;
mod caches;
mod find;
mod people;
mod rails;
mod strangers;
