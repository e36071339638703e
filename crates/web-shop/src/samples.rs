//! Each template of this crate, rendered from sample data.

use template_checks::check;

use super::{account, cart, catalogue, checkout, game, home, sitemap, wishlist};

#[test]
fn each_template_renders_and_is_well_formed() {
    let samples = [
        account::events::samples(),
        account::keys::samples(),
        account::order::samples(),
        account::orders::samples(),
        account::password::samples(),
        account::profile::samples(),
        account::second_factor::samples(),
        account::sign_ins::samples(),
        account::wallet::samples(),
        cart::samples(),
        checkout::samples(),
        catalogue::samples(),
        game::samples(),
        home::samples(),
        sitemap::samples(),
        wishlist::samples(),
    ];
    check(
        env!("CARGO_MANIFEST_DIR"),
        &samples.into_iter().flatten().collect::<Vec<_>>(),
    );
}
