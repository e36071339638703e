//! Where a tag or a comment ends, and what each tag is to a description.

/// What a tag is to a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Goes on in the next block where it is left open.
    Formatting(&'static str),
    /// Nests.
    Block(&'static str),
    /// Nests, and is not seen but for the paragraph that it ends: as `div`.
    Division(&'static str),
    /// Neither: a parser closes it by itself, or it has no end.
    Plain(&'static str),
    /// What it holds is shown to nobody, and is no HTML.
    Hidden,
    /// What it holds is text as it stands.
    Raw,
    /// What it holds is text with character references.
    Escapable,
    /// All that follows is text as it stands.
    Rest,
    /// As if it were not there; what it holds is shown.
    Transparent,
}

impl Tag {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "b" => Self::Formatting("b"),
            "strong" => Self::Formatting("strong"),
            "i" => Self::Formatting("i"),
            "em" => Self::Formatting("em"),
            "u" => Self::Formatting("u"),
            "ul" => Self::Block("ul"),
            "ol" => Self::Block("ol"),
            "blockquote" => Self::Block("blockquote"),
            "h1" => Self::Block("h1"),
            "h2" => Self::Block("h2"),
            "h3" => Self::Block("h3"),
            "h4" => Self::Block("h4"),
            "h5" => Self::Block("h5"),
            "h6" => Self::Block("h6"),
            "pre" | "listing" => Self::Block("pre"),
            "p" => Self::Plain("p"),
            "li" => Self::Plain("li"),
            "br" => Self::Plain("br"),
            "hr" => Self::Plain("hr"),
            "script" | "style" | "template" => Self::Hidden,
            "iframe" | "noembed" | "noframes" | "noscript" | "xmp" => Self::Raw,
            "textarea" | "title" => Self::Escapable,
            "plaintext" => Self::Rest,
            _ => DIVISIONS
                .iter()
                .find(|division| **division == name)
                .map_or(Self::Transparent, |division| Self::Division(division)),
        }
    }

    /// The name under which a parser gets it.
    pub(super) fn written(self) -> &'static str {
        match self {
            Self::Formatting(name) | Self::Block(name) | Self::Plain(name) => name,
            _ => DIVISION,
        }
    }

    /// Whether its start ends the division `inner`, whose own end tag may be left out.
    pub(super) fn ends(self, inner: &str) -> bool {
        let ended: &[&str] = match self {
            Self::Division("dd" | "dt") => &["dd", "dt"],
            Self::Division("td" | "th") => &["td", "th", "caption"],
            Self::Division("tr") => &["td", "th", "tr", "caption"],
            Self::Division("tbody" | "thead" | "tfoot") => &["td", "th", "tr", "tbody", "thead", "tfoot", "caption"],
            _ => &[],
        };
        ended.contains(&inner)
    }
}

/// As what a parser gets divisions.
pub(super) const DIVISION: &str = "div";

/// What nobody sees. Of a table's rules, too, nothing is to be seen where no table is shown.
const DIVISIONS: [&str; 32] = [
    "address",
    "article",
    "aside",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hgroup",
    "main",
    "menu",
    "nav",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
];

/// Blocks that end one another: the end tag of any heading ends any other.
pub(super) fn kind(block: &'static str) -> &'static str {
    match block {
        "h2" | "h3" | "h4" | "h5" | "h6" => "h1",
        other => other,
    }
}

/// The name with which `text` begins, in lower case, and what follows it.
pub(super) fn name(text: &str) -> (String, &str) {
    let end = text
        .find(|c: char| is_space(c) || c == '/' || c == '>')
        .unwrap_or(text.len());
    (text[..end].to_ascii_lowercase(), &text[end..])
}

/// What follows the tag whose attributes begin here; nothing if it has no end.
pub(super) fn after_attributes(text: &str) -> Option<&str> {
    read_attributes(text, |_, _| {})
}

/// The number at which a list begins, if the attributes of its tag say so.
pub(super) fn first_number(attributes: &str) -> Option<i32> {
    let mut first: Option<&str> = None;
    // Of two the first counts.
    read_attributes(attributes, |name, value| {
        if name.eq_ignore_ascii_case("start") && first.is_none() {
            first = Some(value);
        }
    });
    first?.trim().parse().ok()
}

/// Reads attributes, those with a value into `found`; returns what follows the tag.
fn read_attributes<'a>(text: &'a str, mut found: impl FnMut(&'a str, &'a str)) -> Option<&'a str> {
    /// Where in an attribute (the states of the standard's tokenizer).
    enum At {
        BeforeName,
        Name,
        AfterName,
        BeforeValue,
        Value,
        Quoted(char),
    }
    let mut at = At::BeforeName;
    // Where the name begins and ends, and where the value begins.
    let (mut name, mut begun) = (0..0, 0);
    for (index, c) in text.char_indices() {
        at = match (at, c) {
            (At::Quoted(quote), c) if c == quote => {
                found(&text[name.clone()], &text[begun..index]);
                At::BeforeName
            }
            (At::Quoted(quote), _) => At::Quoted(quote),
            (At::Value, c) if c == '>' || is_space(c) => {
                found(&text[name.clone()], &text[begun..index]);
                if c == '>' {
                    return Some(&text[index + 1..]);
                }
                At::BeforeName
            }
            (_, '>') => return Some(&text[index + 1..]),
            (At::BeforeValue, c) if is_space(c) => At::BeforeValue,
            (At::BeforeValue, '"' | '\'') => {
                begun = index + 1;
                At::Quoted(c)
            }
            (At::BeforeValue, _) => {
                begun = index;
                At::Value
            }
            (At::Value, _) => At::Value,
            (At::Name | At::AfterName, '=') => At::BeforeValue,
            (_, '/') => At::BeforeName,
            (At::BeforeName, c) if is_space(c) => At::BeforeName,
            (At::Name | At::AfterName, c) if is_space(c) => At::AfterName,
            (At::Name, _) => {
                name.end = index + c.len_utf8();
                At::Name
            }
            (At::BeforeName | At::AfterName, _) => {
                name = index..index + c.len_utf8();
                At::Name
            }
        };
    }
    None
}

/// What follows the comment with which `html` begins; nothing if it has no end.
pub(super) fn after_comment(html: &str) -> Option<&str> {
    let inside = html.strip_prefix("<!--")?;
    if let Some(rest) = inside.strip_prefix('>').or_else(|| inside.strip_prefix("->")) {
        return Some(rest);
    }
    let ends = inside.char_indices().filter(|(_, c)| *c == '-');
    ends.map(|(index, _)| &inside[index..])
        .find_map(|rest| rest.strip_prefix("-->").or_else(|| rest.strip_prefix("--!>")))
}

/// What stands before the end tag of `name`, and what after it; all and nothing if there is none.
pub(super) fn until_end_of<'a>(name: &str, html: &'a str) -> (&'a str, &'a str) {
    for (index, _) in html.match_indices("</") {
        let (found, rest) = self::name(head(&html[index + 2..], name.len() + 1));
        if found != name || rest.is_empty() {
            continue;
        }
        let rest = after_attributes(&html[index + 2 + name.len()..]).unwrap_or_default();
        return (&html[..index], rest);
    }
    (html, "")
}

/// The first `length` bytes, or fewer where a character would be cut.
fn head(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}
