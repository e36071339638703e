//! Tests of the shown offer.

use uuid::Uuid;

use super::*;
use crate::suppliers::{Fulfilment, SupplierTerms};

fn offer(id: u128, supplier: &str, price: i64, qty: i64) -> Offer {
    Offer {
        id: OfferId(Uuid::from_u128(id)),
        game: GameId(Uuid::from_u128(1)),
        supplier: SupplierName::parse(supplier).unwrap(),
        product: ProductId::parse(&id.to_string()).unwrap(),
        cost: Cents::new(price),
        price: Cents::new(price),
        supplier_qty: qty,
        reserved: 0,
        hidden: false,
        parked: false,
        number: 1,
        fingerprint: 0,
        missed_at: None,
        supplier_updated_at: String::new(),
        observed_at: Timestamp::EPOCH,
    }
}

fn suppliers() -> Suppliers {
    let terms = |name: &str, rank, fulfilment| SupplierTerms {
        name: SupplierName::parse(name).unwrap(),
        rank,
        fulfilment,
    };
    let others = [
        terms("listed", 3, Fulfilment::None),
        terms("second", 2, Fulfilment::ByHand),
    ];
    others.into_iter().chain([SupplierTerms::g2a()]).collect()
}

/// The id of the shown one.
fn shown_of(offers: &[Offer]) -> Option<u128> {
    shown(offers, &suppliers()).map(|offer| offer.id.0.as_u128())
}

#[test]
fn the_cheapest_for_sale_is_shown_and_a_tie_goes_by_rank_then_by_id() {
    let (dear, cheap) = (offer(1, "g2a", 500, 3), offer(2, "second", 400, 1));
    assert_eq!(shown_of(&[dear, cheap.clone()]), Some(2));
    let tied = |supplier: &str, id| offer(id, supplier, 400, 9);
    assert_eq!(shown_of(&[cheap.clone(), tied("g2a", 7)]), Some(7), "by rank");
    assert_eq!(shown_of(&[cheap, tied("second", 7)]), Some(2), "by id");
    assert_eq!(shown_of(&[tied("g2a", 3), tied("own", 8)]), Some(8), "own keys first");
}

#[test]
fn what_is_not_for_sale_is_shown_only_where_nothing_is() {
    let dear = offer(1, "g2a", 500, 3);
    let spoiled: [fn(&mut Offer); 3] = [
        |offer| offer.supplier_qty = 0,
        |offer| offer.reserved = 9,
        |offer| offer.parked = true,
    ];
    for spoil in spoiled {
        let mut cheap = offer(2, "second", 400, 2);
        spoil(&mut cheap);
        assert_eq!(cheap.for_sale(&suppliers()), 0);
        assert_eq!(shown_of(&[dear.clone(), cheap.clone()]), Some(1));
        let sold_out = Offer {
            supplier_qty: 0,
            ..dear.clone()
        };
        assert_eq!(shown_of(&[sold_out, cheap]), Some(2), "the lowest price, sold out");
    }
    for nobodys in ["listed", "not-set-up"] {
        assert_eq!(shown_of(&[dear.clone(), offer(2, nobodys, 1, 9)]), Some(1), "{nobodys}");
    }
    let hidden = Offer {
        hidden: true,
        ..offer(2, "g2a", 1, 9)
    };
    assert_eq!(shown_of(&[dear, hidden.clone()]), Some(1));
    assert_eq!(shown_of(&[hidden]), None);
}

#[test]
fn own_keys_have_no_texts_and_never_lead() {
    let (own, g2a) = (offer(1, "own", 400, 9), offer(2, "g2a", 500, 3));
    let led = |offers: &[Offer]| leading(offers, &suppliers()).map(|offer| offer.id.0.as_u128());
    assert_eq!(led(&[own.clone(), g2a]), Some(2));
    assert_eq!(led(&[own]), None);
}
