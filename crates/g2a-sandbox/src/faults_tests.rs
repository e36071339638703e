//! Tests of the faults' JSON: what is accepted, what is refused, and how long a fault lasts.

use super::*;

fn read(faults: &Value) -> Result<Faults, String> {
    Faults::read(faults.to_string().as_bytes())
}

#[test]
fn each_fault_has_a_short_and_a_long_form() {
    for (short, long) in [
        (json!({"latencyMs": 80}), json!({"latencyMs": {"ms": 80}})),
        (json!({"notReady": 3}), json!({"notReady": {"count": 3}})),
        (json!({"dropAfter": true}), json!({"dropAfter": {}})),
        (json!({"replyLateMs": 9}), json!({"replyLateMs": {"ms": 9}})),
        (json!({"detailsLagMs": 9}), json!({"detailsLagMs": {"ms": 9}})),
        (json!({"purse": 12.5}), json!({"purse": 12.50})),
        (json!({"dropAfter": false}), json!({})),
        (
            json!({"status": 502, "code": "ORD122"}),
            json!({"status": {"status": 502, "code": "ORD122"}}),
        ),
    ] {
        let written = |faults: &Value| format!("{:?}", read(faults).unwrap());
        assert_eq!(written(&short), written(&long));
    }
    for wrong in [
        json!({"status": 200}),
        json!({"code": "ORD122"}),
        json!({"latencyMs": {"millis": 1}}),
        json!({"dropAfter": {"after": true}}),
        json!({"notReady": {"calls": ["pay"]}}),
        json!({"truncate": {"count": 1, "probability": 0.5}}),
        json!({"weather": true}),
        json!({"purse": -1}),
        json!({"purse": 1.005}),
        json!({"purse": "much"}),
        json!({"wrongPrice": {"calls": ["pay"]}}),
        json!({"emptyKey": {"calls": ["order"]}}),
        json!({"detailsLagMs": {"calls": ["key"]}}),
        json!({"unreadable": true}),
        json!({"unreadable": {"share": 0.5}}),
        json!({"unreadable": {"share": 2, "field": "qty", "value": -1}}),
        json!({"emptyList": {"share": 0.5}}),
        json!({"emptyList": {"calls": ["order"]}}),
        json!({"pricesTenth": {"share": 0.5}}),
    ] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_count_runs_out_and_spares_other_calls() {
    let mut faults = read(&json!({"dropAfter": {"count": 2, "calls": ["pay"]}})).unwrap();
    let mut dice = Dice::new(1, 1);
    let mut hits = |call| faults.draw_effects(call, &mut dice).drop_after;
    assert!(!hits(Call::Key) && hits(Call::Pay) && !hits(Call::Order) && hits(Call::Pay) && !hits(Call::Pay));
}
