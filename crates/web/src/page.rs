//! What every page has around its content, and how a page is drawn.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use services::accounts::Caller;

use crate::Site;
use crate::shop::assets;

/// What every page has around its content.
///
/// Nothing in it depends on the person who asks: pages are kept ready to send, and sent to all.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) description: String,
    /// The full address that this page is known by.
    pub(crate) canonical: String,
    /// What stands in the search box.
    pub(crate) search: String,
    /// The room that the navigation marks as the present one.
    pub(crate) room: Room,
    /// Whether search engines may keep it.
    pub(crate) indexed: bool,
    pub(crate) demo: bool,
    pub(crate) version: &'static str,
    pub(crate) stylesheet: &'static str,
    pub(crate) script: &'static str,
    pub(crate) icon: &'static str,
}

/// What stands at the top of a page about the person who asks.
#[derive(Template)]
#[template(path = "shop/person.html")]
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

    /// Nobody whom the shop knows: what the kept bytes hold.
    pub(crate) fn nobody() -> String {
        Self::of(None, 0).draw()
    }

    pub(crate) fn draw(&self) -> String {
        draw(self)
    }
}

/// Where in the shop a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Home,
    Catalogue,
    Elsewhere,
}

impl Frame {
    pub(crate) fn new(site: &Site, title: &str, path: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: "Game keys with their price, region and activation said plainly.".to_owned(),
            canonical: format!("{}{path}", site.public_url),
            search: String::new(),
            room: Room::Elsewhere,
            indexed: true,
            demo: site.demo,
            version: site.version,
            stylesheet: assets::stylesheet(),
            script: assets::script(),
            icon: assets::icon(),
        }
    }

    /// With this description for search engines and previews.
    pub(crate) fn about(self, description: &str) -> Self {
        Self {
            description: description.to_owned(),
            ..self
        }
    }

    /// In this room.
    pub(crate) fn within(self, room: Room) -> Self {
        Self { room, ..self }
    }

    /// What the kept bytes say where a page says who is signed in.
    pub(crate) fn nobody(&self) -> String {
        Person::nobody()
    }

    pub(crate) fn is_home(&self) -> bool {
        self.room == Room::Home
    }

    pub(crate) fn is_catalogue(&self) -> bool {
        self.room == Room::Catalogue
    }
}

/// Draws a page. Writing to a string cannot fail; if a template did, the reader gets a sentence and the log the error.
pub(crate) fn draw(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(error = error.to_string(), "[HTTP] a page could not be drawn");
        "<!doctype html><title>Latchkey</title><p>This page could not be drawn.".to_owned()
    })
}

/// JSON for a `<script type="application/ld+json">`: data for machines, that no text within can end or leave.
pub(crate) struct DataBlock(pub(crate) Value);

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
