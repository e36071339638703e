//! Cache keys: each with its name as operators know it, and the touches that make its value stale.

use std::fmt;
use std::time::Duration;

use domain::cart::Owner;
use domain::catalog::GameFilter;
use domain::id::GameId;
use domain::lists::{FilterNames, GameList, Sitemap};
use domain::touch::Touch;
use sha2::{Digest, Sha256};

/// A representation of a thing; each is cached separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// JSON.
    Json,
    /// HTML.
    Page,
}

/// A key. Its value shows only what its touches cover.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One game: `game:{id}`.
    Game(GameId, Representation),
    /// The home page: `home:lists`.
    Home,
    /// A page of the catalogue: `catalog:list:…`.
    Catalog(Box<GameFilter>, Representation),
    /// A named list: `home:{list}` or `catalog:{list}`.
    List(GameList),
    /// The names and counts of filters: `catalog:{names}`.
    Names(FilterNames),
    /// Games that have something in common: `catalog:collections`.
    Collections,
    /// At most so many suggestions for what is typed (folded): `catalog:autocomplete:…`.
    Suggestions(String, u32),
    /// A part of the sitemap: `catalog:sitemap…`.
    Sitemap(Sitemap),
    /// The lines of an owner's cart, without their games: `user:{id}:cart`, `session:{id}:cart`.
    Cart(Owner),
    /// The rows of an owner's wishlist, without their games: `user:{id}:wishlist`, `session:{id}:wishlist`.
    Wishlist(Owner),
}

impl Key {
    /// The touches that make the value stale, besides those of the games that the value names; a single touch is
    /// repeated.
    #[must_use]
    pub const fn touches(&self) -> [Touch; 2] {
        match self {
            // The page also shows similar games: the value names them.
            Self::Game(id, _) => [Touch::Game(*id), Touch::Games],
            Self::Home => [Touch::Home; 2],
            Self::List(list) if list.is_at_home() => [Touch::Home; 2],
            Self::Catalog(..)
            | Self::List(_)
            | Self::Names(_)
            | Self::Collections
            | Self::Suggestions(..)
            | Self::Sitemap(_) => [Touch::Catalog; 2],
            Self::Cart(owner) => [Touch::Cart(*owner); 2],
            Self::Wishlist(owner) => [Touch::Wishlist(*owner); 2],
        }
    }

    /// The touch that the value's order may lag behind: a list's games invalidate it themselves, but which games it
    /// shows, and in which order, may be a few seconds old (decision 29).
    #[must_use]
    pub const fn lags_behind(&self) -> Option<Touch> {
        match self {
            Self::Home
            | Self::Catalog(..)
            | Self::List(_)
            | Self::Names(_)
            | Self::Collections
            | Self::Suggestions(..)
            | Self::Sitemap(_) => Some(Touch::Offers),
            Self::Game(..) | Self::Cart(_) | Self::Wishlist(_) => None,
        }
    }

    /// The keys that `touch` alone makes stale; none for groups.
    #[must_use]
    pub fn named_by(touch: Touch) -> Vec<Self> {
        match touch {
            Touch::Game(id) => vec![
                Self::Game(id, Representation::Json),
                Self::Game(id, Representation::Page),
            ],
            Touch::Cart(owner) => vec![Self::Cart(owner)],
            Touch::Wishlist(owner) => vec![Self::Wishlist(owner)],
            // Groups, and what no value is cached of.
            _ => Vec::new(),
        }
    }

    /// How long an entry is cached, in both tiers together, if nothing touches it: what depends on today's date (new,
    /// not out yet) has no touch. Entries that are likely to be read only once expire sooner.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let minutes = if self.is_open_ended() { 3 } else { 10 };
        Duration::from_secs(minutes * 60)
    }

    /// Its kind in metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Game(..) => "game",
            Self::Home => "home",
            Self::List(list) if list.is_at_home() => "home",
            Self::Catalog(..)
            | Self::List(_)
            | Self::Names(_)
            | Self::Collections
            | Self::Suggestions(..)
            | Self::Sitemap(_) => "catalog",
            Self::Cart(_) => "cart",
            Self::Wishlist(_) => "wishlist",
        }
    }

    /// Approximate memory: text that strangers typed may be long.
    pub(crate) fn bytes(&self) -> usize {
        let text = |text: &String| size_of::<String>() + text.len();
        let typed = match self {
            Self::Catalog(filter, _) => {
                let lists = [
                    &filter.platforms,
                    &filter.activation_services,
                    &filter.regions,
                    &filter.publishers,
                    &filter.genres,
                ];
                size_of::<GameFilter>() + filter.search.len() + lists.into_iter().flatten().map(text).sum::<usize>()
            }
            Self::List(GameList::BestSellers(Some(typed)) | GameList::ByGenre(typed) | GameList::Search(typed))
            | Self::Suggestions(typed, _) => typed.len(),
            _ => 0,
        };
        size_of::<Self>() + typed
    }

    /// Whether its value is computed by scanning the words of all titles.
    #[must_use]
    pub fn is_search(&self) -> bool {
        match self {
            Self::Catalog(filter, _) => !filter.search.is_empty(),
            Self::Suggestions(..) | Self::List(GameList::Search(_)) => true,
            _ => false,
        }
    }

    /// Whether most of its keys are requested once or hardly ever: their values are not worth slow compression.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        match self {
            Self::Catalog(filter, _) => {
                let plain = GameFilter {
                    sort: filter.sort,
                    ..GameFilter::default()
                };
                **filter != plain
            }
            // The sitemap's parts are few and long, and robots read them rarely.
            Self::Suggestions(..) | Self::Sitemap(_) => true,
            Self::List(list) => !list.is_at_home(),
            Self::Game(..) | Self::Home | Self::Names(_) | Self::Collections | Self::Cart(_) | Self::Wishlist(_) => {
                false
            }
        }
    }

    /// Whether anybody can invent endless other keys like it. Such a key is cached when it is requested again (decision 35).
    pub(crate) fn is_endless(&self) -> bool {
        self.is_open_ended()
            && !matches!(self, Self::Sitemap(_))
            && !matches!(self, Self::List(list) if !list.is_endless())
    }
}

