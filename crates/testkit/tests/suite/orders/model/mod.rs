//! Random sequences of what customers, staff and time do to wallets, orders and keys: the shop and a model that fits on a
//! page come to the same balances, units and stock. A sequence for which they do not is shrunk to the shortest such one.

mod real;
mod reference;

use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine as _, StateMachineTest as _};
use testkit::{Kind, on_both_databases};

use real::Real;
use reference::Model;

/// Sequences that are tried.
const CASES: u32 = 12;
/// Deeds of a sequence.
const DEEDS: std::ops::Range<usize> = 10..50;

#[on_both_databases]
async fn the_shop_does_what_the_model_does(kind: Kind) {
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        // What fails is told here, and not written into the sources.
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let sequences = Model::sequential_strategy(DEEDS);
    let tried = tokio::task::block_in_place(|| {
        runner.run(&sequences, |(model, deeds, seen)| {
            let config = Config::default();
            match kind {
                Kind::Sqlite => Real::<false>::test_sequential(config, model, deeds, seen),
                Kind::Postgres => Real::<true>::test_sequential(config, model, deeds, seen),
            }
            Ok(())
        })
    });
    tried.unwrap_or_else(|found| panic!("{found}"));
}
