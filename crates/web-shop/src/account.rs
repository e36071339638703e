//! `/account`: the pages of an account.

pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod second_factor;
pub(crate) mod sign_ins;
pub(crate) mod wallet;

use web_kit::Site;
use web_kit::form_page::private_layout;
use web_kit::page::Layout;

/// What the pages of an account share.
pub(crate) struct AccountLayout {
    pub(crate) layout: Layout,
    pub(crate) heading: &'static str,
    /// The address of this page.
    pub(crate) here: &'static str,
    /// The result of the previous action.
    pub(crate) notice: Option<&'static str>,
}

impl AccountLayout {
    fn new(site: &Site, here: &'static str, heading: &'static str, notice: Option<&'static str>) -> Self {
        Self {
            layout: private_layout(site, heading, here),
            heading,
            here,
            notice,
        }
    }

    /// Marks the title when a form of the page was refused.
    fn refused(mut self, refused: bool) -> Self {
        if refused {
            self.layout.title = format!("Error: {}", self.layout.title);
        }
        self
    }

    /// The pages of an account, each with address and name.
    pub(crate) fn sections(&self) -> [(&'static str, &'static str); 8] {
        [
            ("/account", "Profile"),
            ("/account/orders", "Orders"),
            ("/account/keys", "Keys"),
            ("/account/wallet", "Wallet"),
            ("/account/password", "Password"),
            ("/account/second-factor", "Two-step sign-in"),
            ("/account/sign-ins", "Signed-in devices"),
            ("/account/events", "Security log"),
        ]
    }
}
