//! The layout around every page's content, and the rendering of pages.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use services::accounts::Caller;

use crate::Site;
use crate::assets;

/// The layout of a page: everything around its content.
///
/// Nothing in it depends on the visitor: pages are cached and sent to all.
pub struct Layout {
    /// Its title, without the name of the shop.
    pub title: String,
    /// For search engines and previews.
    pub description: String,
    /// The canonical address.
    pub canonical: String,
    /// The text in the search box.
    pub search: String,
    /// The section that the navigation marks as current.
    pub section: Section,
    /// Whether search engines may index it.
    pub indexed: bool,
    /// Whether the games are invented.
    pub demo: bool,
    /// The version of the program.
    pub version: &'static str,
    /// The address of the stylesheet.
    pub stylesheet: &'static str,
    /// The address of the script.
    pub script: &'static str,
    /// The address of the icon.
    pub icon: &'static str,
}

/// The personal part at the top of a page.
#[derive(Template)]
#[template(path = "person.html")]
pub(crate) struct Person<'a> {
    /// The nickname, if signed in.
    nickname: Option<&'a str>,
    /// Whether it is a member of staff.
    is_staff: bool,
    /// Copies in the cart.
    units: u64,
}

impl<'a> Person<'a> {
    pub(crate) fn of(caller: Option<&'a Caller>, units: u64) -> Self {
        Self {
            nickname: caller.map(|caller| caller.user.nickname.as_str()),
            is_staff: caller.is_some_and(|caller| caller.user.staff.is_some()),
            units,
        }
    }

    /// The part for unknown visitors, as the cached bytes contain it.
    pub(crate) fn anonymous() -> String {
        Self::of(None, 0).render_fragment()
    }

    pub(crate) fn render_fragment(&self) -> String {
        render(self)
    }
}

/// The section of the shop that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The home page.
    Home,
    /// The catalogue.
    Catalogue,
    /// Any other page.
    Elsewhere,
}

impl Layout {
    /// The layout of the page at `path`.
    pub fn new(site: &Site, title: &str, path: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: "Game keys with their price, region and activation said plainly.".to_owned(),
            canonical: format!("{}{path}", site.public_url),
            search: String::new(),
            section: Section::Elsewhere,
            indexed: true,
            demo: site.demo,
            version: site.version,
            stylesheet: assets::stylesheet(),
            script: assets::script(),
            icon: assets::icon(),
        }
    }

    /// Sets the description for search engines and previews.
    pub fn about(self, description: &str) -> Self {
        Self {
            description: description.to_owned(),
            ..self
        }
    }

    /// Sets the section.
    pub fn within(self, section: Section) -> Self {
        Self { section, ..self }
    }

    /// The personal part of the cached bytes, for unknown visitors.
    pub fn anonymous(&self) -> String {
        Person::anonymous()
    }

    /// Whether this is the home page.
    pub fn is_home(&self) -> bool {
        self.section == Section::Home
    }

    /// Whether this is the catalogue.
    pub fn is_catalogue(&self) -> bool {
        self.section == Section::Catalogue
    }
}

/// Renders a page. Writing to a string cannot fail; if a template did, the reader would get a sentence and the log the
/// error.
pub fn render(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(error = error.to_string(), "[HTTP] a page could not be rendered");
        "<!doctype html><title>Latchkey</title><p>This page could not be shown.".to_owned()
    })
}

/// JSON for a `<script type="application/ld+json">`, escaped so that no text in it can end the element.
pub struct DataBlock(pub Value);

impl HtmlSafe for DataBlock {}

impl fmt::Display for DataBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In JSON these characters occur only within texts, where an escape means the same.
        for c in self.0.to_string().chars() {
            match c {
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => write!(f, "\\u{:04x}", u32::from(c))?,
                _ => fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let ada = Person {
        nickname: Some("Ada <3"),
        is_staff: true,
        units: 1,
    };
    [Person::of(None, 2), ada]
        .iter()
        .map(template_checks::Sample::of)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_leaves_a_data_block_and_all_read_back() {
        let hostile = json!({"name": "</script><script>alert(1)</script><!-- & \u{2028} \" \\"});
        let text = DataBlock(hostile.clone()).to_string();
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }
}
