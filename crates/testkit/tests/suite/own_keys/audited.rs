//! An audit finds what is wrong with own keys, and invents nothing.

use testkit::{Kind, TestShop, on_both_databases};

use super::{broken, claim, games, run, stock, undo};

const COUNTED: &str = "an own offer has as many copies as its game has free keys";
const WORTH: &str = "the stock of keys is worth what the keys cost that are neither delivered nor withdrawn";
const HELD: &str = "a key that the shop holds is nobody else's, and one that was withdrawn is free to come again";
const OPENS: &str = "a sealed key opens in its place, and has the hash that it holds";

/// Faults, each with the promises that it breaks. Two keys of one game are free, one of another is claimed.
fn faults(kind: Kind) -> Vec<(String, Vec<&'static str>)> {
    let id = |at: u32| format!("(SELECT id FROM own_keys WHERE state = 'free' ORDER BY id LIMIT 1 OFFSET {at})");
    let (first, second) = (id(0), id(1));
    let set = |change: &str| format!("UPDATE own_keys SET {change} WHERE id = {first}");
    let (hash, bytes) = match kind {
        Kind::Sqlite => ("randomblob(32)", "randomblob(73)"),
        Kind::Postgres => ("sha256('x')", "sha256('x') || sha256('y')"),
    };
    vec![
        (
            "UPDATE offers SET supplier_qty = supplier_qty + 1 WHERE supplier = 'own'".to_owned(),
            vec![COUNTED],
        ),
        (set("cost_cents = 101"), vec![WORTH]),
        (set("cost_cents = NULL"), vec![WORTH]),
        (
            "UPDATE own_keys SET state = 'delivered' WHERE state = 'claimed'".to_owned(),
            vec![WORTH],
        ),
        (
            "UPDATE own_keys SET state = 'free' WHERE state = 'claimed'".to_owned(),
            vec![COUNTED],
        ),
        (set("state = 'withdrawn', sealed = NULL"), vec![COUNTED, WORTH, HELD]),
        (
            set("game_id = (SELECT game_id FROM own_keys WHERE state = 'claimed')"),
            vec![COUNTED, OPENS],
        ),
        (
            set(&format!("sealed = (SELECT sealed FROM own_keys WHERE id = {second})")),
            vec![OPENS],
        ),
        (
            format!("UPDATE key_owners SET hash = {hash} WHERE own_key_id = {first}"),
            vec![OPENS],
        ),
        (
            format!("DELETE FROM key_owners WHERE own_key_id = {first}"),
            vec![HELD, OPENS],
        ),
        (format!("UPDATE key_hashing SET sealed_key = {bytes}"), vec![OPENS]),
    ]
}

#[on_both_databases]
async fn each_fault_of_own_keys_is_found_and_none_is_invented(kind: Kind) {
    for (fault, promises) in faults(kind) {
        let shop = TestShop::filled(kind).await;
        let found = games(&shop, 2).await;
        stock(&shop, found[0], &["A", "B"], "1", Some(999_999)).await;
        let undone = stock(&shop, found[1], &["C"], "2", Some(999_999)).await;
        undo(&shop, undone).await.unwrap();
        stock(&shop, found[1], &["C"], "2", Some(999_999)).await;
        claim(&shop, found[1], 1).await.unwrap();
        assert_eq!(broken(&shop).await, [""; 0], "before {fault}");
        assert!(run(&shop, &fault).await > 0, "{fault}");
        assert_eq!(broken(&shop).await, promises, "{fault}");
    }
}