impl fmt::Display for Representation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Page => "page",
        })
    }
}

/// The name that operators know: short, and safe in patterns, logs and Redis whatever strangers typed.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Game(id, Representation::Json) => write!(f, "game:{id}"),
            Self::Game(id, view) => write!(f, "game:{id}:{view}"),
            Self::Home => f.write_str("home:lists"),
            Self::Catalog(filter, view) => write!(f, "catalog:list:{view}:{}", digest(&format!("{filter:?}"))),
            Self::List(list) => {
                let name = list.to_string();
                match list {
                    GameList::BestSellers(Some(text)) | GameList::ByGenre(text) | GameList::Search(text) => {
                        let front = name.strip_suffix(text.as_str()).unwrap_or("catalog:");
                        write!(f, "{front}{}", digest(text))
                    }
                    _ => f.write_str(&name),
                }
            }
            Self::Names(names) => write!(f, "catalog:{names}"),
            Self::Collections => f.write_str("catalog:collections"),
            Self::Sitemap(sitemap) => write!(f, "catalog:{sitemap}"),
            Self::Suggestions(typed, count) => write!(f, "catalog:autocomplete:{count}:{}", digest(typed)),
            // One name for the key and its touch.
            Self::Cart(owner) => Touch::Cart(*owner).fmt(f),
            Self::Wishlist(owner) => Touch::Wishlist(*owner).fmt(f),
        }
    }
}

/// 128 bits of a text's hash, in hex: collisions cannot be found in practice.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::id::{GuestId, UserId};
    use domain::pattern::Pattern;
    use uuid::Uuid;

    use super::*;

    fn keys() -> Vec<Key> {
        let hostile = ["a", "a:b", "*", "a b\r\nFLUSHALL", "\u{0}", &"x".repeat(5_000)];
        let mut keys = vec![Key::Home, Key::Collections, Key::Names(FilterNames::Genres)];
        for id in [Uuid::nil(), Uuid::from_u128(7)] {
            for owner in [Owner::User(UserId(id)), Owner::Guest(GuestId(id))] {
                keys.extend([Key::Cart(owner), Key::Wishlist(owner)]);
            }
        }
        for view in [Representation::Json, Representation::Page] {
            keys.push(Key::Game(GameId(Uuid::from_u128(7)), view));
            for text in hostile {
                let filter = GameFilter {
                    search: text.to_owned(),
                    ..GameFilter::default()
                };
                keys.push(Key::Catalog(Box::new(filter), view));
            }
        }
        for text in hostile {
            keys.push(Key::Suggestions(text.to_owned(), 5));
            keys.push(Key::List(GameList::Search(text.to_owned())));
            keys.push(Key::List(GameList::ByGenre(text.to_owned())));
            keys.push(Key::List(GameList::BestSellers(Some(text.to_owned()))));
        }
        keys
    }

    #[test]
    fn names_are_short_plain_and_each_keys_own() {
        let keys = keys();
        let names: HashSet<String> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), keys.len());
        for name in names {
            assert!(name.len() <= 80, "{name}");
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-');
            assert!(name.chars().all(is_plain), "{name}");
        }
    }

    #[test]
    fn whatever_pattern_means_a_key_its_touches_cover_it() {
        for key in keys() {
            let name = key.to_string();
            let head = &name[..name.len() / 2];
            for text in [
                name.clone(),
                "*".to_owned(),
                format!("{head}*"),
                format!("*{}", &name[3..]),
            ] {
                let pattern = Pattern::parse(&text).unwrap();
                assert!(pattern.matches(&name));
                let touches = pattern.touches();
                let covered = key.touches().iter().any(|touch| touches.contains(touch));
                assert!(
                    covered || touches.contains(&Touch::Everything),
                    "{text} does not void {name}"
                );
            }
        }
    }
}
