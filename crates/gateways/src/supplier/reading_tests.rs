//! Tests of what is read from a product.

use domain::catalog::GameFacts;
use domain::clock::Timestamp;
use domain::supplier::ProductFacts;

use super::*;

#[test]
fn a_description_keeps_its_words_and_loses_its_teeth() {
    let hostile = "<p onclick=\"x()\">Fast &amp; <b>loud</b></p><script>alert(1)</script><a href=\"javascript:x\">go</a><img src=x>";
    assert_eq!(safe_html(hostile.to_owned()), "<p>Fast &amp; <b>loud</b></p>go");
    assert_eq!(safe_html("a < b \0".to_owned()), "a &lt; b");
}

/// One product in which most of the rules take part. If this fails because a rule has changed, raise
/// [`fingerprint::RULES`], or shops go on showing what the old rule made; then write the new facts down here.
#[test]
fn whoever_changes_what_becomes_of_the_same_words_raises_the_rules() {
    let text = r#"{"id":"10000000024005","name":"Ведьмак 3\u0000 Steam Key  GLOBAL","qty":3,"minPrice":4.99,
        "coverImage":"javascript:x","smallImage":"https://images.example/1.jpg",
        "images":["https://images.example/2.jpg","data:x"],"updated_at":"2026-01-02 03:04:05",
        "description":"<p class='x'>Fast</p><h1>Big</h1><a href='x'>go</a><script>x()</script>",
        "release_date":"2015-13-09","developer":" CDP ","categories":[{"id":1,"name":"RPG"},{"id":2,"name":"Games"}],
        "restrictions":{"pegi_online":true},"requirements":{"minimal":{"reqmemory":"8 GB"}}}"#;
    let listed = ListedProduct::new(g2a::ListedProduct::written(text.into()), PriceField::MinPrice);
    let product = listed.read().unwrap();
    let facts = product.into_game(BasisPoints::new(200), Timestamp::EPOCH).unwrap();
    let expected = GameFacts {
        title: "Ведьмак 3 Steam Key GLOBAL".to_owned(),
        search_text: "vedmak 3 steam key global".to_owned(),
        description_html: "<p>Fast</p>Biggo".to_owned(),
        price: Cents::new(509),
        copies: 3,
        image: "https://images.example/1.jpg".to_owned(),
        images: vec!["https://images.example/2.jpg".to_owned()],
        release_date: None,
        region: Some("Global".to_owned()),
        activation_service: Some("Steam".to_owned()),
        platforms: vec!["Steam".to_owned()],
        developer: Some("CDP".to_owned()),
        publisher: None,
        multiplayer: true,
        requirements: Requirements {
            minimal: SystemRequirements {
                memory: "8 GB".to_owned(),
                ..SystemRequirements::default()
            },
            ..Requirements::default()
        },
        genres: vec!["RPG".to_owned()],
        categories: vec!["Games".to_owned(), "RPG".to_owned()],
    };
    let expected = ProductFacts {
        product: ProductId::parse("10000000024005").unwrap(),
        facts: expected,
        cost: Cents::new(499),
        supplier_updated_at: "2026-01-02 03:04:05".to_owned(),
        observed_at: Timestamp::EPOCH,
    };
    assert_eq!((fingerprint::RULES, facts), (2, expected));
}

#[test]
fn the_cost_is_the_price_that_the_setting_names_and_no_other_has_a_say() {
    let read = |text: &str, field| {
        let listed = ListedProduct::new(g2a::ListedProduct::written(text.into()), field);
        (listed.read().unwrap(), listed.fingerprint(BasisPoints::new(200)))
    };
    let text = r#"{"id":"1","name":"A","qty":"3","minPrice":4.99,"retail_min_price":"12.50"}"#;
    let (product, default) = read(text, PriceField::MinPrice);
    assert_eq!(product.price, Ok(Cents::new(499)));
    assert_eq!(product.qty, Err(Unreadable::new("qty: not a whole number")));
    let (product, retail) = read(text, PriceField::RetailMinPrice);
    assert_eq!(
        product.price,
        Err(Unreadable::new("retail_min_price: not a JSON number"))
    );
    assert_ne!(default, retail, "a changed setting reads every product anew");
    assert_eq!(
        default,
        fingerprint::of(text, BasisPoints::new(200), ""),
        "as before the setting was there"
    );
    let text = r#"{"id":"1","name":"A","qty":3,"minPrice":null,"retail_min_price":12.5}"#;
    assert_eq!(read(text, PriceField::RetailMinPrice).0.price, Ok(Cents::new(1250)));
}

#[test]
fn of_what_goes_on_without_end_a_page_has_its_share() {
    let many = |one: &str, count: usize| one.repeat(count);
    let categories: Vec<String> = (0..5_000).map(|id| format!(r#"{{"id":{id},"name":"{id}"}}"#)).collect();
    let text = format!(
        r#"{{"id":"1","name":"{}","qty":1,"minPrice":1,"images":[{}""],"categories":[{}],"updated_at":"{}",
        "restrictions":{{"pegi_x":{}1{}}},"requirements":{{"minimal":{{"reqother":"{}"}}}}}}"#,
        many("x", 100_000),
        many(r#""https://images.example/1.jpg","#, 5_000),
        categories.join(","),
        many("9", 100_000),
        many("[", 100),
        many("]", 100),
        many("é", 100_000),
    );
    let listed = g2a::ListedProduct::written(text.into());
    let product = ListedProduct::new(listed, PriceField::MinPrice).read().unwrap();
    assert_eq!(
        (product.images.len(), product.categories.len()),
        (IMAGES_MAX, CATEGORIES_MAX)
    );
    assert_eq!(
        product.requirements.minimal.other.chars().count(),
        REQUIREMENT_CHARS_MAX
    );
    assert_eq!(product.updated_at.len(), TIME_CHARS_MAX);
}

#[test]
fn only_addresses_of_pictures_are_kept() {
    assert!(is_picture("https://images.example/1.jpg"));
    assert!(!is_picture("javascript:alert(1)"));
    assert!(!is_picture("https://x/\" onerror=\"y"));
}
