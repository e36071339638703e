//! Each template of this crate, rendered from sample data.

use template_checks::check;

use super::mail;

#[test]
fn each_template_renders_and_is_well_formed() {
    check(env!("CARGO_MANIFEST_DIR"), &mail::samples());
}
