//! Common passwords: what programs that guess try first, recognised by how people make them.
//!
//! Lists of leaked passwords are mostly a few hundred words, each with the same few additions: a capital, signs for letters, digits
//! or a year at an end; and walks over the keyboard. The words are listed, the additions are recognised.

/// Words, with comments.
const WORDS: &str = include_str!("guessable-words.txt");

/// Lines along which passwords walk, forwards and backwards: alphabet, digits, rows, columns, and zigzags.
const LINES: [&str; 16] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2b3c4d5e6f7g8h9i",
    "a1b2c3d4e5f6g7h8i9",
    "йцукенгшщзхъ",
];

/// The fewest characters of a walk.
const WALK_MIN: usize = 3;
/// The most characters that a guess adds to a word or a walk.
const ADDED_MAX: usize = 4;
/// The fewest different characters of a password that is not one of repetition.
const DIFFERENT_MIN: usize = 5;
/// The shortest part of the owner's own words that is looked for: shorter ones occur by chance.
const OWN_WORD_MIN: usize = 4;

/// Whether `password` is a common one, or made like one of `own`: words that belong to the owner or to the shop.
pub(super) fn is_guessable(password: &str, own: &[&str]) -> bool {
    let folded = password.to_lowercase();
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < DIFFERENT_MIN || is_walked(&folded) || is_made_of_a_word(&folded, own)
}

/// Whether it is a word with what is usually added to one.
fn is_made_of_a_word(folded: &str, own: &[&str]) -> bool {
    let ends: [fn(&str) -> &str; 3] = [
        |text| text,
        |text| text.trim_end_matches(|c: char| !c.is_alphabetic()),
        |text| text.trim_matches(|c: char| !c.is_alphabetic()),
    ];
    ends.iter().any(|stripped| {
        let core = stripped(folded);
        let start = folded.find(core).unwrap_or_default();
        let (before, after) = (&folded[..start], &folded[start + core.len()..]);
        is_little(&format!("{before}{after}"))
            && ['i', 'l']
                .iter()
                .any(|one| is_word(&with_letters(core, *one), own) || is_word(&letters(core), own))
    })
}

/// Whether these characters are what many people add: a few, a year, or a walk.
fn is_little(added: &str) -> bool {
    let digits: String = added.chars().filter(char::is_ascii_digit).collect();
    added.chars().count() <= ADDED_MAX
        || is_walked(&digits)
        || (digits.len() == ADDED_MAX && added.chars().count() <= ADDED_MAX + 2)
}

fn is_word(word: &str, own: &[&str]) -> bool {
    if word.chars().count() < WALK_MIN {
        return false;
    }
    let lines = WORDS.lines().filter(|line| !line.starts_with('#'));
    // A word twice is as common as once.
    let half = word.chars().count() / 2;
    let (first, second): (String, String) = (word.chars().take(half).collect(), word.chars().skip(half).collect());
    let known = |known: &str| known == word || (first == second && known == first);
    lines.flat_map(str::split_whitespace).any(known)
        || own
            .iter()
            .map(|own| letters(&own.to_lowercase()))
            .any(|own| own.chars().count() >= OWN_WORD_MIN && known(&own))
}

/// The letters alone.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// The word that is meant by digits and signs in the place of letters; `one` is meant by `1`.
fn with_letters(text: &str, one: char) -> String {
    let meant = text.chars().map(|c| match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    });
    letters(&meant.collect::<String>())
}

/// Whether it is one walk after the other, but for a few characters.
fn is_walked(folded: &str) -> bool {
    let text: Vec<char> = folded.chars().collect();
    let (mut at, mut left_over) = (0, 0);
    while at < text.len() {
        let longest = walk_at(&text[at..]);
        if longest >= WALK_MIN {
            at += longest;
        } else {
            at += 1;
            left_over += 1;
        }
    }
    text.len() >= WALK_MIN && left_over <= 2 && left_over < text.len()
}

/// How many characters from the start are along one line, or the same.
fn walk_at(text: &[char]) -> usize {
    let same = text.iter().take_while(|c| Some(*c) == text.first()).count();
    let along = |line: Vec<char>| {
        let from = line.iter().enumerate().filter(|(_, c)| Some(*c) == text.first());
        from.map(|(at, _)| {
            line[at..]
                .iter()
                .zip(text)
                .take_while(|(one, other)| one == other)
                .count()
        })
        .max()
        .unwrap_or(0)
    };
    let lines = LINES
        .iter()
        .flat_map(|line| [line.chars().collect(), line.chars().rev().collect()]);
    lines.map(along).max().unwrap_or(0).max(same)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_many_people_choose_is_guessable() {
        for password in [
            "Password1",
            "Passw0rd",
            "P@ssw0rd!",
            "pA55word123",
            "Password2026!",
            "1Password!",
            "Qwerty123",
            "Qwertyuiop1",
            "Qwertz12!",
            "1qaz2wsX",
            "Zaq12wsx",
            "1q2w3e4R",
            "Abcd1234",
            "Abc12345",
            "Abcdefg1",
            "Aaaaaaa1",
            "Aa1Aa1Aa1",
            "Welcome2024",
            "Summer2026!",
            "Iloveyou1",
            "Dragon1234567",
            "Michael1987",
            "Letmein123!",
            "Trustno1",
            "Adm1nistrator",
            "Monkeymonkey1",
            "Liverpool1892",
            "Latchkey1",
            "Пароль12",
            "Йцукен12",
            "Fuckyou666",
            "12345678Aa",
            "Test1234",
            "Asdf1234!",
        ] {
            assert!(is_guessable(password, &[]), "{password}");
        }
    }

    #[test]
    fn what_few_people_choose_is_not() {
        for password in [
            "Correct-Horse-1",
            "Root-Password-1",
            "Wolkenkratzer7",
            "Tr0ub4dor&3",
            "kJ8!mPq2",
            "Xy7kQ2mZ",
            "Demo1-0f9e8d7c6b5a49382716",
            "Mondlicht am 4. See",
            "Žvejys-Rudenį-3",
        ] {
            assert!(!is_guessable(password, &[]), "{password}");
        }
    }

    #[test]
    fn the_owners_own_words_are_as_good_as_common() {
        for password in [
            "Lovelace1",
            "Ada.Lovelace7",
            "L0velace!",
            "Lovelace1815",
            "7Adalovelace",
        ] {
            assert!(
                is_guessable(password, &["ada.lovelace", "lovelace", "ada"]),
                "{password}"
            );
        }
        assert!(!is_guessable("Lovely-Place-1", &["lovelace"]));
        assert!(!is_guessable("Ada-Xylophon-1", &["ada"]), "short words occur by chance");
    }

    #[test]
    fn the_words_are_folded() {
        let words = WORDS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace);
        let mut count = 0;
        for word in words {
            assert_eq!(word, letters(&word.to_lowercase()), "{word}");
            count += 1;
        }
        assert!(count > 1_000, "{count}");
    }

    proptest! {
        #[test]
        fn what_a_program_draws_is_not_common(password in "[a-zA-Z0-9]{14,20}") {
            let mut different: Vec<char> = password.to_lowercase().chars().collect();
            different.sort_unstable();
            different.dedup();
            prop_assume!(different.len() > 6);
            prop_assert!(!is_guessable(&password, &["ada.lovelace"]));
        }

        #[test]
        fn no_text_makes_it_panic(password in "\\PC{0,60}", own in "\\PC{0,20}") {
            let _ = is_guessable(&password, &[&own]);
        }
    }
}
