//! Foreign HTML within bounds: short, shallow and almost without attributes, before anybody builds a tree of it.

mod open;
mod tags;
#[cfg(test)]
mod tests;

use self::open::{Open, bytes_of};
use self::tags::Tag;

/// The most bytes that the cleaned HTML has; a tree of it has at most a seventh as many elements.
pub(super) const OUTPUT_MAX: usize = 300_000;

/// Writes `html` down as a parser may have it: known tags alone, of their attributes the number at which a list begins;
/// what is shown to nobody, such as scripts, left out. Takes time in proportion to the length, and the parser's time and memory are bounded likewise.
///
/// A parser makes the same of it as of `html`, as far as customers can tell, unless `html` is beyond the bounds: then tags
/// that are too deep are left out, and what is too long is cut. It is not safe to show: a cleaner follows.
pub(super) fn bounded(html: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(html.len()),
        left: OUTPUT_MAX,
        open: Open::default(),
    };
    // `None` is the end, of the text or of what fits.
    let _end = writer.document(html);
    writer.out
}

/// How the characters of a text are to be taken.
#[derive(Clone, Copy)]
enum Text {
    /// `&amp;` is a character.
    WithReferences,
    /// `&amp;` is five.
    Raw,
}

/// Writes, and counts what a parser makes of it at most.
struct Writer {
    out: String,
    /// Bytes that the cleaned HTML may still grow by.
    left: usize,
    open: Open,
}

impl Writer {
    fn document(&mut self, html: &str) -> Option<()> {
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.text(&rest[..at], Text::WithReferences)?;
            rest = &rest[at..];
            let bytes = rest.as_bytes();
            rest = match (bytes.get(1), bytes.get(2)) {
                (Some(letter), _) if letter.is_ascii_alphabetic() => self.start_tag(rest)?,
                (Some(b'/'), Some(letter)) if letter.is_ascii_alphabetic() => self.end_tag(rest)?,
                (Some(b'!'), _) if rest.starts_with("<!--") => self.nothing(tags::after_comment(rest)?)?,
                (Some(b'!' | b'?'), _) | (Some(b'/'), Some(_)) => self.nothing(&rest[rest.find('>')? + 1..])?,
                _ => {
                    self.text("<", Text::WithReferences)?;
                    &rest[1..]
                }
            };
        }
        self.text(rest, Text::WithReferences)
    }

    /// Reads a start tag, and what belongs to it where that is no HTML; returns what follows.
    fn start_tag<'a>(&mut self, html: &'a str) -> Option<&'a str> {
        let (name, attributes) = tags::name(&html[1..]);
        let rest = tags::after_attributes(attributes)?;
        let tag = Tag::of(&name);
        match tag {
            Tag::Formatting(_) | Tag::Block(_) | Tag::Division(_) | Tag::Plain(_) => {
                while self.open.division().is_some_and(|inner| tag.ends(inner)) {
                    self.end_division()?;
                }
                if !self.open.admits(tag) {
                    return self.nothing(rest);
                }
                let first = (tag == Tag::Block("ol")).then(|| tags::first_number(attributes));
                self.begin(tag, first.flatten())?;
            }
            Tag::Hidden => return self.nothing(tags::until_end_of(&name, rest).1),
            Tag::Raw => {
                let (inside, rest) = tags::until_end_of(&name, rest);
                self.nothing("")?;
                self.text(inside, Text::Raw)?;
                return Some(rest);
            }
            Tag::Escapable => {
                let (inside, rest) = tags::until_end_of(&name, rest);
                self.nothing("")?;
                self.text(inside, Text::WithReferences)?;
                return self.nothing(rest);
            }
            Tag::Rest => {
                self.nothing("")?;
                self.text(rest, Text::Raw)?;
                return None;
            }
            Tag::Transparent => return self.nothing(rest),
        }
        Some(rest)
    }

    /// Reads an end tag; returns what follows.
    fn end_tag<'a>(&mut self, html: &'a str) -> Option<&'a str> {
        let (name, rest) = tags::name(&html[2..]);
        let rest = tags::after_attributes(rest)?;
        let tag = Tag::of(&name);
        if self.open.left_out(tag) {
            return self.nothing(rest);
        }
        match tag {
            Tag::Formatting(name) => {
                let made = self.open.end_formatting(name);
                self.end(name, made)?;
            }
            Tag::Block(name) => {
                self.open.end_block(name);
                self.end(name, 0)?;
            }
            Tag::Division(name) => {
                for _ in 0..self.open.divisions_down_to(name) {
                    self.end_division()?;
                }
            }
            // An end tag alone makes an empty one.
            Tag::Plain(name) => self.end(name, bytes_of(name))?,
            _ => {}
        }
        self.nothing(rest)
    }

    fn begin(&mut self, tag: Tag, first: Option<i32>) -> Option<()> {
        let name = tag.written();
        let attribute = first.map(|first| format!(" start=\"{first}\"")).unwrap_or_default();
        self.spend(bytes_of(name) + attribute.len() + self.open.formatting_bytes())?;
        self.out.extend(["<", name, &attribute, ">"]);
        self.open.begin(tag);
        Some(())
    }

    /// Writes an end tag, for which a parser may make so many bytes besides opening formatting elements again.
    fn end(&mut self, name: &str, made: usize) -> Option<()> {
        self.spend(made + self.open.formatting_bytes())?;
        self.out.extend(["</", name, ">"]);
        Some(())
    }

    fn end_division(&mut self) -> Option<()> {
        self.open.end_division();
        self.end(tags::DIVISION, 0)
    }

    /// Writes nothing where something stood, and keeps apart what it kept apart: `&am<a>p;` is not `&amp;`.
    fn nothing<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        /// The longest reference has 33 bytes.
        const REFERENCE_MAX: usize = 40;
        let last = self.out.bytes().rev().take(REFERENCE_MAX);
        let mut before = last.skip_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        if before.next() == Some(b'&') {
            self.spend(bytes_of(""))?;
            self.out += "<!---->";
        }
        Some(rest)
    }

    /// Writes text, as much of it as fits.
    fn text(&mut self, text: &str, kind: Text) -> Option<()> {
        for c in text.chars() {
            let (bytes, escaped) = match (c, kind) {
                ('<', _) => (4, Some("&lt;")),
                ('&', Text::Raw) => (5, Some("&amp;")),
                ('&', Text::WithReferences) => (5, None),
                ('>', _) => (4, None),
                ('\u{a0}', _) => (6, None),
                _ => (c.len_utf8(), None),
            };
            self.spend(bytes)?;
            match escaped {
                Some(escaped) => self.out += escaped,
                None => self.out.push(c),
            }
        }
        Some(())
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        left.map(|_| ())
    }
}
