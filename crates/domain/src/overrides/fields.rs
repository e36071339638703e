//! The fields of a game that staff can override: their names, their values, and what they accept.

use super::OverrideValue;
use crate::catalog::Game;
use crate::money::Cents;
use crate::search::fold;
use crate::supplier::{PRICE_CENTS_MAX, TITLE_CHARS_MAX, is_day};
use crate::term::{NAME_CHARS_MAX, Term};
use crate::typed::line;

/// The most names in one field.
const NAMES_MAX: usize = 100;
/// The most pictures of a game.
const IMAGES_MAX: usize = 20;

/// A field that can be overridden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverrideField {
    /// The title, and with it the text that searches compare.
    Title,
    /// The description: a safe subset of HTML, sanitised before.
    Description,
    /// The portrait picture.
    Image,
    /// All pictures.
    Images,
    /// The customer's price, whatever the shown offer's is.
    Price,
    /// Names of platforms.
    Platforms,
    /// Names of genres.
    Genres,
    /// Names of tags, which no supplier gives.
    Tags,
    /// Names of categories.
    Categories,
    /// The day of the release.
    ReleaseDate,
    /// The publisher.
    Publisher,
    /// The developer.
    Developer,
    /// Where it may be activated.
    Region,
    /// Where it is activated.
    ActivationService,
    /// Withdrawn by staff: not shown, whatever suppliers have of it.
    Hidden,
}

