//! The pages as people see them, in a real browser.

mod addresses;
mod browse;
mod browser;
mod buying;
mod caches;
mod colleague;
mod desk;
mod desk_people;
mod desk_sales;
mod find;
mod mission;
mod people;
mod rails;
mod strangers;

use testkit::{Key, Kind, Look, Window};

/// Wide and narrow, light and dark, with scripts and without.
const LOOKS: [Look; 4] = [
    Look::WIDE,
    Look::NARROW.dark(),
    Look::WIDE.dark().without_scripts(),
    Look::NARROW.without_scripts(),
];

/// How pages are looked at that differ between the databases in nothing but what they show: every look on one of them.
fn looks(kind: Kind) -> &'static [Look] {
    match kind {
        Kind::Sqlite => &LOOKS,
        Kind::Postgres => &LOOKS[..1],
    }
}

/// Nothing sticks out, and all that the page asked for has come.
async fn is_well(window: &Window<'_>, look: Look) {
    assert_eq!(window.sticks_out().await, 0, "{} at {look:?}", window.address().await);
    window.quiet().await;
}

/// Presses Tab until something has the focus that is called `name` (as `Window::focused` says it).
async fn reach(window: &Window<'_>, name: &str, steps_max: u32) {
    for _ in 0..steps_max {
        window.press(Key::Tab).await;
        if window.focused().await == name {
            return;
        }
    }
    panic!("{name} is far: after {steps_max} steps {}", window.focused().await);
}
