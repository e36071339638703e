//! The page of exchanges: how it is written, and how it is read.

use serde_json::{Map, Value};

use super::pattern;

/// Exchanges with one supplier.
#[derive(Debug)]
pub(crate) struct Chapter {
    /// What the supplier is told at its start.
    pub(crate) settings: Map<String, Value>,
    pub(crate) exchanges: Vec<Exchange>,
}

/// One request and the answer to it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Where its heading stands, from 1.
    pub(crate) line: usize,
    pub(crate) heading: String,
    /// Asked again until the answer is right, for a few seconds.
    pub(crate) patient: bool,
    /// Method and path.
    pub(crate) request: String,
    pub(crate) headers: Vec<String>,
    /// With its length announced; `None`: neither a body nor a length.
    pub(crate) body: Option<String>,
    /// The status; 0: the line breaks without an answer.
    pub(crate) status: u16,
    /// One text that the answer contains.
    pub(crate) contains: Option<String>,
    /// The answer's JSON, with placeholders; empty: it is not looked at.
    pub(crate) pattern: String,
}

/// Reads a page; the error names the line.
pub(crate) fn read(text: &str) -> Result<Vec<Chapter>, String> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut answered = false;
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |what: &str| format!("line {number}: {what}: `{line}`");
        if let Some(settings) = line.strip_prefix("=== ") {
            let settings = settings
                .split_once('{')
                .map_or("{}".into(), |(_, rest)| format!("{{{rest}"));
            chapters.push(Chapter {
                settings: serde_json::from_str(&settings).map_err(|error| wrong(&error.to_string()))?,
                exchanges: Vec::new(),
            });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let chapter = chapters
            .last_mut()
            .ok_or_else(|| wrong("this stands before any chapter"))?;
        if let Some(heading) = line.strip_prefix("== ") {
            chapter.exchanges.push(Exchange {
                line: number,
                heading: heading.to_owned(),
                ..Exchange::default()
            });
            answered = false;
            continue;
        }
        let exchange = chapter
            .exchanges
            .last_mut()
            .ok_or_else(|| wrong("this stands before any exchange"))?;
        if answered {
            match line.strip_prefix("~ ") {
                Some(text) => exchange.contains = Some(text.to_owned()),
                None => exchange.pattern.push_str(line),
            }
        } else if let Some(status) = line.strip_prefix("<= ") {
            exchange.status = match status {
                "nothing" => 0,
                status => status.parse().map_err(|_| wrong("no status"))?,
            };
            answered = true;
        } else if line == "@ until it is so" {
            exchange.patient = true;
        } else if let Some(body) = line.strip_prefix('>') {
            exchange.body = Some(body.trim_start().to_owned());
        } else if exchange.request.is_empty() {
            exchange.request = line.to_owned();
        } else if line.contains(": ") {
            exchange.headers.push(line.to_owned());
        } else {
            return Err(wrong("neither a header nor a body"));
        }
    }
    chapters
        .iter()
        .flat_map(|chapter| &chapter.exchanges)
        .try_for_each(checked)?;
    Ok(chapters)
}

fn checked(exchange: &Exchange) -> Result<(), String> {
    let wrong = |what: String| Err(format!("line {}, `{}`: {what}", exchange.line, exchange.heading));
    if exchange.request.split(' ').count() != 2 {
        return wrong("the request is a method and a path".into());
    }
    if exchange.pattern.is_empty() {
        return Ok(());
    }
    // Captures are put in later; a pattern is JSON with or without them, for they stand in texts.
    match serde_json::from_str(&exchange.pattern) {
        Ok(json) => pattern::check(&json).or_else(wrong),
        Err(error) => wrong(error.to_string()),
    }
}
