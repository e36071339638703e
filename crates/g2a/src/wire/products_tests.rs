//! What the translation from the wire accepts, refuses and survives.

use std::path::Path;

use proptest::prelude::*;

use super::super::WireError;
use super::*;
use crate::ProductsPage;

fn read_page(body: &[u8]) -> Result<ProductsPage, Error> {
    read_listing(body).map(|listing| listing.read())
}

const SMALL: &str = r#"{"total":93,"page":1,"new":[1],"docs":[
    {"id":"10000000024005","name":"Random 5 Keys Steam Key GLOBAL","type":"","qty":3,"minPrice":4.99,"extra":{"a":1},
     "retail_min_price":9.25,"updated_at":"","description":null,"restrictions":{"pegi_violence":true,"pegi_sex":false},
     "categories":[{"id":189,"name":"Games"},{"id":189,"name":"Games"},{"id":7,"name":"RPG"}],
     "requirements":{"minimal":{"reqmemory":"8 GB"},"recommended":[]},"videos":[{"type":"YOUTUBE","url":"https://example.org/v"}]},
    {"id":"10000000024006","name":"Broken","qty":3,"minPrice":"4.99"},
    {"id":10000000024007,"name":"Broken","qty":3,"minPrice":4.99},
    {"id":"10000000024008","name":"Bare","qty":0,"minPrice":11}]}"#;

#[test]
fn one_malformed_product_does_not_spoil_the_page() {
    let page = read_page(SMALL.as_bytes()).unwrap();
    assert_eq!((page.total, page.page, page.products.len()), (93, 1, 4));
    let first = page.products[0].as_ref().unwrap();
    assert_eq!(
        (first.min_price, first.retail_min_price),
        (Ok(Cents(499)), Ok(Cents(925)))
    );
    assert_eq!(
        first.categories.iter().map(|category| category.id).collect::<Vec<_>>(),
        [189, 7]
    );
    assert_eq!(first.restrictions, ["violence"]);
    assert_eq!(first.requirements.minimal.memory, "8 GB");
    assert_eq!((first.updated_at.as_ref(), first.description.as_ref()), (None, None));
    assert_eq!(first.videos[0].kind, "YOUTUBE");
    let second = page.products[1].as_ref().unwrap();
    assert_eq!(second.id, "10000000024006");
    assert_eq!((second.min_price, second.qty), (Err(BadMoney::NotANumber), Ok(3)));
    assert_eq!(page.products[2].as_ref().unwrap_err().id, None);
    assert_eq!(page.products[3].as_ref().unwrap().min_price, Ok(Cents(1100)));
}

#[test]
fn the_recorded_page_is_read_whole_where_it_is_at_hand() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/g2a-products-page-1.json");
    let Ok(body) = std::fs::read(path) else { return };
    every_product_says_what_its_json_says(&body);
    let page = read_page(&body).unwrap();
    assert_eq!((page.total, page.page, page.products.len()), (93, 1, 20));
    let products: Vec<_> = page.products.into_iter().map(Result::unwrap).collect();
    let prices: Vec<_> = products.iter().map(|product| product.min_price.unwrap().0).collect();
    assert_eq!(
        prices,
        [
            499, 199, 550, 648, 250, 799, 443, 1100, 199, 847, 1900, 1989, 989, 1999, 1790, 299, 148, 325, 185, 99
        ]
    );
    assert_eq!(products[2].release_date.as_deref(), Some("2016-11-18"));
    assert_eq!(products[2].developer, "Tripwire Interactive");
    assert!(
        products
            .iter()
            .all(|product| product.updated_at.is_none() && !product.available_to_buy)
    );
}

