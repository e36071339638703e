//! The layout that every page has around its content, and how a page is rendered.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use services::accounts::Caller;

use crate::Site;
use crate::assets;

/// The layout of a page: all that is around its content.
///
/// Nothing in it depends on the person who asks: pages are cached, and sent to all.
pub struct Layout {
    /// Its title, without the name of the shop.
    pub title: String,
    /// For search engines and previews.
    pub description: String,
    /// The full address that this page is known by.
    pub canonical: String,
    /// What stands in the search box.
    pub search: String,
    /// The section that the navigation marks as the present one.
    pub section: Section,
    /// Whether search engines may keep it.
    pub indexed: bool,
    /// Whether the games are made up.
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

/// What stands at the top of a page about the person who asks.
#[derive(Template)]
#[template(path = "person.html")]
pub(crate) struct Person<'a> {
    /// What they are called, if somebody is signed in.
    nickname: Option<&'a str>,
    /// Copies in the cart.
    units: u64,
}

impl<'a> Person<'a> {
    pub(crate) fn of(caller: Option<&'a Caller>, units: u64) -> Self {
        Self {
            nickname: caller.map(|caller| caller.user.nickname.as_str()),
            units,
        }
    }

    /// Nobody whom the shop knows: what the cached bytes hold.
    pub(crate) fn nobody() -> String {
        Self::of(None, 0).render_fragment()
    }

    pub(crate) fn render_fragment(&self) -> String {
        render(self)
    }
}

/// Where in the shop a page is.
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
    /// What is around the page at `path`.
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

    /// With this description for search engines and previews.
    pub fn about(self, description: &str) -> Self {
        Self {
            description: description.to_owned(),
            ..self
        }
    }

    /// In this section.
    pub fn within(self, section: Section) -> Self {
        Self { section, ..self }
    }

    /// What the cached bytes say where a page says who is signed in.
    pub fn nobody(&self) -> String {
        Person::nobody()
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

/// Renders a page. Writing to a string cannot fail; if a template did, the reader gets a sentence and the log the error.
pub fn render(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(error = error.to_string(), "[HTTP] a page could not be rendered");
        "<!doctype html><title>Latchkey</title><p>This page could not be shown.".to_owned()
    })
}

/// JSON for a `<script type="application/ld+json">`: data for machines, that no text within can end or leave.
pub struct DataBlock(pub Value);

impl HtmlSafe for DataBlock {}

impl fmt::Display for DataBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // JSON has these characters within texts alone, where an escape means the same.
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
