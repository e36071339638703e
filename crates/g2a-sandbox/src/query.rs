//! The query of `GET /v1/products`: its parameters, and the filter that they define.

use std::ops::RangeInclusive;

use crate::clock;

/// The conditions for products in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) id: Option<String>,
    min_qty: u32,
    price_from: u32,
    price_to: u32,
    out_of_stock: bool,
    updated: Option<RangeInclusive<i64>>,
}

/// A refused query: the supplier's code and message.
pub(crate) type Refused = (&'static str, &'static str);

impl Filter {
    /// The filter that keeps every product.
    pub(crate) fn everything() -> Filter {
        Filter {
            id: None,
            min_qty: 0,
            price_from: 0,
            price_to: u32::MAX,
            out_of_stock: true,
            updated: None,
        }
    }

    /// Parses a page number, from 1 to 500, and a filter; of a repeated parameter the last value counts.
    pub(crate) fn read(pairs: &[(String, String)]) -> Result<(u32, Filter), Refused> {
        let mut page = 1;
        let mut filter = Filter {
            out_of_stock: false,
            ..Filter::everything()
        };
        let (mut from, mut to) = (None, None);
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
                "minPriceFrom" => filter.price_from = cents(value).ok_or(("PR04", "Bad minPriceFrom."))?,
                "minPriceTo" => filter.price_to = cents(value).ok_or(("PR05", "Bad minPriceTo."))?,
                "includeOutOfStock" => {
                    filter.out_of_stock = value
                        .parse()
                        .map_err(|_| ("BR08", "Bad includeOutOfStock: true or false."))?;
                }
                "updatedAtFrom" => from = Some(clock::read(value).ok_or(("BR08", "Bad updatedAtFrom."))?),
                "updatedAtTo" => to = Some(clock::read(value).ok_or(("BR08", "Bad updatedAtTo."))?),
                _ => return Err(("BR08", "Unknown parameter.")),
            }
        }
        if from.is_some() || to.is_some() {
            filter.updated = Some(from.unwrap_or(i64::MIN)..=to.unwrap_or(i64::MAX));
        }
        Ok((page, filter))
    }

    /// Whether a product of this price (cents), stock and time (seconds since the epoch, 0 where it is empty) is in the
    /// list.
    pub(crate) fn keeps(&self, price: u32, qty: u32, updated: u32) -> bool {
        price >= self.price_from
            && price <= self.price_to
            && qty >= self.min_qty
            && (self.out_of_stock || qty > 0)
            && self
                .updated
                .as_ref()
                .is_none_or(|window| updated > 0 && window.contains(&i64::from(updated)))
    }
}

fn whole(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// Parses a decimal with at most two decimals as cents; `None` for anything else.
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
            let pairs = [(name.to_owned(), value.to_owned())];
            assert_eq!(Filter::read(&pairs).unwrap_err().0, code, "{name}={value}");
        }
        assert_eq!(cents("19.8"), Some(1980));
        assert_eq!(cents("5"), Some(500));
    }
}
