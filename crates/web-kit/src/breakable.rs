//! Texts with long e-mail addresses: these break after their signs, not inside a word.

use std::fmt;

use askama::filters::HtmlSafe;

/// The longest address that fits on a line wherever addresses stand, in characters: it stays whole.
const WHOLE: usize = 20;

/// A text as HTML, with places in its long addresses where a line may end.
pub struct Breakable(String);

/// `text` as HTML. Of themselves browsers break an address that is wider than its place anywhere.
#[must_use]
pub fn breakable(text: &str) -> Breakable {
    let mut html = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        let is_long_address = word.contains('@') && word.trim_end().chars().count() > WHOLE;
        for c in word.chars() {
            match c {
                '&' => html.push_str("&#38;"),
                '<' => html.push_str("&#60;"),
                '>' => html.push_str("&#62;"),
                '"' => html.push_str("&#34;"),
                '\'' => html.push_str("&#39;"),
                _ => html.push(c),
            }
            if is_long_address && matches!(c, '@' | '.' | '_' | '+') {
                html.push_str("<wbr>");
            }
        }
    }
    Breakable(html)
}

impl HtmlSafe for Breakable {}

impl fmt::Display for Breakable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_addresses_may_break_after_their_signs_and_nothing_else_may() {
        for (text, html) in [
            ("ada@example.org", "ada@example.org"),
            ("12345678@example.org", "12345678@example.org"),
            ("123456789@example.org", "123456789@<wbr>example.<wbr>org"),
            (
                "Block a_b+c@customers.example.org?",
                "Block a_<wbr>b+<wbr>c@<wbr>customers.<wbr>example.<wbr>org?",
            ),
            ("www.a.long.name.example.org", "www.a.long.name.example.org"),
        ] {
            assert_eq!(breakable(text).to_string(), html);
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        let html = breakable("<script>\"'&@.</script>").to_string();
        assert_eq!(html, "&#60;script&#62;&#34;&#39;&#38;@<wbr>.<wbr>&#60;/script&#62;");
    }
}
