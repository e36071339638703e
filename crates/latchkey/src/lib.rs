//! The program: settings, commands, and the connection of the crates.

mod account_rules;
mod caches;
pub mod cli;
pub mod commands;
mod data_folder;
mod demo;
mod demo_accounts;
mod demo_goods;
mod log;
mod open_files;
mod progress;
mod render_version;
mod secrets;
pub mod settings;
mod stop;
mod trail_head;
mod wire;
pub mod world;
