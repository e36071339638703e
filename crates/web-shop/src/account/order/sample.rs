//! An order for the tests of templates.

use domain::id::OrderId;
use domain::money::Cents;
use domain::order::{Order, OrderEvent, OrderUnit};
use domain::own_key::KeyText;
use domain::refusal::Refusal;
use domain::unit::UnitState;
use uuid::Uuid;

use super::super::AccountLayout;
use super::{OrderPage, Outcome};

pub(crate) fn sample_order() -> Order {
    use domain::id::{UnitId, UserId};
    use domain::order::{OrderItem, OrderStatus, PaymentStatus};
    use domain::order_number::OrderNumber;

    let game = domain::cart::ListedGame::from(&fixtures::game());
    let unit = |number, state, seen: bool| OrderUnit {
        id: UnitId(Uuid::from_u128(number)),
        game: game.id,
        paid: Cents::new(1_938),
        refunded: if state == UnitState::Refunded {
            Cents::new(1_938)
        } else {
            Cents::ZERO
        },
        state,
        key: (state != UnitState::Planned).then(|| Uuid::from_u128(number)),
        revealed_at: seen.then(fixtures::now),
    };
    Order {
        id: OrderId(Uuid::nil()),
        number: OrderNumber::from_chance([7; 8]),
        user: UserId(Uuid::nil()),
        status: OrderStatus::Processing,
        payment: PaymentStatus::Completed,
        subtotal: Cents::new(7_752),
        total: Cents::new(7_752),
        created_at: fixtures::now(),
        completed_at: None,
        units: vec![
            unit(1, UnitState::Planned, false),
            unit(2, UnitState::Delivered, false),
            unit(3, UnitState::Delivered, true),
            unit(4, UnitState::Refunded, false),
        ],
        items: vec![OrderItem {
            id: Uuid::nil(),
            game,
            quantity: 4,
            price: Cents::new(1_938),
        }],
    }
}

pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::id::UnitId;

    let order = sample_order();
    let event = |unit, event: &str| OrderEvent {
        at: fixtures::now(),
        unit,
        event: event.to_owned(),
        actor: "customer".to_owned(),
        reason: String::new(),
    };
    let events = [
        event(None, "ordered"),
        event(Some(UnitId(Uuid::from_u128(2))), "delivered"),
    ];
    let account = AccountLayout::new(&fixtures::site(), "/account/orders", "Your order", Some("Thank you"));
    let shown = Outcome {
        shown: KeyText::parse("ABC<DE").ok().map(|key| (Uuid::from_u128(3), key)),
        problem: None,
    };
    let refused = Outcome {
        shown: None,
        problem: Some(Refusal::ProofTooOld.into()),
    };
    let pages = [Outcome::default(), shown, refused].map(|outcome| OrderPage::of(&account, &order, &events, &outcome));
    pages.iter().map(template_checks::Sample::of).collect()
}
