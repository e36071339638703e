//! Text as people type it: normal forms, characters that do not show, and codes with separators.

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::id::is_format;

/// Zero width joiner and non-joiner, and the selectors between a sign and its picture: part of some scripts and of emoji, if
/// they follow a character that shows.
const JOINERS: [char; 4] = ['\u{200c}', '\u{200d}', '\u{fe0e}', '\u{fe0f}'];

/// Characters that show nothing although they are letters, marks or signs by their category: fillers of Hangul, vowels of
/// Khmer that are not written, selectors, blank Braille, and everything that Unicode reserves to be ignored.
const BLANK: [(char, char); 12] = [
    ('\u{034f}', '\u{034f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2065}', '\u{2065}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// The composed form (NFC): texts that look alike because they are the same to Unicode become the same.
#[must_use]
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// The compatible form (NFKC): also what only differs in style becomes the same, such as full-width letters.
#[must_use]
pub fn compatible(text: &str) -> String {
    text.nfkc().collect()
}

/// A code as it was mailed or shown: without the blanks and dashes that people type between its parts.
#[must_use]
pub fn code(typed: &str) -> String {
    compatible(typed).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A line of plain text: control characters count as spaces, characters that only format are dropped.
///
/// # Errors
/// That it is too long, for a person.
pub fn line(text: &str, chars_max: usize) -> Result<String, String> {
    let shown = text.chars().filter(|c| !is_format(*c));
    let shown: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > chars_max {
        return Err(format!("is longer than {chars_max} characters"));
    }
    Ok(line)
}

/// Whether a character shows nothing: control and format characters, private ones, and blank ones. Spaces are not among them.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let by_category = matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
    );
    by_category || BLANK.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Whether a character is drawn onto the one before it.
#[must_use]
pub fn is_combining(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

/// Why a name could not be shown as it is, or would change how the text around it is shown.
#[must_use]
pub fn fault_of_name(name: &str) -> Option<&'static str> {
    if name
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Some("must not hold control characters");
    }
    if name.chars().any(turns_direction) {
        return Some("must not hold characters that turn the direction of the text");
    }
    let mut shows = false;
    for c in name.chars() {
        if JOINERS.contains(&c) {
            if !shows {
                return Some(INVISIBLE);
            }
        } else if is_invisible(c) {
            return Some(INVISIBLE);
        } else if !is_combining(c) {
            shows = !c.is_whitespace();
        } else if !shows {
            return Some("must hold a letter before each accent or mark");
        }
    }
    None
}

/// What is wrong with a text in which something does not show.
pub(crate) const INVISIBLE: &str = "must not hold invisible characters";

/// The marks, embeddings, overrides and isolates of the bidirectional algorithm.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_with_blanks_dashes_and_wide_digits() {
        for typed in [
            "123456",
            " 123 456 ",
            "123-456",
            "123\u{a0}456",
            "１２３４５６",
            "12\u{200b}34–56\n",
        ] {
            assert_eq!(code(typed), "123456", "{typed:?}");
        }
        assert_eq!(code("abcd-efgh 2345"), "abcdefgh2345");
    }

    #[test]
    fn names_of_all_scripts_and_emoji_show() {
        for name in [
            "Ada Lovelace",
            "Žemaitė",
            "юзер",
            "अनुष्का",
            "ไพลิน",
            "علی‌رضا",
            "עדה",
            "東京",
            "👩\u{200d}🚀 of Mars",
            "❤\u{fe0f}",
            "x_X-7'",
        ] {
            assert_eq!(fault_of_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_does_not_show_or_turns_the_text_is_refused() {
        for name in [
            "\u{200b}\u{200b}",
            "\u{3164}\u{3164}",
            "\u{2800}\u{2800}",
            "\u{301}\u{301}",
            "Ada \u{301}",
            "\u{200d}Ada",
            "A\u{ad}da",
            "Ada\u{202e}",
            "\u{2067}Ada",
            "Ada\u{200f}",
            "A\u{7}da",
            "A\u{2028}da",
            "A\u{e0041}da",
            "A\u{e000}da",
            "\u{feff}Ada",
        ] {
            assert!(fault_of_name(name).is_some(), "{name:?}");
        }
    }
}