#[test]
fn reasons_are_bounded_and_on_one_line() {
    let name = "x\\n".repeat(400);
    let body = format!(r#"{{"total":1,"page":1,"docs":[{{"id":"1","name":["{name}"],"minPrice":1,"qty":1}}]}}"#);
    let page = read_page(body.as_bytes()).unwrap();
    let reason = &page.products[0].as_ref().unwrap_err().reason;
    assert!(reason.chars().count() <= 200 && !reason.contains('\n'));
}

#[test]
fn bodies_that_are_no_page_are_refused() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"total":1,"page":1}"#,
        r#"{"total":-1,"page":1,"docs":[]}"#,
        &SMALL[..300],
    ] {
        assert!(
            matches!(read_page(body.as_bytes()), Err(Error::Malformed { .. })),
            "{body}"
        );
    }
    let deep = format!(
        r#"{{"total":1,"page":1,"docs":[{}{}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    if let Ok(page) = read_page(deep.as_bytes()) {
        assert!(page.products[0].is_err());
    }
}

#[test]
fn only_a_well_formed_error_is_taken_for_one() {
    let read = |body: &str| WireError::read(body.as_bytes());
    assert_eq!(
        read(r#"{"status":"ERROR","message":"m","code":"BR03"}"#),
        Some(("BR03".into(), "m".into()))
    );
    assert_eq!(
        read(r#"{"status":"ERROR","code":7}"#),
        Some(("7".into(), String::new()))
    );
    for body in [
        "",
        "<html>",
        r#"{"status":"OK","code":"X"}"#,
        r#"{"status":"ERROR"}"#,
        r#"{"status":"ERROR","code":""}"#,
    ] {
        assert_eq!(read(body), None, "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_noise_is_never_a_page(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read_page(&body).is_err());
        prop_assert!(WireError::read(&body).is_none());
    }

    #[test]
    fn a_page_with_one_byte_changed_never_panics(at in 0usize..SMALL.len(), byte in any::<u8>()) {
        let mut body = SMALL.as_bytes().to_vec();
        body[at] = byte;
        if let Ok(page) = read_page(&body) {
            prop_assert!(serde_json::from_slice::<Box<serde_json::value::RawValue>>(&body).is_ok());
            prop_assert!(page.products.iter().flatten().all(|product| is_product_id(&product.id)));
        }
    }

    #[test]
    fn every_prefix_of_a_page_is_refused(length in 0usize..SMALL.len()) {
        prop_assert!(read_page(&SMALL.as_bytes()[..length]).is_err());
    }
}

/// Field by field against a reader of its own: plain JSON values, prices compared as the text that stands there.
fn every_product_says_what_its_json_says(body: &[u8]) {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap();
    let page = read_page(body).unwrap();
    for (doc, product) in json["docs"].as_array().unwrap().iter().zip(page.products) {
        let product = product.unwrap();
        let text = |name: &str| doc[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            [
                product.id,
                product.name,
                product.kind,
                product.slug,
                product.thumbnail,
                product.small_image,
                product.cover_image,
                product.region,
                product.platform,
                product.developer,
                product.publisher,
                product.updated_at.unwrap_or_default(),
                product.release_date.unwrap_or_default(),
                product.description.unwrap_or_default(),
            ],
            [
                "id",
                "name",
                "type",
                "slug",
                "thumbnail",
                "smallImage",
                "coverImage",
                "region",
                "platform",
                "developer",
                "publisher",
                "updated_at",
                "release_date",
                "description"
            ]
            .map(text)
        );
        let price = |name: &str| format!("{:.2}", doc[name].to_string().parse::<f64>().unwrap());
        assert_eq!(product.min_price.unwrap().to_string(), price("minPrice"));
        assert_eq!(product.retail_min_price.unwrap().to_string(), price("retail_min_price"));
        assert_eq!(product.qty.ok(), doc["qty"].as_i64());
        assert_eq!(product.available_to_buy, doc["availableToBuy"].as_bool().unwrap());
        let images: Vec<_> = doc["images"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|url| url.as_str())
            .collect();
        assert_eq!(product.images, images);
        for category in product.categories {
            let same = |doc: &serde_json::Value| doc["id"] == category.id && doc["name"] == *category.name;
            assert!(doc["categories"].as_array().unwrap().iter().any(same));
        }
        let true_ones = doc["restrictions"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, flag)| **flag == true);
        let mut flags: Vec<_> = true_ones.filter_map(|(name, _)| name.strip_prefix("pegi_")).collect();
        flags.sort_unstable();
        assert_eq!(product.restrictions, flags);
    }
}
