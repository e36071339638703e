//! Tests of orders: the status that follows from the units, and lines that become one.

use super::*;

fn standing(state: UnitState, ended_by: Option<UnitEnd>) -> UnitStanding {
    UnitStanding {
        state,
        was_delivered: state == UnitState::Delivered,
        ended_by,
        is_paid_back: state == UnitState::Refunded,
    }
}

#[test]
fn the_status_follows_from_the_units() {
    let (ready, planned) = (standing(UnitState::Ready, None), standing(UnitState::Planned, None));
    let delivered = standing(UnitState::Delivered, None);
    let ended = |by| standing(UnitState::Refunded, Some(by));
    let taken_back = UnitStanding {
        was_delivered: true,
        ..ended(UnitEnd::Staff)
    };
    use OrderStatus::{Cancelled, Completed, Failed, Processing};
    use PaymentStatus::{Cancelled as Back, Completed as Paid};
    for (units, expected) in [
        (vec![ready], (Processing, Paid)),
        (vec![planned, delivered], (Processing, Paid)),
        (vec![planned, ended(UnitEnd::Customer)], (Processing, Paid)),
        (vec![delivered, ended(UnitEnd::Deadline)], (Completed, Paid)),
        (vec![taken_back, delivered], (Completed, Paid)),
        (vec![taken_back, taken_back], (Completed, Back)),
        (vec![ended(UnitEnd::Customer), ended(UnitEnd::Staff)], (Cancelled, Back)),
        (vec![ended(UnitEnd::Customer), ended(UnitEnd::Deadline)], (Failed, Back)),
        (vec![ended(UnitEnd::Refused), ended(UnitEnd::Customer)], (Failed, Back)),
        (vec![ended(UnitEnd::AccountHeld)], (Failed, Back)),
    ] {
        assert_eq!(status_of(&units), expected, "{units:?}");
    }
}

#[test]
fn lines_of_one_game_become_one_and_bad_ones_are_named() {
    let (one, other) = (GameId(Uuid::from_u128(1)), GameId(Uuid::from_u128(2)));
    let limits = OrderLimits {
        units: 5,
        amount: Cents::new(100_000),
    };
    let lines = merged(&[(one, 1), (other, 2), (one, 2)], limits).unwrap();
    let line = |game, quantity| OrderLine { game, quantity };
    assert_eq!(lines, [line(one, 3), line(other, 2)]);
    for (lines, why) in [
        (vec![], "must name at least one game"),
        (vec![(one, 0)], "quantity must be 1 or more"),
        (vec![(one, -1)], "quantity must be 1 or more"),
        (vec![(one, i64::MAX)], "quantity must be 1 or more"),
        (vec![(one, 3), (other, 3)], "an order has at most 5 copies"),
        (vec![(one, 4_294_967_295), (one, 1)], "an order has at most 5 copies"),
    ] {
        let refused = merged(&lines, limits).unwrap_err();
        assert_eq!(
            refused,
            Refusal::Invalid(vec![FieldError::new("items", why)]),
            "{lines:?}"
        );
    }
}
