//! Terms: the names that games are grouped by, and what staff made of names that suppliers still use.

use std::collections::{BTreeMap, HashMap};

use crate::catalog::{GameFacts, GameFilter};
use crate::refusal::{FieldError, Refusal, Wrong};
use crate::search::fold;
use crate::typed;

/// The longest name of a term, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 120;
/// The longest description of a term, in characters.
const DESCRIPTION_CHARS_MAX: usize = 2_000;

/// A kind of names that games are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// The supplier's categories.
    Category,
    /// Genres.
    Genre,
    /// Platforms.
    Platform,
    /// Tags, which staff alone give.
    Tag,
}

impl Term {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Category, Self::Genre, Self::Platform, Self::Tag];

    /// One of them, in a word.
    #[must_use]
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Genre => "genre",
            Self::Platform => "platform",
            Self::Tag => "tag",
        }
    }

    /// Several of them, in a word.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Category => "categories",
            Self::Genre => "genres",
            Self::Platform => "platforms",
            Self::Tag => "tags",
        }
    }
}

/// The slug of a name, where staff chose no other.
#[must_use]
pub fn slug(name: &str) -> String {
    fold(name).replace(' ', "-")
}

/// What staff write of a term, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermText {
    /// The name, unique in its kind.
    pub name: String,
    /// The name in addresses.
    pub slug: String,
    /// For readers; `None` where there is nothing to say.
    pub description: Option<String>,
}

impl TermText {
    /// Reads what was typed; without a slug it is made of the name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with each field that is not acceptable.
    pub fn read(name: &str, typed_slug: &str, description: &str) -> Result<Self, Refusal> {
        let mut wrong = Vec::new();
        let mut line = |field: &str, text: &str, most: usize| {
            let line = typed::line(text, most).map_err(|why| wrong.push(FieldError::new(field, why)));
            line.unwrap_or_default()
        };
        let name = line("name", name, NAME_CHARS_MAX);
        let typed_slug = line("slug", typed_slug, NAME_CHARS_MAX);
        let description = line("description", description, DESCRIPTION_CHARS_MAX);
        if name.is_empty() && wrong.is_empty() {
            wrong.push(FieldError::of(Wrong::Missing, "name", "is missing"));
        }
        if typed_slug != slug(&typed_slug) {
            let why = "may have small letters, digits and single hyphens only";
            wrong.push(FieldError::new("slug", why));
        }
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        Ok(Self {
            slug: if typed_slug.is_empty() { slug(&name) } else { typed_slug },
            description: (!description.is_empty()).then_some(description),
            name,
        })
    }
}

/// What became of names that are in use no more, because staff renamed, merged or deleted them. Suppliers go on sending them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(HashMap<Term, HashMap<String, Option<String>>>);

impl Aliases {
    /// Of `(term, name, the name that stands for it)`; `None` for one that was deleted.
    #[must_use]
    pub fn of(aliases: impl IntoIterator<Item = (Term, String, Option<String>)>) -> Self {
        let mut all = Self::default();
        for (term, alias, name) in aliases {
            all.0.entry(term).or_default().insert(alias, name);
        }
        all
    }

    /// What `name` became, if it is an alias: another name, or none.
    #[must_use]
    pub fn get(&self, term: Term, name: &str) -> Option<Option<&str>> {
        let found = self.0.get(&term)?.get(name)?;
        Some(found.as_deref())
    }

    /// Puts in place of each of `names` what stands for it; says whether that changed any. Changed names are sorted.
    pub fn apply(&self, term: Term, names: &mut Vec<String>) -> bool {
        if !names.iter().any(|name| self.get(term, name).is_some()) {
            return false;
        }
        let current = names.drain(..).filter_map(|name| match self.get(term, &name) {
            Some(current) => current.map(str::to_owned),
            None => Some(name),
        });
        *names = current.collect();
        names.sort_unstable();
        names.dedup();
        true
    }

    /// `facts` of a supplier with the shop's names.
    #[must_use]
    pub fn applied(&self, mut facts: GameFacts) -> GameFacts {
        self.apply(Term::Category, &mut facts.categories);
        self.apply(Term::Genre, &mut facts.genres);
        self.apply(Term::Platform, &mut facts.platforms);
        facts
    }
}

/// Slugs that are not made of their names: those that staff chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TermSlugs(BTreeMap<(Term, String), String>);

impl TermSlugs {
    /// Of `(term, name, slug)`.
    #[must_use]
    pub fn of(slugs: impl IntoIterator<Item = (Term, String, String)>) -> Self {
        Self(
            slugs
                .into_iter()
                .map(|(term, name, slug)| ((term, name), slug))
                .collect(),
        )
    }

