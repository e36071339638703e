//! `cargo xtask chaos coherence` applies all disturbances in an order determined by a seed, and checks every answer;
//! `cargo xtask chaos feed` lets two suppliers tell all lies in such an order, and checks what the shop makes of them.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: what it prints is what it is for"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use testkit::Kind;
use testkit::chaos::{FeedStage, InjectedFault, LieFor, Stage, episode, feed_episode, order};

/// How long each disturbance lasts.
const SPAN: Duration = Duration::from_secs(30);

/// How long both suppliers lie before everything is compared.
const LIES_SPAN: Duration = Duration::from_secs(60);
const USAGE: &str = "usage: chaos coherence [--minutes N] [--seed S] [--database sqlite|postgres] \
    [--without stamps|pulse|joined], or chaos feed [--minutes N] [--seed S] [--database sqlite|postgres] [--without parking]";

/// The command-line arguments.
struct Wanted {
    is_feed: bool,
    minutes: u64,
    seed: u64,
    kinds: Vec<Kind>,
    fault: InjectedFault,
    parks: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let wanted = read(std::env::args().skip(1))?;
    println!(
        "seed {} (the same seed applies the same disturbances in the same order)",
        wanted.seed
    );
    let mut violations = 0;
    for kind in wanted.kinds.clone() {
        violations += if wanted.is_feed {
            Box::pin(fed(kind, &wanted)).await
        } else {
            Box::pin(on(kind, wanted.minutes, wanted.seed, wanted.fault)).await
        };
    }
    println!("violations: {violations}");
    Ok(if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs whole rounds of all kinds of disturbance until the time is over: at least one.
async fn on(kind: Kind, minutes: u64, seed: u64, fault: InjectedFault) -> usize {
    let begun = Instant::now();
    println!("\n{kind:?}: three nodes, 40 games");
    let mut stage = Box::pin(Stage::set(kind, fault)).await;
    let mut violations = 0;
    for round in 0.. {
        let all = order(kind, seed + round);
        for (done, disturbance) in (1..).zip(&all) {
            let verdict = Box::pin(episode(&mut stage, *disturbance, SPAN, seed + round)).await;
            let (number, of, minute) = (round + 1, all.len(), begun.elapsed().as_secs() / 60);
            println!(
                "[{kind:?}, round {number}: {done} of {of} done, minute {minute} of at least {minutes}] {verdict}"
            );
            violations += verdict.violations.len();
            if round > 0 && is_over(begun, minutes) {
                return violations;
            }
        }
        if is_over(begun, minutes) {
            return violations;
        }
    }
    violations
}

/// Lets both suppliers tell all lies in other orders until the time is over: at least once.
async fn fed(kind: Kind, wanted: &Wanted) -> usize {
    let &Wanted {
        minutes, seed, parks, ..
    } = wanted;
    let begun = Instant::now();
    println!("\n{kind:?}: one node, 60 games of two suppliers");
    let mut stage = Box::pin(FeedStage::set(kind, seed, parks)).await;
    let mut violations = 0;
    for round in 0.. {
        let said = |lie: &str| println!("  {lie}");
        let verdict = Box::pin(feed_episode(
            &mut stage,
            LieFor::SpanAndEachOnce(LIES_SPAN),
            seed + round,
            said,
        ))
        .await;
        let (number, minute) = (round + 1, begun.elapsed().as_secs() / 60);
        println!("[{kind:?}, round {number} done, minute {minute} of at least {minutes}] {verdict}");
        violations += verdict.violations.len();
        if is_over(begun, minutes) {
            break;
        }
    }
    violations
}

fn is_over(begun: Instant, minutes: u64) -> bool {
    begun.elapsed() > Duration::from_secs(minutes * 60)
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Wanted> {
    let checker = arguments.next();
    let is_feed = checker.as_deref() == Some("feed");
    ensure!(is_feed || checker.as_deref() == Some("coherence"), USAGE);
    let mut wanted = Wanted {
        is_feed,
        minutes: 8,
        seed: u64::from(std::process::id()),
        kinds: vec![Kind::Postgres, Kind::Sqlite],
        fault: InjectedFault::Nothing,
        parks: true,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
        match (name.as_str(), value.as_str()) {
            ("--minutes", number) => wanted.minutes = number.parse()?,
            ("--seed", number) => wanted.seed = number.parse()?,
            ("--database", "sqlite") => wanted.kinds = vec![Kind::Sqlite],
            ("--database", "postgres") => wanted.kinds = vec![Kind::Postgres],
            ("--without", "parking") if is_feed => wanted.parks = false,
            ("--without", "stamps") if !is_feed => wanted.fault = InjectedFault::Stamps,
            ("--without", "pulse") if !is_feed => wanted.fault = InjectedFault::Pulse,
            ("--without", "joined") if !is_feed => wanted.fault = InjectedFault::Joined,
            _ => bail!("nobody knows what {name} {value} means"),
        }
    }
    Ok(wanted)
}

/// Every kind of disturbance has its turn in each order.
#[test]
fn an_order_follows_from_its_seed() {
    assert_eq!(order(Kind::Postgres, 7), order(Kind::Postgres, 7));
    assert_eq!(order(Kind::Postgres, 7).len(), testkit::chaos::Disturbance::ALL.len());
}
