//! Each template of this crate, rendered from sample data.

use template_checks::check;

use super::kit::render;
use super::screens;

#[test]
fn each_template_renders_and_is_well_formed() {
    let samples = [screens::samples(), render::samples()];
    check(
        env!("CARGO_MANIFEST_DIR"),
        &samples.into_iter().flatten().collect::<Vec<_>>(),
    );
}
