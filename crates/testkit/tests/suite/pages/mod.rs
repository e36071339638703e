//! The pages as people see them, in a real browser.

mod browse;
mod browser;
mod caches;
mod find;
mod people;
mod rails;
mod strangers;

use testkit::{Look, Window};

/// Wide and narrow, light and dark, with scripts and without.
const LOOKS: [Look; 4] = [
    Look::WIDE,
    Look::NARROW.dark(),
    Look::WIDE.dark().without_scripts(),
    Look::NARROW.without_scripts(),
];

/// Nothing sticks out, and all that the page asked for has come.
async fn is_well(window: &Window<'_>, look: Look) {
    assert_eq!(window.sticks_out().await, 0, "{} at {look:?}", window.address().await);
    window.quiet().await;
}
