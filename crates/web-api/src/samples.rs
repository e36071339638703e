//! Each template of this crate, rendered from sample data.

use template_checks::check;

use super::manual;

#[test]
fn each_template_renders_and_is_well_formed() {
    let samples = [manual::samples()];
    check(
        env!("CARGO_MANIFEST_DIR"),
        &samples.into_iter().flatten().collect::<Vec<_>>(),
    );
}
