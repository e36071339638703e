//! What the cells of tables hold: shown on pages, and written to files.

use domain::clock::Timestamp;
use domain::money::Cents;
use web_kit::breakable::{Breakable, breakable};
use web_kit::format;

/// The content of a cell, or of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing.
    None,
    /// A text.
    Text(String),
    /// A text that may be long: pages show its beginning, files all of it.
    Long(String),
    /// A text that leads to another page.
    Link {
        /// The address.
        href: String,
        /// The text.
        text: String,
    },
    /// A number.
    Number(i64),
    /// An amount of money.
    Money(Cents),
    /// A time.
    Time(Timestamp),
    /// A state in a word, with a look of its own.
    State(Tone, String),
}

/// How a state is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Busy,
    /// Somebody should look at it.
    Bad,
    /// Neither.
    Quiet,
}

/// The longest text in a table, in characters.
const SHOWN: usize = 120;
/// The longest e-mail address that is not broken, in characters.
const ADDRESS: usize = 32;

/// The beginning of a text, if it is long.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A time as tables show it: short, and in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {}", time.get(..5).unwrap_or(time))
}

impl Tone {
    /// The name of its style.
    pub(crate) const fn look(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A text that may be missing.
    pub(crate) fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, Self::text)
    }

    /// A text that may be long, and may be missing.
    pub(crate) fn long(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, |text| Self::Long(text.into()))
    }

    /// A link.
    pub(crate) fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Link {
            href: href.into(),
            text: text.into(),
        }
    }

    /// A count.
    pub(crate) fn count(number: impl TryInto<i64>) -> Self {
        number.try_into().map_or(Self::None, Self::Number)
    }

    /// A time that may be missing.
    pub(crate) fn time(at: Option<Timestamp>) -> Self {
        at.map_or(Self::None, Self::Time)
    }

    /// As pages show it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::None => "–".to_owned(),
            Self::Text(text) | Self::Link { text, .. } | Self::State(_, text) => text.clone(),
            Self::Long(text) => beginning(text),
            Self::Number(number) if *number < 0 => format!("−{}", format::count(number.unsigned_abs())),
            Self::Number(number) => format::count(number.unsigned_abs()),
            Self::Money(cents) if *cents < Cents::ZERO => format!("−€{}", cents.magnitude()),
            Self::Money(cents) => format!("€{cents}"),
            Self::Time(at) => moment(*at),
        }
    }

    /// The same as HTML.
    pub(crate) fn html(&self) -> Breakable {
        breakable(&self.shown())
    }

    /// As files hold it: numbers and amounts plain, times as RFC 3339.
    pub(crate) fn exported(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) | Self::Long(text) | Self::Link { text, .. } | Self::State(_, text) => {
                super::csv::neutral(text)
            }
            Self::Number(number) => number.to_string(),
            Self::Money(cents) => cents.to_string(),
            Self::Time(at) => at.to_string(),
        }
    }

    /// Whether it is an e-mail address that is short enough to stay whole: a broken one is hard to read.
    pub(crate) fn is_address(&self) -> bool {
        match self {
            Self::Text(text) | Self::Link { text, .. } => {
                text.contains('@') && !text.contains(' ') && text.chars().count() <= ADDRESS
            }
            _ => false,
        }
    }

    /// Where it leads.
    pub(crate) fn href(&self) -> Option<&str> {
        match self {
            Self::Link { href, .. } => Some(href),
            _ => None,
        }
    }

    /// The look of a state.
    pub(crate) fn look(&self) -> Option<&'static str> {
        match self {
            Self::State(tone, _) => Some(tone.look()),
            _ => None,
        }
    }

    /// The machine-readable time.
    pub(crate) fn datetime(&self) -> Option<String> {
        match self {
            Self::Time(at) => Some(at.to_string()),
            _ => None,
        }
    }
}
