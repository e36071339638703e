//! Tests of overrides: what staff set stays, what suppliers say is kept, and nothing else is accepted.

use uuid::Uuid;

use super::*;
use crate::catalog::GameFacts;
use crate::clock::Timestamp;
use crate::id::{GameId, OfferId, ProductId, SupplierName};
use crate::money::{BasisPoints, Cents};
use crate::offer::{Offer, OfferedGame};
use crate::supplier::{ProductFacts, SupplierProduct};
use crate::suppliers::Suppliers;
use crate::term::Aliases;

fn product(name: &str, price: i64, publisher: &str) -> ProductFacts {
    let product = SupplierProduct {
        id: ProductId::parse("1").unwrap(),
        name: name.to_owned(),
        price: Ok(Cents::new(price)),
        qty: Ok(5),
        description_html: "<p>Theirs</p>".to_owned(),
        image: String::new(),
        images: Vec::new(),
        release_date: Some("2015-11-10".to_owned()),
        platform: String::new(),
        region: String::new(),
        developer: String::new(),
        publisher: publisher.to_owned(),
        categories: vec!["RPG".to_owned()],
        online: false,
        requirements: crate::catalog::Requirements::default(),
        updated_at: String::new(),
    };
    product.into_game(BasisPoints::new(0), Timestamp::EPOCH).unwrap()
}

fn text(field: OverrideField, text: &str) -> OverrideChange {
    let value = field.accept(OverrideValue::Text(text.to_owned())).unwrap();
    OverrideChange {
        field,
        value: Some(value),
    }
}

fn cents(cents: i64) -> OverrideChange {
    let field = OverrideField::Price;
    let value = Some(field.accept(OverrideValue::Cents(cents)).unwrap());
    OverrideChange { field, value }
}

fn none(field: OverrideField) -> OverrideChange {
    OverrideChange { field, value: None }
}

/// A game with one offer of G2A's.
fn offered(said: &ProductFacts) -> OfferedGame {
    let (id, game) = (OfferId(Uuid::from_u128(1)), GameId(Uuid::from_u128(2)));
    let offer = Offer::new(id, game, SupplierName::g2a(), said, 7);
    let game = Game {
        id: game,
        slug: "a-game".to_owned(),
        facts: said.facts.clone(),
        tags: Vec::new(),
        hidden: false,
        created_at: Timestamp::EPOCH,
    };
    OfferedGame {
        game,
        offers: vec![offer],
        overrides: Overrides::default(),
    }
}

/// What a sync does that reads this product.
fn hear(held: &mut OfferedGame, said: &ProductFacts) {
    let suppliers = Suppliers::default();
    held.offers[0].take(said, 8);
    let id = held.offers[0].id;
    held.describe(id, said, &suppliers, &Aliases::default());
    held.settle(&suppliers);
}

fn change(held: &mut OfferedGame, changes: &[OverrideChange]) {
    held.override_fields(changes, &Suppliers::default());
}

#[test]
fn what_staff_set_survives_a_sync_and_what_suppliers_say_is_back_afterwards() {
    let mut held = offered(&product("Fallout 4 Steam Key GLOBAL", 1_900, "Bethesda"));
    let changes = [
        text(OverrideField::Title, " Our  Title "),
        text(OverrideField::Publisher, ""),
        cents(4_200),
    ];
    change(&mut held, &changes);
    let ours = |facts: &GameFacts| (facts.title.clone(), facts.publisher.clone(), facts.price.get());
    assert_eq!(ours(&held.game.facts), ("Our Title".to_owned(), None, 4_200));
    assert_eq!(held.game.facts.search_text, "our title");
    // The supplier changes all of it, and something else.
    let mut said = product("Fallout 5 Steam Key GLOBAL", 2_500, "Microsoft");
    said.facts.developer = Some("Obsidian".to_owned());
    hear(&mut held, &said);
    assert_eq!(ours(&held.game.facts), ("Our Title".to_owned(), None, 4_200));
    assert_eq!(held.game.facts.developer.as_deref(), Some("Obsidian"));
    // The overrides are removed: the supplier's latest values, without another sync.
    let fields = [OverrideField::Title, OverrideField::Publisher, OverrideField::Price];
    change(&mut held, &fields.map(none));
    assert_eq!(held.game.facts, said.facts);
    assert!(held.overrides.is_empty());
}

#[test]
fn a_second_override_of_a_field_keeps_what_the_supplier_says() {
    let said = product("Fallout 4 Steam Key GLOBAL", 1_900, "Bethesda");
    let mut held = offered(&said);
    change(&mut held, &[text(OverrideField::Title, "One")]);
    change(&mut held, &[text(OverrideField::Title, "Two")]);
    assert_eq!(held.game.facts.title, "Two");
    change(&mut held, &[none(OverrideField::Title)]);
    assert_eq!(held.game.facts, said.facts);
}

#[test]
fn what_is_withdrawn_stays_withdrawn_and_nothing_forces_a_game_to_be_shown() {
    let said = product("Fallout 4 Steam Key GLOBAL", 1_900, "Bethesda");
    let mut held = offered(&said);
    let hidden = |hidden| OverrideChange {
        field: OverrideField::Hidden,
        value: Some(OverrideValue::Flag(hidden)),
    };
    change(&mut held, &[hidden(true)]);
    assert!(held.game.hidden && !held.game.in_stock());
    hear(&mut held, &said);
    assert!(held.game.hidden);
    change(&mut held, &[hidden(false)]);
    assert!(!held.game.hidden && held.overrides.is_empty());
    held.offers[0].hidden = true;
    change(&mut held, &[hidden(false)]);
    assert!(held.game.hidden, "no supplier has it");
}

#[test]
fn what_a_game_cannot_have_is_refused() {
    use OverrideField as Field;
    let text = |text: &str| OverrideValue::Text(text.to_owned());
    let long = "x".repeat(301);
    let many = OverrideValue::Texts((0..101).map(|n| n.to_string()).collect());
    for (field, value) in [
        (Field::Title, text(" \u{200b}\n")),
        (Field::Title, text(&long)),
        (Field::Title, OverrideValue::Cents(1)),
        (Field::Price, OverrideValue::Cents(0)),
        (Field::Price, OverrideValue::Cents(100_000_001)),
        (Field::Price, text("1")),
        (Field::ReleaseDate, text("2015-13-01")),
        (Field::Publisher, text(&long)),
        (Field::Genres, many.clone()),
        (Field::Images, many),
        (Field::Genres, text("RPG")),
        (Field::Hidden, text("true")),
    ] {
        assert!(field.accept(value.clone()).is_err(), "{field:?}: {value:?}");
    }
    let names = OverrideValue::Texts(["RPG", " Action\u{7}Game ", "RPG", " "].map(str::to_owned).to_vec());
    let sorted = OverrideValue::Texts(["Action Game", "RPG"].map(str::to_owned).to_vec());
    assert_eq!(Field::Genres.accept(names), Ok(sorted));
    assert_eq!(Field::Title.accept(text("a\u{202e}\nb")), Ok(text("a b")));
}

#[test]
fn each_field_has_a_name_of_its_own() {
    for field in OverrideField::ALL {
        assert_eq!(OverrideField::parse(field.as_str()), Some(field));
    }
}
