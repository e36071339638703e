//! `/account`: who one is here, and what guards it; one page for each.

pub(crate) mod events;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod second_factor;
pub(crate) mod sign_ins;

use web_kit::Site;
use web_kit::form_page::private_frame;
use web_kit::page::Frame;

/// What the pages of an account have in common.
pub(crate) struct AccountLayout {
    pub(crate) frame: Frame,
    pub(crate) heading: &'static str,
    /// The address of this page.
    pub(crate) here: &'static str,
    /// What has just been done.
    pub(crate) notice: Option<&'static str>,
}

impl AccountLayout {
    fn new(site: &Site, here: &'static str, heading: &'static str, notice: Option<&'static str>) -> Self {
        Self {
            frame: private_frame(site, heading, here),
            heading,
            here,
            notice,
        }
    }

    /// With a title that says so when a form of it was refused.
    fn refused(mut self, refused: bool) -> Self {
        if refused {
            self.frame.title = format!("Error: {}", self.frame.title);
        }
        self
    }

    /// The pages of an account, each as address and name.
    pub(crate) fn rooms(&self) -> [(&'static str, &'static str); 5] {
        [
            ("/account", "Profile"),
            ("/account/password", "Password"),
            ("/account/second-factor", "Second factor"),
            ("/account/sign-ins", "Sign-ins"),
            ("/account/events", "What happened"),
        ]
    }
}
