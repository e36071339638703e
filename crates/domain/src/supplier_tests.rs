//! Tests of what a product becomes.

use super::*;

fn product(name: &str, price: i64, qty: i64) -> SupplierProduct {
    SupplierProduct {
        id: ProductId::parse("10000000000001").unwrap(),
        name: name.to_owned(),
        price: Ok(Cents::new(price)),
        qty: Ok(qty),
        description_html: String::new(),
        image: String::new(),
        images: Vec::new(),
        release_date: Some("2015-11-09".to_owned()),
        platform: String::new(),
        region: String::new(),
        developer: String::new(),
        publisher: " Bethesda ".to_owned(),
        categories: vec!["RPG".to_owned(), "Games".to_owned(), "Games".to_owned(), String::new()],
        online: false,
        requirements: Requirements::default(),
        updated_at: String::new(),
    }
}

fn game(product: &SupplierProduct) -> Result<GameFacts, NotForSale> {
    let product = product.clone().into_game(BasisPoints::new(200), Timestamp::EPOCH)?;
    Ok(product.facts)
}

#[test]
fn empty_fields_are_read_from_the_name() {
    let facts = game(&product("Fallout 4  Steam Key GLOBAL", 989, 322)).unwrap();
    assert_eq!(facts.title, "Fallout 4 Steam Key GLOBAL");
    assert_eq!(facts.price, Cents::new(1_009));
    assert_eq!(
        (facts.activation_service.as_deref(), facts.region.as_deref()),
        (Some("Steam"), Some("Global"))
    );
    assert_eq!((facts.developer, facts.publisher.as_deref()), (None, Some("Bethesda")));
    assert_eq!(
        (facts.genres, facts.categories),
        (vec!["RPG".to_owned()], vec!["Games".to_owned(), "RPG".to_owned()])
    );
}

#[test]
fn fields_win_over_the_name_also_when_unknown() {
    let mut spoken = product("Fallout 4 Steam Key GLOBAL", 989, 1);
    (spoken.platform, spoken.region) = ("XBOX LIVE".to_owned(), "Atlantis".to_owned());
    let facts = game(&spoken).unwrap();
    assert_eq!(
        (facts.activation_service.as_deref(), facts.region.as_deref()),
        (Some("Xbox Live"), Some("Atlantis"))
    );
}

#[test]
fn what_cannot_be_true_is_refused_with_its_reason() {
    let refused = |product: &SupplierProduct| game(product).unwrap_err().0;
    assert_eq!(refused(&product(" ", 1, 1)), [BadProduct::NoName]);
    assert_eq!(refused(&product("x", 0, 1)), [BadProduct::PriceTooLow(Cents::ZERO)]);
    assert_eq!(
        refused(&product("x", i64::MAX, 1)),
        [BadProduct::PriceTooHigh(Cents::new(i64::MAX))]
    );
    assert_eq!(refused(&product("x", 1, -1)), [BadProduct::BadQty(-1)]);
}

#[test]
fn what_cannot_be_read_is_told_beside_what_cannot_be_true() {
    let mut odd = product("x", 1, -1);
    odd.price = Err(Unreadable::new("minPrice: missing"));
    let why = game(&odd).unwrap_err();
    assert_eq!(
        why.to_string(),
        "minPrice: missing; the stock -1 is not between 0 and 1000000000"
    );
    (odd.price, odd.qty) = (Ok(Cents::new(0)), Err(Unreadable::new("qty: missing")));
    assert_eq!(
        game(&odd).unwrap_err().to_string(),
        "the price is 0.00, which is not above zero; qty: missing"
    );
}

#[test]
fn a_day_that_is_none_is_left_out() {
    let mut odd = product("x", 1, 1);
    odd.release_date = Some("2015-13-09".to_owned());
    assert_eq!(game(&odd).unwrap().release_date, None);
}
