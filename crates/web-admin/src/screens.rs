//! The pages of the administration, in the order of the navigation.

mod caches;
mod cases;
mod games;
mod jobs;
mod mails;
mod offers;
mod orders;
mod overview;
mod own_keys;
mod security_events;
mod staff;
mod suppliers;
mod sync_runs;
mod terms;
mod trail;
mod transactions;
mod users;
mod wallets;

use std::sync::{Arc, LazyLock};

use web_kit::upload::UploadPaths;

use crate::kit::{DeclaredRoute, Screen};

/// All of them: each file declares its own.
pub(crate) fn all() -> &'static Arc<Vec<Screen>> {
    static ALL: LazyLock<Arc<Vec<Screen>>> = LazyLock::new(|| {
        let screens = [
            vec![overview::screen()],
            vec![orders::screen(), orders::one(), cases::screen(), cases::one()],
            vec![wallets::screen(), wallets::one()],
            vec![transactions::screen(), transactions::accounts()],
            vec![games::screen(), games::one()],
            terms::screens(),
            vec![offers::screen(), offers::possible_duplicates()],
            vec![own_keys::screen(), own_keys::imports(), own_keys::one_import()],
            vec![suppliers::screen(), sync_runs::screen(), sync_runs::one()],
            vec![users::screen(), users::one(), staff::screen()],
            vec![trail::screen(), trail::one(), security_events::screen()],
            vec![mails::screen(), mails::one()],
            vec![caches::screen(), jobs::screen()],
        ];
        Arc::new(screens.into_iter().flatten().collect())
    });
    &ALL
}

/// The addresses of forms with a file.
pub const UPLOAD_PATHS: UploadPaths = &[own_keys::NEW_IMPORT];

/// Every address of the administration, with what it needs.
pub fn declared_routes() -> Vec<DeclaredRoute> {
    all().iter().flat_map(Screen::routes).collect()
}

/// The templates of those that have their own, rendered from sample data.
#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    caches::samples()
}
