//! The navigation of the administration: the screens that a role may open.

use domain::staff::StaffRole;
use services::accounts::Caller;
use web_kit::assets;

use super::serve::role_of;
use super::{Screen, Section};
use crate::screens;

/// What every page of the administration has around its content.
pub(crate) struct Desk {
    /// The parts of the navigation.
    pub(crate) parts: Vec<Part>,
    /// The address of its stylesheet.
    pub(crate) stylesheet: &'static str,
    /// The address of its script.
    pub(crate) script: &'static str,
}

/// A part of the navigation.
pub(crate) struct Part {
    /// Its name; empty for the first, which needs none.
    pub(crate) name: &'static str,
    /// Its links.
    pub(crate) links: Vec<NavLink>,
}

/// A link of the navigation.
pub(crate) struct NavLink {
    /// The address.
    pub(crate) href: &'static str,
    /// The text.
    pub(crate) name: &'static str,
    /// Whether this is the page, or one below it.
    pub(crate) is_here: bool,
}

impl Section {
    const ALL: [Self; 6] = [
        Self::Today,
        Self::Sales,
        Self::Catalogue,
        Self::Supply,
        Self::People,
        Self::System,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Today => "",
            Self::Sales => "Sales",
            Self::Catalogue => "Catalogue",
            Self::Supply => "Supply",
            Self::People => "People",
            Self::System => "System",
        }
    }
}

impl Desk {
    /// The desk of who asks at the page `here`.
    pub(crate) fn for_caller(caller: &Caller, here: &str) -> Self {
        Self::of(screens::all(), role_of(caller), here)
    }

    /// The desk of a role at the page `here`.
    pub(crate) fn of(screens: &[Screen], role: Option<StaffRole>, here: &str) -> Self {
        let may_open =
            |screen: &&Screen| role.is_some_and(|role| screen.permission.is_none_or(|permission| role.may(permission)));
        let is_here = |path: &str| {
            let below = here.strip_prefix(path);
            here == path || (path != "/admin" && below.is_some_and(|rest| rest.starts_with('/')))
        };
        let parts = Section::ALL.map(|section| Part {
            name: section.name(),
            links: (screens.iter().filter(|screen| screen.section == Some(section)))
                .filter(may_open)
                .map(|screen| NavLink {
                    href: screen.path,
                    name: screen.title,
                    is_here: is_here(screen.path),
                })
                .collect(),
        });
        Self {
            parts: parts.into_iter().filter(|part| !part.links.is_empty()).collect(),
            stylesheet: assets::desk_stylesheet(),
            script: assets::desk_script(),
        }
    }
}
