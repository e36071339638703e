//! Checks the history of offers and runs against what the suppliers said: nothing that nobody said is sold, and no more is
//! hidden or lowered at once than allowed.

use super::records::{OfferVersion, Offers, RunRecord};
use super::world::{Named, Word, World};

/// No run may hide or halve more offers than this, unless they are at most this share of the offers for sale.
const AT_ONCE_MAX: usize = 10;
const PERCENT_AT_ONCE_MAX: usize = 20;

/// Everything that is wrong, each as a sentence.
pub(super) fn violations(offers: &Offers, runs: &[RunRecord], world: &World) -> Vec<String> {
    let mut all = unsaid(offers, runs, world);
    all.extend(unheard(offers, runs, world));
    all.extend(too_many_at_once(offers, runs));
    all.extend(unexplained(runs));
    all
}

/// Versions of offers that nothing the supplier said accounts for.
fn unsaid(offers: &Offers, runs: &[RunRecord], world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for (named, versions) in offers {
        for pair in versions.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let heard = world.heard(named, after.observed_at, after.committed_at);
            let values = |of: &OfferVersion| (of.cost, of.qty, of.hidden, of.parked);
            let offered = Word::Offered {
                cost: after.cost,
                qty: after.qty,
            };
            let is_told = heard.contains(&offered) || is_held_back((named, versions), (before, after), &heard, runs);
            if after.is_for_sale() && values(before) != values(after) && !is_told {
                wrong.push(said(
                    named,
                    after,
                    &format!("is for sale, and the supplier said {heard:?}"),
                ));
            }
            let is_sold_out = |word: &Word| matches!(word, Word::Unreadable | Word::Offered { qty: 0, .. });
            if before.qty > 0 && after.qty == 0 && !after.hidden && !heard.iter().any(is_sold_out) {
                wrong.push(said(
                    named,
                    after,
                    &format!("is sold out, and the supplier said {heard:?}"),
                ));
            }
            if !before.hidden && after.hidden {
                let from = run_of(named, after, runs).map_or(after.observed_at, |run| run.started_at);
                let heard = world.heard(named, from, after.committed_at);
                if !heard.contains(&Word::Gone) {
                    wrong.push(said(
                        named,
                        after,
                        &format!("was hidden, and the supplier said {heard:?}"),
                    ));
                }
            }
        }
    }
    wrong
}

/// Whether the supplier lowered the price below half: until its run ends, the offer keeps the one before.
fn is_held_back(
    (named, versions): (&Named, &[OfferVersion]),
    (before, after): (&OfferVersion, &OfferVersion),
    heard: &[Word],
    runs: &[RunRecord],
) -> bool {
    let is_lower =
        |word: &Word| matches!(word, Word::Offered { cost, qty } if *qty == after.qty && cost * 2 < after.cost);
    if before.cost != after.cost || !heard.iter().any(is_lower) {
        return false;
    }
    let Some((run, finished_at)) = run_of(named, after, runs).and_then(|run| Some((run, run.finished_at?))) else {
        return false;
    };
    let is_over = !matches!(run.outcome.as_deref(), None | Some("failed" | "stopped" | "abandoned"));
    let left = versions
        .iter()
        .rev()
        .find(|version| version.committed_at <= finished_at);
    !is_over || left.is_some_and(|left| !left.is_for_sale() || left.cost != after.cost)
}

/// What a run has read and not applied.
fn unheard(offers: &Offers, runs: &[RunRecord], world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for run in runs {
        let (Some(finished_at), Some(outcome)) = (run.finished_at, &run.outcome) else {
            continue;
        };
        let reads_all = !run.names_products
            && matches!(run.kind.as_str(), "full" | "stock")
            && matches!(outcome.as_str(), "complete" | "parked");
        if !reads_all || world.was_unsteady(run.supplier, run.started_at, finished_at) {
            continue;
        }
        let is_full = run.kind == "full";
        let mut gone = 0;
        let mut products = 0;
        for named in world.products(run.supplier) {
            products += 1;
            let only = world.only(named, run.started_at, finished_at);
            gone += usize::from(only == Some(Word::Gone));
            let versions = offers.get(named).map(Vec::as_slice).unwrap_or_default();
            let Some(left) = versions
                .iter()
                .rev()
                .find(|version| version.committed_at <= finished_at)
            else {
                continue;
            };
            match only {
                Some(Word::Unreadable) if left.is_for_sale() => {
                    wrong.push(said(
                        named,
                        left,
                        &format!("is for sale after a run that could not read it: {run:?}"),
                    ));
                }
                Some(Word::Offered { cost, qty }) if outcome == "complete" => {
                    let differs = (left.cost, left.qty) != (cost, qty) || left.hidden;
                    if differs && !left.parked && (is_full || !left.hidden) {
                        let offered =
                            format!("is not offered at {cost} cents, {qty} copies, after a complete run: {run:?}");
                        wrong.push(said(named, left, &offered));
                    }
                }
                _ => {}
            }
        }
        if is_full && outcome == "complete" && products > 0 && gone == products {
            wrong.push(format!("an empty list was taken for complete: {run:?}"));
        }
    }
    wrong
}

/// Runs that hid or halved more than allowed.
fn too_many_at_once(offers: &Offers, runs: &[RunRecord]) -> Vec<String> {
    let mut wrong = Vec::new();
    for run in runs {
        let (mut for_sale, mut hidden, mut halved) = (0, 0, 0);
        for (named, versions) in offers.iter().filter(|((supplier, _), _)| *supplier == run.supplier) {
            let Some(at) = versions
                .iter()
                .rposition(|version| version.committed_at < run.started_at)
            else {
                continue;
            };
            if !versions[at].is_for_sale() {
                continue;
            }
            for_sale += 1;
            let its = |version: &&OfferVersion| run_of(named, version, runs).is_some_and(|of| std::ptr::eq(of, run));
            let mut later = versions[at + 1..].iter().filter(its).peekable();
            hidden += usize::from(later.clone().any(|version| version.hidden));
            halved += usize::from(later.any(|version| version.is_for_sale() && version.price * 2 < versions[at].price));
        }
        for (many, what) in [(hidden, "hid"), (halved, "more than halved the prices of")] {
            if many > AT_ONCE_MAX && many * 100 > PERCENT_AT_ONCE_MAX * for_sale {
                wrong.push(format!("a run {what} {many} of {for_sale} offers for sale: {run:?}"));
            }
        }
    }
    wrong
}

/// Runs that ended and do not say how, or not why.
fn unexplained(runs: &[RunRecord]) -> Vec<String> {
    let ended = runs.iter().filter(|run| run.finished_at.is_some());
    let wrong = ended.filter_map(|run| match run.outcome.as_deref() {
        None => Some(format!("a run ended and does not say how: {run:?}")),
        Some("complete" | "stopped" | "abandoned" | "superseded") => None,
        Some(_) if run.is_explained => None,
        Some(outcome) => Some(format!("a run is {outcome} and does not say why: {run:?}")),
    });
    wrong.collect()
}

/// The run that wrote a version.
fn run_of<'r>(named: &Named, version: &OfferVersion, runs: &'r [RunRecord]) -> Option<&'r RunRecord> {
    let wrote = |run: &&RunRecord| {
        run.supplier == named.0
            && run.started_at <= version.committed_at
            && run.finished_at.is_none_or(|finished| version.committed_at <= finished)
    };
    runs.iter().rev().find(wrote)
}

fn said(named: &Named, version: &OfferVersion, wrong: &str) -> String {
    format!("{} {} {wrong}: {version:?}", named.0, named.1)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