impl OverrideField {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Title,
        Self::Description,
        Self::Image,
        Self::Images,
        Self::Price,
        Self::Platforms,
        Self::Genres,
        Self::Tags,
        Self::Categories,
        Self::ReleaseDate,
        Self::Publisher,
        Self::Developer,
        Self::Region,
        Self::ActivationService,
        Self::Hidden,
    ];

    /// Its name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Image => "image",
            Self::Images => "images",
            Self::Price => "price",
            Self::Platforms => "platforms",
            Self::Genres => "genres",
            Self::Tags => "tags",
            Self::Categories => "categories",
            Self::ReleaseDate => "releaseDate",
            Self::Publisher => "publisher",
            Self::Developer => "developer",
            Self::Region => "region",
            Self::ActivationService => "activationService",
            Self::Hidden => "hidden",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// The kind of names that it holds, if it holds such.
    #[must_use]
    pub const fn term(self) -> Option<Term> {
        match self {
            Self::Categories => Some(Term::Category),
            Self::Genres => Some(Term::Genre),
            Self::Platforms => Some(Term::Platform),
            Self::Tags => Some(Term::Tag),
            _ => None,
        }
    }

    /// The field with names of a kind.
    #[must_use]
    pub const fn of_term(term: Term) -> Self {
        match term {
            Term::Category => Self::Categories,
            Term::Genre => Self::Genres,
            Term::Platform => Self::Platforms,
            Term::Tag => Self::Tags,
        }
    }

    /// `value` as it is stored: plain text is cleaned, names are sorted.
    ///
    /// # Errors
    /// Why a game cannot have it, for a person.
    pub fn accept(self, value: OverrideValue) -> Result<OverrideValue, String> {
        use OverrideValue::{Flag, Text, Texts};
        match (self, value) {
            (Self::Hidden, value @ Flag(_)) | (Self::Description, value @ Text(_)) => Ok(value),
            (Self::Price, OverrideValue::Cents(cents)) if cents <= 0 => Err("must be above zero".to_owned()),
            (Self::Price, OverrideValue::Cents(cents)) if cents > PRICE_CENTS_MAX => {
                Err("is above 1000000.00".to_owned())
            }
            (Self::Price, value @ OverrideValue::Cents(_)) => Ok(value),
            (Self::Title, Text(text)) => match line(&text, TITLE_CHARS_MAX)? {
                title if title.is_empty() => Err("is empty".to_owned()),
                title => Ok(Text(title)),
            },
            (Self::ReleaseDate, Text(day)) if day.is_empty() || is_day(&day) => Ok(Text(day)),
            (Self::ReleaseDate, Text(_)) => Err("is not a day as 2015-11-10".to_owned()),
            (Self::Image, value @ Text(_)) => Ok(value),
            (Self::Images, Texts(images)) if images.len() > IMAGES_MAX => Err(format!("has more than {IMAGES_MAX}")),
            (Self::Images, value @ Texts(_)) => Ok(value),
            (Self::Publisher | Self::Developer | Self::Region | Self::ActivationService, Text(text)) => {
                Ok(Text(line(&text, NAME_CHARS_MAX)?))
            }
            (Self::Platforms | Self::Genres | Self::Tags | Self::Categories, Texts(names)) => {
                if names.len() > NAMES_MAX {
                    return Err(format!("has more than {NAMES_MAX}"));
                }
                let names: Result<Vec<String>, String> = names.iter().map(|name| line(name, NAME_CHARS_MAX)).collect();
                let mut names: Vec<String> = names?.into_iter().filter(|name| !name.is_empty()).collect();
                names.sort_unstable();
                names.dedup();
                Ok(Texts(names))
            }
            _ => Err("is not of the expected kind".to_owned()),
        }
    }

    /// The value in `game`; `None` for what follows from the offers.
    pub(super) fn of(self, game: &Game) -> Option<OverrideValue> {
        let facts = &game.facts;
        let text = |text: &str| Some(OverrideValue::Text(text.to_owned()));
        let optional = |text: &Option<String>| Some(OverrideValue::Text(text.clone().unwrap_or_default()));
        let texts = |texts: &[String]| Some(OverrideValue::Texts(texts.to_vec()));
        match self {
            Self::Title => text(&facts.title),
            Self::Description => text(&facts.description_html),
            Self::Image => text(&facts.image),
            Self::Images => texts(&facts.images),
            Self::Platforms => texts(&facts.platforms),
            Self::Genres => texts(&facts.genres),
            Self::Tags => texts(&game.tags),
            Self::Categories => texts(&facts.categories),
            Self::ReleaseDate => optional(&facts.release_date),
            Self::Publisher => optional(&facts.publisher),
            Self::Developer => optional(&facts.developer),
            Self::Region => optional(&facts.region),
            Self::ActivationService => optional(&facts.activation_service),
            Self::Price | Self::Hidden => None,
        }
    }

    /// Gives `game` the value. One of another kind, which nothing stores, changes nothing.
    pub(super) fn set(self, game: &mut Game, value: &OverrideValue) {
        let facts = &mut game.facts;
        match (self, value) {
            (Self::Price, OverrideValue::Cents(cents)) => facts.price = Cents::new(*cents),
            (Self::Hidden, OverrideValue::Flag(withdrawn)) => game.hidden |= withdrawn,
            (Self::Title, OverrideValue::Text(text)) => {
                facts.search_text = fold(text);
                facts.title.clone_from(text);
            }
            (Self::Description, OverrideValue::Text(text)) => facts.description_html.clone_from(text),
            (Self::Image, OverrideValue::Text(text)) => facts.image.clone_from(text),
            (field, OverrideValue::Text(text)) => {
                let own = match field {
                    Self::ReleaseDate => &mut facts.release_date,
                    Self::Publisher => &mut facts.publisher,
                    Self::Developer => &mut facts.developer,
                    Self::Region => &mut facts.region,
                    Self::ActivationService => &mut facts.activation_service,
                    _ => return,
                };
                *own = (!text.is_empty()).then(|| text.clone());
            }
            (field, OverrideValue::Texts(texts)) => {
                let own = match field {
                    Self::Images => &mut facts.images,
                    Self::Platforms => &mut facts.platforms,
                    Self::Genres => &mut facts.genres,
                    Self::Tags => &mut game.tags,
                    Self::Categories => &mut facts.categories,
                    _ => return,
                };
                own.clone_from(texts);
            }
            _ => {}
        }
    }
}
