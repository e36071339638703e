//! How text is folded for search: without case, accents and script.

/// Folds `text` for comparison: transliterated to ASCII, in lower case, each run of other characters replaced by one
/// space.
///
/// The same folding is stored beside each title and applied to each search, so that both databases give the same result
/// (`LIKE` folds case on SQLite and does not on PostgreSQL).
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in deunicode::deunicode_with_tofu(text, " ").chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if c == '\'' {
            // Makes "Assassin's" match "assassins".
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The most words of a search that are looked up. Each costs a scan of all words of all titles, and more words do not
/// improve the result.
const WORDS_MAX: usize = 8;

/// The words of a folded search that are looked up: the first eight distinct ones, in their order.
#[must_use]
pub fn words(folded: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(WORDS_MAX);
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        if words.len() == WORDS_MAX {
            break;
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// How many typing errors are tolerated in a word of so many letters: a missing letter, an extra one, another one, or
/// two swapped ones. None in short words, because almost every other short word would match.
///
/// Errors are tolerated only when no game has the word as it was typed.
#[must_use]
pub const fn max_edits(letters: usize) -> usize {
    match letters {
        4..=7 => 1,
        8..=32 => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_case_accents_and_script() {
        assert_eq!(fold("  Pokémon™: Écarlate "), "pokemontm ecarlate");
        assert_eq!(fold("Assassin's Creed"), "assassins creed");
        assert_eq!(fold("Ведьмак 3"), "vedmak 3");
        assert_eq!(fold("!!!"), "");
    }

    #[test]
    fn the_first_eight_words_that_differ_are_looked_up() {
        assert_eq!(words(" tomb  raider tomb "), ["tomb", "raider"]);
        assert!(words("").is_empty());
        let hundred: Vec<String> = (0..100).map(|number| (number % 50).to_string()).collect();
        assert_eq!(words(&hundred.join(" ")), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
