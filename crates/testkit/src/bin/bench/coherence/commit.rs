//! A commit with its touch and its notification, compared with the same commit without either.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::id::{GameId, OfferId};
use domain::touch::Touch;
use storage::Db;
use testkit::Kind;

use super::middle;
use crate::stage::shop::Filled;

const ROUNDS: usize = 7;
/// Commits of each kind in a round, one after the other.
const COMMITS: u32 = 200;

/// What a commit includes besides its change.
#[derive(Clone, Copy, PartialEq)]
enum Along {
    Nothing,
    Touch,
    TouchAndWord,
}

/// Measures and prints.
pub(super) async fn run(supplier: &Path) -> Result<()> {
    println!("\nA commit that changes a game, one after the other, the middle of {ROUNDS} rounds in turns");
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let shop = Filled::new(kind, supplier, 100).await?;
        let db = shop.database.open().await;
        let id = db.catalog().indexed_after(None, 1).await?.first().context("a game")?.id;
        let offer = db.offers().of_games(&[id]).await?.first().context("an offer")?.id;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let mut round = [0.0; 3];
            for (took, along) in round
                .iter_mut()
                .zip([Along::Nothing, Along::Touch, Along::TouchAndWord])
            {
                *took = commits(&db, (id, offer), along).await?.as_secs_f64() * 1e6 / f64::from(COMMITS);
            }
            rounds.push(round);
        }
        let of = |at: usize| middle(rounds.iter().map(|round| round[at]).collect());
        let ratio = |at: usize| middle(rounds.iter().map(|round| round[at] / round[0]).collect());
        println!("  {kind:?}: plain {:.0} µs", of(0));
        println!("    with its touch {:.0} µs, ratio {:.2}", of(1), ratio(1));
        if kind == Kind::Postgres {
            println!(
                "    and the word, waited for {:.0} µs, ratio {:.2} (the shop does not wait for it)",
                of(2),
                ratio(2)
            );
        }
    }
    Ok(())
}

async fn commits(db: &Db, (game, offer): (GameId, OfferId), along: Along) -> Result<Duration> {
    let begun = Instant::now();
    for number in 0..COMMITS {
        let mut tx = db.begin().await?;
        // One statement that changes a column of one row.
        tx.offers().set_fingerprints(&[(offer, number.into())]).await?;
        if along != Along::Nothing {
            tx.touch(Touch::Game(game));
        }
        tx.commit().await?;
        if along == Along::TouchAndWord {
            db.wake_others().await?;
        }
    }
    Ok(begun.elapsed())
}
