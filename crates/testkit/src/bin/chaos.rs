//! `cargo xtask chaos coherence`: applies all disturbances in an order determined by a seed, and checks every answer.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: what it prints is what it is for"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use testkit::Kind;
use testkit::chaos::{InjectedFault, Stage, episode, order};

/// How long each disturbance lasts.
const SPAN: Duration = Duration::from_secs(30);

/// The command-line arguments.
struct Wanted {
    minutes: u64,
    seed: u64,
    kinds: Vec<Kind>,
    fault: InjectedFault,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let wanted = read(std::env::args().skip(1))?;
    println!(
        "seed {} (the same seed applies the same disturbances in the same order)",
        wanted.seed
    );
    let mut violations = 0;
    for kind in wanted.kinds {
        violations += Box::pin(on(kind, wanted.minutes, wanted.seed, wanted.fault)).await;
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

fn is_over(begun: Instant, minutes: u64) -> bool {
    begun.elapsed() > Duration::from_secs(minutes * 60)
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Wanted> {
    ensure!(
        arguments.next().as_deref() == Some("coherence"),
        "usage: chaos coherence [--minutes N] [--seed S] [--database sqlite|postgres] [--without stamps|pulse|joined]"
    );
    let mut wanted = Wanted {
        minutes: 8,
        seed: u64::from(std::process::id()),
        kinds: vec![Kind::Postgres, Kind::Sqlite],
        fault: InjectedFault::Nothing,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
        match (name.as_str(), value.as_str()) {
            ("--minutes", number) => wanted.minutes = number.parse()?,
            ("--seed", number) => wanted.seed = number.parse()?,
            ("--database", "sqlite") => wanted.kinds = vec![Kind::Sqlite],
            ("--database", "postgres") => wanted.kinds = vec![Kind::Postgres],
            ("--without", "stamps") => wanted.fault = InjectedFault::Stamps,
            ("--without", "pulse") => wanted.fault = InjectedFault::Pulse,
            ("--without", "joined") => wanted.fault = InjectedFault::Joined,
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
