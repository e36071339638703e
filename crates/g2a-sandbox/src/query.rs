//! The query of `GET /v1/products`: what it may hold, and what it lets through.

use std::collections::HashMap;

use crate::catalogue::Facts;
use crate::clock;

/// What a list is cut down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) id: Option<String>,
    min_qty: u32,
    price_from: Option<u32>,
    price_to: Option<u32>,
    out_of_stock: bool,
    updated_from: Option<i64>,
    updated_to: Option<i64>,
}

/// A refused query: the supplier's code and words.
pub(crate) type Refused = (&'static str, &'static str);

impl Filter {
    /// Reads a page number, from 1 to 500, and a filter.
    pub(crate) fn read(pairs: &HashMap<String, String>) -> Result<(u32, Filter), Refused> {
        let mut page = 1;
        let mut filter = Filter::default();
        for (name, value) in pairs {
            match name.as_str() {
                "page" => {
                    page = whole(value)
                        .filter(|page| (1..=500).contains(page))
                        .ok_or(("PR02", "Bad page: 1 to 500."))?;
                }
                "id" => {
                    let right = value.len() == 14 && value.bytes().all(|byte| byte.is_ascii_digit());
                    filter.id = Some(right.then(|| value.clone()).ok_or(("PR01", "Bad id: 14 digits."))?);
                }
                "minQty" => filter.min_qty = whole(value).ok_or(("PR03", "Bad minQty."))?,
                "minPriceFrom" => filter.price_from = Some(cents(value).ok_or(("PR04", "Bad minPriceFrom."))?),
                "minPriceTo" => filter.price_to = Some(cents(value).ok_or(("PR05", "Bad minPriceTo."))?),
                "includeOutOfStock" => {
                    filter.out_of_stock = value
                        .parse()
                        .map_err(|_| ("BR08", "Bad includeOutOfStock: true or false."))?;
                }
                "updatedAtFrom" => {
                    filter.updated_from = Some(clock::read(value).ok_or(("BR08", "Bad updatedAtFrom."))?);
                }
                "updatedAtTo" => filter.updated_to = Some(clock::read(value).ok_or(("BR08", "Bad updatedAtTo."))?),
                _ => return Err(("BR08", "Unknown parameter.")),
            }
        }
        Ok((page, filter))
    }

    pub(crate) fn keeps(&self, facts: &Facts) -> bool {
        (self.out_of_stock || facts.qty > 0)
            && facts.qty >= self.min_qty
            && self.price_from.is_none_or(|from| facts.price >= from)
            && self.price_to.is_none_or(|to| facts.price <= to)
            && self
                .updated_from
                .is_none_or(|from| facts.updated.is_some_and(|updated| updated >= from))
            && self
                .updated_to
                .is_none_or(|to| facts.updated.is_some_and(|updated| updated <= to))
    }
}

fn whole(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// Cents of a decimal text with at most two decimals; `None` for everything else.
pub(crate) fn cents(text: &str) -> Option<u32> {
    let (euros, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(euros) || !digits(rest) || rest.len() > 2 {
        return None;
    }
    euros
        .parse::<u32>()
        .ok()?
        .checked_mul(100)?
        .checked_add(format!("{rest:0<2}").parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_parameter_has_its_code() {
        for (name, value, code) in [
            ("page", "0", "PR02"),
            ("page", "501", "PR02"),
            ("page", "x", "PR02"),
            ("page", "", "PR02"),
            ("id", "12", "PR01"),
            ("minQty", "-1", "PR03"),
            ("minPriceFrom", "1,5", "PR04"),
            ("minPriceTo", "1.234", "PR05"),
            ("includeOutOfStock", "yes", "BR08"),
            ("updatedAtFrom", "2026-01-02", "BR08"),
            ("colour", "red", "BR08"),
        ] {
            let pairs = HashMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(Filter::read(&pairs).unwrap_err().0, code, "{name}={value}");
        }
        assert_eq!(cents("19.8"), Some(1980));
        assert_eq!(cents("5"), Some(500));
    }
}
