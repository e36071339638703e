//! The pages of the shop, for people.

pub(crate) mod assets;
pub(crate) mod card;
pub(crate) mod catalogue;
pub(crate) mod errors;
pub(crate) mod facets;
pub(crate) mod game;
pub(crate) mod home;
pub(crate) mod pager;
pub(crate) mod words;
