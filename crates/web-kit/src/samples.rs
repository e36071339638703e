//! Each template of this crate, rendered from sample data.

use template_checks::check;

use super::{errors, field, form_page, page};

#[test]
fn each_template_renders_and_is_well_formed() {
    let samples = [
        errors::samples(),
        field::samples(),
        form_page::samples(),
        page::samples(),
    ];
    check(
        env!("CARGO_MANIFEST_DIR"),
        &samples.into_iter().flatten().collect::<Vec<_>>(),
    );
}