    /// The slug of a name.
    #[must_use]
    pub fn get(&self, term: Term, name: &str) -> String {
        let chosen = self.0.get(&(term, name.to_owned()));
        chosen.cloned().unwrap_or_else(|| slug(name))
    }
}

/// How customers' addresses name terms: the slugs in force, and names and slugs that were in force before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermAddresses {
    /// Names that became others.
    pub aliases: Aliases,
    /// Slugs in force that are not made of their names.
    pub slugs: TermSlugs,
    /// Slugs that were in force, each with the name that it leads to.
    pub old_slugs: HashMap<(Term, String), String>,
}

impl TermAddresses {
    /// `filter` with the names in force; `None` if it has no other.
    #[must_use]
    pub fn current(&self, filter: &GameFilter) -> Option<GameFilter> {
        let mut current = filter.clone();
        let genres = self.aliases.apply(Term::Genre, &mut current.genres);
        let platforms = self.aliases.apply(Term::Platform, &mut current.platforms);
        // A filter for names of which none is left finds nothing: without them it would find everything.
        let is_emptied = (current.genres.is_empty() && !filter.genres.is_empty())
            || (current.platforms.is_empty() && !filter.platforms.is_empty());
        ((genres || platforms) && !is_emptied).then_some(current)
    }

    /// Whether `typed` in an address means `name`: it is the name or its slug, now or before.
    #[must_use]
    pub fn means(&self, term: Term, typed: &str, name: &str) -> bool {
        typed == name
            || typed == self.slugs.get(term, name)
            || self.aliases.get(term, typed) == Some(Some(name))
            || self
                .old_slugs
                .get(&(term, typed.to_owned()))
                .is_some_and(|led_to| led_to == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases() -> Aliases {
        let to = |name: &str| Some(name.to_owned());
        Aliases::of([
            (Term::Genre, "RPG".to_owned(), to("Role-playing")),
            (Term::Genre, "JRPG".to_owned(), to("Role-playing")),
            (Term::Genre, "Bestseller".to_owned(), None),
        ])
    }

    #[test]
    fn names_become_what_stands_for_them() {
        let apply = |names: &[&str]| {
            let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            (aliases().apply(Term::Genre, &mut names), names)
        };
        assert_eq!(
            apply(&["Shooter", "Action"]).1,
            ["Shooter", "Action"],
            "they stay as they are"
        );
        assert_eq!(
            apply(&["RPG", "JRPG", "Bestseller", "Action"]).1,
            ["Action", "Role-playing"]
        );
        assert_eq!(apply(&["Bestseller"]), (true, Vec::new()));
        let mut tags = vec!["RPG".to_owned()];
        assert!(
            !aliases().apply(Term::Tag, &mut tags),
            "an alias is one of its kind only"
        );
    }

    #[test]
    fn old_addresses_lead_to_the_names_in_force() {
        let addresses = TermAddresses {
            aliases: aliases(),
            slugs: TermSlugs::of([(Term::Genre, "Role-playing".to_owned(), "roles".to_owned())]),
            old_slugs: HashMap::from([((Term::Genre, "rpg".to_owned()), "Role-playing".to_owned())]),
        };
        for typed in ["Role-playing", "roles", "RPG", "JRPG", "rpg"] {
            assert!(addresses.means(Term::Genre, typed, "Role-playing"), "{typed}");
        }
        assert!(
            !addresses.means(Term::Genre, "role-playing", "Role-playing"),
            "staff chose another"
        );
        let by = |genres: &[&str]| GameFilter {
            genres: genres.iter().map(|name| (*name).to_owned()).collect(),
            ..GameFilter::default()
        };
        assert_eq!(addresses.current(&by(&["RPG"])), Some(by(&["Role-playing"])));
        assert_eq!(addresses.current(&by(&["Action"])), None);
        assert_eq!(
            addresses.current(&by(&["Bestseller"])),
            None,
            "all games would be shown"
        );
    }

    #[test]
    fn what_staff_type_is_cleaned_or_refused() {
        let read = TermText::read(" Role\tplaying \u{200b}", "", " ").unwrap();
        assert_eq!(
            (&*read.name, &*read.slug, read.description),
            ("Role playing", "role-playing", None)
        );
        assert_eq!(TermText::read("RPG", "roles-1", "Long").unwrap().slug, "roles-1");
        for (name, slug) in [
            (" ", ""),
            ("a", "A"),
            ("a", "a b"),
            ("a", "a--b"),
            (&*"a".repeat(121), ""),
        ] {
            assert!(TermText::read(name, slug, "").is_err(), "{name:?} {slug:?}");
        }
    }
}
