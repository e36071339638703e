//! Slugs: computed once from a game's title, unique, and never changed.

use std::collections::HashSet;

use crate::id::ProductId;
use crate::search::fold;

/// The longest slug made from a title, in bytes; the product's id may follow it.
const TITLE_PART_MAX: usize = 120;

/// The slugs that `title` may get, in order of preference: its words, or its words and the product's id.
///
/// A title that folds to nothing (only emoji or punctuation) gets the product's id alone.
#[must_use]
pub fn candidates(title: &str, product: &ProductId) -> [String; 2] {
    let (words, id) = (part(title), part(product.as_str()));
    match (words.is_empty(), id.is_empty()) {
        (true, true) => ["game".to_owned(), "game-2".to_owned()],
        (true, false) => [format!("game-{id}"), format!("game-{id}-2")],
        (false, true) => [words.clone(), format!("{words}-2")],
        (false, false) => [words.clone(), format!("{words}-{id}")],
    }
}

/// A text as a part of an address.
fn part(text: &str) -> String {
    let mut words = fold(text).replace(' ', "-");
    words.truncate(TITLE_PART_MAX);
    words.truncate(words.trim_end_matches('-').len());
    words
}

/// The first slug for this product that is free; it is added to `taken`.
///
/// Of two titles that fold alike the first gets the words without an id. A title that ends in another product's id
/// could still collide, so a counter is appended as the last resort.
pub fn choose(title: &str, product: &ProductId, taken: &mut HashSet<String>) -> String {
    let [bare, with_id] = candidates(title, product);
    let counted = (2_u32..).map(|n| format!("{with_id}-{n}"));
    let free = [bare, with_id.clone()]
        .into_iter()
        .chain(counted)
        .find(|slug| !taken.contains(slug));
    let slug = free.unwrap_or(with_id);
    taken.insert(slug.clone());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_that_fold_alike_or_to_nothing_get_their_own_address() {
        let mut taken = HashSet::new();
        let mut slug = |title: &str, id: &str| choose(title, &ProductId::parse(id).unwrap(), &mut taken);
        assert_eq!(slug("Fallout 4 Steam Key", "1"), "fallout-4-steam-key");
        assert_eq!(slug("FALLOUT 4: Steam-Key!", "2"), "fallout-4-steam-key-2");
        assert_eq!(slug("fallout 4 steam key", "3"), "fallout-4-steam-key-3");
        assert_eq!(slug("???", "4"), "game-4");
        assert_eq!(slug("Fallout 4 Steam Key", "A/9.ü"), "fallout-4-steam-key-a-9-u");
        assert_eq!(slug("Fallout 4 Steam Key", "/../"), "fallout-4-steam-key-2-2");
        assert_eq!(slug("???", "!"), "game");
        assert_eq!(slug("Fallout 4 Steam Key 2", "5"), "fallout-4-steam-key-2-5");
        assert!(slug(&"é".repeat(300), "6").len() <= TITLE_PART_MAX);
    }
}
