//! What is wrong with a text that was rendered: read with the tokenizer that browsers have in common.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Elements that have no end.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
];

/// What is wrong with what `file` became.
pub(crate) fn faults(file: &str, text: &str) -> impl Iterator<Item = String> {
    let mut faults = Vec::new();
    if let Some(left) = ["{{", "{%", "{#"].iter().find(|left| text.contains(**left)) {
        faults.push(format!("{left} was left"));
    }
    let is_markup = !file.ends_with(".txt");
    if is_markup {
        let seen = read(text);
        faults.extend(seen.faults);
        faults.extend(seen.open.iter().map(|name| format!("<{name}> is not closed")));
        let is_page = text.trim_start().starts_with("<!doctype");
        // A page's title ends with the shop's name.
        let title = seen.title.split('·').next().unwrap_or_default();
        if is_page && title.trim().is_empty() {
            faults.push("it has no title".to_owned());
        }
    }
    if text.trim().is_empty() {
        faults.push("it is empty".to_owned());
    }
    faults.into_iter()
}

#[derive(Default)]
struct Seen {
    open: Vec<String>,
    faults: Vec<String>,
    title: String,
}

fn read(text: &str) -> Seen {
    // What says that a text is XML is a mistake in HTML, and a comment to it.
    let text = text
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .unwrap_or(text);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(text));
    let exact = TokenizerOpts {
        exact_errors: true,
        ..TokenizerOpts::default()
    };
    let tokenizer = Tokenizer::new(Reader::default(), exact);
    // Nothing here ever asks it to wait for a script.
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Reader(RefCell<Seen>);

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut seen = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => return seen.tag(&tag, line),
            Token::CharacterTokens(text) if seen.open.last().is_some_and(|name| name == "title") => {
                seen.title.push_str(&text);
            }
            Token::ParseError(fault) => seen.faults.push(format!("line {line}: {fault}")),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn tag(&mut self, tag: &Tag, line: u64) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        match tag.kind {
            TagKind::EndTag => match self.open.pop() {
                Some(open) if open == name => {}
                open => self.faults.push(format!("line {line}: </{name}> ends {open:?}")),
            },
            TagKind::StartTag if tag.self_closing || VOID.contains(&name.as_str()) => {}
            TagKind::StartTag => {
                self.open.push(name);
                match self.open.last().map(String::as_str) {
                    Some("script") => return TokenSinkResult::RawData(RawKind::ScriptData),
                    Some("style") => return TokenSinkResult::RawData(RawKind::Rawtext),
                    Some("title" | "textarea") => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_named() {
        let page = |title: &str, body: &str| {
            format!("<!doctype html><html><head><title>{title} · Latchkey</title></head><body>{body}</body></html>")
        };
        let fault = |file: &str, text: String| faults(file, &text).next();
        assert_eq!(
            fault("x.html", page("A", "<p>a<br>b<svg><path d=\"M1\"/></svg></p>")),
            None
        );
        assert_eq!(fault("x.html", page("A", "<script>if (1 < 2) {}</script>")), None);
        for (file, text, said) in [
            ("x.html", page(" ", ""), "no title"),
            ("x.html", page("A", "{{ name }}"), "{{ was left"),
            ("x.html", page("A", "<p>a"), "</body> ends"),
            ("x.html", page("A", "a</p>"), "</p> ends"),
            ("x.html", page("A", "<p a=1 a=2></p>"), "line 1"),
            ("x.html", "<p>".to_owned(), "<p> is not closed"),
            ("x.txt", " \n".to_owned(), "empty"),
        ] {
            let found = fault(file, text.clone());
            assert!(
                found.as_ref().is_some_and(|found| found.contains(said)),
                "{text}: {found:?}"
            );
        }
    }
}
