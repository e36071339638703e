//! `latchkey settings`: prints the settings in force, and where each value came from.

use super::Ended;
use crate::settings::Loaded;

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) fn run(loaded: &Loaded) -> Ended {
    let width = |text: fn(&crate::settings::Provenance) -> &str| {
        loaded
            .provenance
            .iter()
            .map(|entry| text(entry).len())
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(|entry| &entry.name), width(|entry| &entry.shown_value).min(48));
    for entry in &loaded.provenance {
        println!("{:names$}  {:values$}  {}", entry.name, entry.shown_value, entry.source);
    }
    Ended::Done
}
