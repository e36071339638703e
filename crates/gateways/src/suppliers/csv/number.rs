//! Prices and stocks as people write them, with the signs of the settings and no others.

use domain::money::Cents;

use super::{CsvFormat, CsvPrices, quoted};

/// A price with at most two decimals, for example `1.234,50`; of a feed with gross prices without its VAT.
///
/// # Errors
/// Why it is none.
pub(super) fn price(text: &str, format: &CsvFormat) -> Result<Cents, String> {
    let wrong = |why: &str| Err(format!("the price {}: {why}", quoted(text)));
    let text = text.trim();
    if text.is_empty() {
        return Err("the price is empty".to_owned());
    }
    if text.starts_with('-') {
        return wrong("negative");
    }
    let (whole, decimals) = match text.split_once(format.decimal) {
        Some((_, "")) => return wrong("not a number"),
        Some((whole, decimals)) => (whole, decimals),
        None => (text, ""),
    };
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong("not a number");
    }
    if decimals.len() > 2 {
        return wrong("more than two decimals");
    }
    let Some(whole) = digits(whole, format.thousands) else {
        return wrong("not a number");
    };
    let written = Cents::parse(&format!("{whole}.{decimals:0<2}"));
    let net = written.and_then(|price| match format.prices {
        CsvPrices::Net => Some(price),
        CsvPrices::Gross(rate) => price.without_vat(rate),
    });
    match net {
        Some(price) => Ok(price),
        None => wrong("too large"),
    }
}

/// A whole number.
///
/// # Errors
/// Why it is none.
pub(super) fn stock(text: &str, format: &CsvFormat) -> Result<i64, String> {
    let wrong = |why: &str| Err(format!("the stock {}: {why}", quoted(text)));
    let text = text.trim();
    if text.is_empty() {
        return Err("the stock is empty".to_owned());
    }
    if text.starts_with('-') {
        return wrong("negative");
    }
    match digits(text, format.thousands).map(|digits| digits.parse()) {
        Some(Ok(stock)) => Ok(stock),
        Some(Err(_)) => wrong("too large"),
        None => wrong("not a whole number"),
    }
}

/// The digits of a whole number; with the thousands sign only between groups of three digits.
fn digits(text: &str, thousands: Option<char>) -> Option<String> {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits(text) {
        return Some(text.to_owned());
    }
    let thousands = thousands?;
    // Programs write the space between groups as one where no line breaks.
    let is_sign = |c: char| c == thousands || (thousands == ' ' && matches!(c, '\u{a0}' | '\u{202f}'));
    let groups: Vec<&str> = text.split(is_sign).collect();
    let (first, rest) = groups.split_first()?;
    let grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    (grouped && groups.iter().all(|group| all_digits(group))).then(|| groups.concat())
}
