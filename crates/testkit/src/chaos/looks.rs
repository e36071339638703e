//! Extracts the games that a response shows, from JSON and from pages.

use serde_json::Value;

use super::history::{read_title, read_words};

/// A game in a response; missing data is `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) game: u32,
    /// The version in its title.
    pub(super) version: u32,
    pub(super) price_cents: Option<i64>,
    /// Copies for sale.
    pub(super) qty: Option<i64>,
    pub(super) in_stock: Option<bool>,
    /// The version in its description.
    pub(super) words: Option<u32>,
}

/// Each game anywhere in a response.
pub(super) fn looks(text: &str) -> Vec<Look> {
    let mut found = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Ok(json) => in_json(&json, &mut found),
        Err(_) => in_page(text, &mut found),
    }
    found
}

fn in_json(json: &Value, found: &mut Vec<Look>) {
    match json {
        Value::Object(fields) => {
            if let Some((game, version)) = fields.get("title").and_then(Value::as_str).and_then(read_title) {
                found.push(Look {
                    game,
                    version,
                    price_cents: fields.get("price").map(|price| cents(&price.to_string())),
                    qty: fields.get("qty").and_then(Value::as_i64),
                    in_stock: fields.get("inStock").and_then(Value::as_bool),
                    words: fields.get("description").and_then(Value::as_str).and_then(read_words),
                });
            }
            fields.values().for_each(|value| in_json(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| in_json(value, found)),
        _ => {}
    }
}

/// The text from a game's title to the next title is about that game.
fn in_page(page: &str, found: &mut Vec<Look>) {
    let starts: Vec<usize> = page.match_indices("Chaos ").map(|(at, _)| at).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(page.len());
        let text = &page[*start..end];
        let Some((game, version)) = read_title(text) else {
            continue;
        };
        let price_cents = on_page(text);
        // A game in stock is shown with its price only.
        let in_stock = match price_cents {
            _ if text.contains("state-gone") => Some(false),
            Some(_) => Some(true),
            None => None,
        };
        found.push(Look {
            game,
            version,
            price_cents,
            qty: None,
            in_stock,
            words: read_words(text),
        });
    }
}

/// The price of one copy; a cart's totals are skipped.
fn on_page(text: &str) -> Option<i64> {
    if let Some((_, after)) = text.split_once("<p class=\"small\">€") {
        return Some(cents(after.split_once(" a copy")?.0));
    }
    if text.contains("line-sum") {
        return None;
    }
    let (_, after) = text.split_once("price\">€")?;
    let (euros, after) = after.split_once("<span class=\"cents\">.")?;
    Some(cents(&format!("{euros}.{}", after.get(..2)?)))
}

/// Cents of a number with at most two decimals.
fn cents(number: &str) -> i64 {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}{fraction:0<2}").parse().expect("a price")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_is_read_and_nothing_else() {
        let json = r#"{"data":[{"title":"Chaos 3 v16 Steam Key GLOBAL","price":17.5,"qty":0,"inStock":false,
            "description":"<p>The tale of game 3, as of v15.</p>"},{"title":"Chaos 4 v2"},{"title":"Another"}]}"#;
        let cards = r#"Chaos 5 v7</span><span class="price">€8<span class="cents">.16</span></span></a>
            <a>Chaos 6 v8</span><span class="price">€9<span class="cents">.18</span></span><span class="state state-gone">"#;
        let line = r#"Chaos 7 v9</a></h2><p class="small">€10.20 a copy</p> Remove Chaos 7 v9</span>
            <p class="line-sum price">€30<span class="cents">.60</span></p><span class="price">€30<span class="cents">.60"#;
        let said = |text: &str| {
            let all = looks(text).into_iter();
            all.map(|look| {
                (
                    look.game,
                    look.version,
                    look.price_cents,
                    look.qty,
                    look.in_stock,
                    look.words,
                )
            })
            .collect::<Vec<_>>()
        };
        let stock_known = (3, 16, Some(1_750), Some(0), Some(false), Some(15));
        assert_eq!(said(json), [stock_known, (4, 2, None, None, None, None)]);
        let (there, gone) = (Some(true), Some(false));
        let both = [
            (5, 7, Some(816), None, there, None),
            (6, 8, Some(918), None, gone, None),
        ];
        assert_eq!(said(cards), both);
        let once = [(7, 9, Some(1_020), None, there, None), (7, 9, None, None, None, None)];
        assert_eq!(said(line), once);
    }
}
