//! Tests of single fields of a product: price and stock are read each by itself, fields without use refuse nothing.

use super::*;

/// A product with these values as they stand in its JSON; `None`: without the field.
fn with(qty: Option<&str>, min_price: Option<&str>, retail_min_price: Option<&str>) -> Product {
    let mut text = r#"{"id":"10000000024006","name":"A Steam Key GLOBAL""#.to_owned();
    for (name, value) in [
        ("qty", qty),
        ("minPrice", min_price),
        ("retail_min_price", retail_min_price),
    ] {
        if let Some(value) = value {
            text.push_str(&format!(r#","{name}":{value}"#));
        }
    }
    ListedProduct::written(format!("{text}}}").into()).read().unwrap()
}

#[test]
fn stock_and_prices_are_read_each_by_itself() {
    let (whole, money) = (Some("7"), Some("4.99"));
    for (text, reason) in [
        (None, BadMoney::Missing),
        (Some("null"), BadMoney::Missing),
        (Some("\"4.99\""), BadMoney::NotANumber),
        (Some("\"free\""), BadMoney::NotANumber),
        (Some("true"), BadMoney::NotANumber),
        (Some("[4.99]"), BadMoney::NotANumber),
        (Some("{}"), BadMoney::NotANumber),
        (Some("-1"), BadMoney::Negative),
        (Some("1e1"), BadMoney::Exponent),
        (Some("19.985"), BadMoney::SubCent),
        (Some("99999999999999"), BadMoney::TooLarge),
    ] {
        let product = with(whole, text, money);
        let read = (product.qty, product.min_price, product.retail_min_price);
        assert_eq!(read, (Ok(7), Err(reason), Ok(Cents(499))), "{text:?}");
        let product = with(whole, money, text);
        let read = (product.qty, product.min_price, product.retail_min_price);
        assert_eq!(read, (Ok(7), Ok(Cents(499)), Err(reason)), "{text:?}");
    }
    for (text, reason) in [
        (None, BadQuantity::Missing),
        (Some("null"), BadQuantity::Missing),
        (Some("\"7\""), BadQuantity::NotWhole),
        (Some("7.5"), BadQuantity::NotWhole),
        (Some("1e2"), BadQuantity::NotWhole),
        (Some("true"), BadQuantity::NotWhole),
        (Some("[]"), BadQuantity::NotWhole),
        (Some("99999999999999999999"), BadQuantity::NotWhole),
        (Some("-1"), BadQuantity::Negative),
    ] {
        let product = with(text, money, None);
        assert_eq!(
            (product.qty, product.min_price),
            (Err(reason), Ok(Cents(499))),
            "{text:?}"
        );
    }
    assert_eq!(with(Some("0"), Some("0"), None).min_price, Ok(Cents(0)));
    assert_eq!(with(whole, Some("19.989999999999998"), None).min_price, Ok(Cents(1999)));
}

/// Every field that is no identity, no stock and no price, of every shape that JSON has.
#[test]
fn no_field_that_only_decorates_refuses_a_product() {
    let fields = [
        "type",
        "slug",
        "availableToBuy",
        "retailMinBasePrice",
        "priceLimit",
        "thumbnail",
        "smallImage",
        "coverImage",
        "images",
        "description",
        "updated_at",
        "release_date",
        "region",
        "platform",
        "developer",
        "publisher",
        "categories",
        "restrictions",
        "requirements",
        "videos",
        "anything",
    ];
    let shapes = [
        "null",
        "true",
        "7",
        "-1.5e300",
        "\"\"",
        "\"x\"",
        "\"\\ud800\"",
        "[]",
        "[7,null,[{}],\"x\"]",
        "{}",
        "{\"id\":\"x\"}",
        "{\"minimal\":7,\"recommended\":[]}",
        "[{\"id\":null,\"name\":7,\"url\":{}}]",
    ];
    for field in fields {
        for shape in shapes {
            let text = format!(r#"{{"id":"1","name":"A","qty":7,"minPrice":4.99,"{field}":{shape}}}"#);
            let read = ListedProduct::written(text.into()).read();
            let product = read.unwrap_or_else(|bad| panic!("{field}: {shape}: {}", bad.reason));
            assert_eq!(
                (product.qty, product.min_price),
                (Ok(7), Ok(Cents(499))),
                "{field}: {shape}"
            );
        }
    }
}
