//! Checks a response against the history of commits: what is wrong with it, and how old it was.

use std::collections::HashMap;

use super::OLD_MAX;
use super::history::{Truth, Version};
use super::readers::{Missing, Seen, Shown};

/// The maximum age of a response, in microseconds.
fn limit() -> i64 {
    i64::try_from(OLD_MAX.as_micros()).unwrap_or(i64::MAX)
}

/// What all answers of an episode come to.
#[derive(Default)]
pub(super) struct Judged {
    /// Violations, each as a sentence.
    pub(super) violations: Vec<String>,
    /// The ages of games that were not shown in their last version, in microseconds.
    pub(super) ages: Vec<i64>,
    /// How long the previous version was still shown, for each game, version and node.
    pub(super) lags: HashMap<(u32, u32, usize), i64>,
}

/// Checks every game that was shown, and every one that was said not to exist.
pub(super) fn judged(truth: &Truth, seen: &Seen) -> Judged {
    let mut judged = Judged::default();
    for shown in &seen.shown {
        match age(truth, shown) {
            Ok(0) => {}
            Ok(age) => {
                judged.ages.push(age);
                let lag = judged
                    .lags
                    .entry((shown.look.game, shown.look.version, shown.node))
                    .or_default();
                *lag = age.max(*lag);
                if age > limit() {
                    judged.violations.push(said(shown, &format!("{} ms old", age / 1_000)));
                }
            }
            Err(wrong) => judged.violations.push(said(shown, &wrong)),
        }
    }
    let missing = seen.missing.iter();
    judged
        .violations
        .extend(missing.filter_map(|missing| wrongly_missing(truth, missing)));
    judged
}

/// How long the shown version had been outdated when the request was sent, in microseconds.
fn age(truth: &Truth, shown: &Shown) -> Result<i64, String> {
    let versions = truth.get(&shown.look.game).ok_or("no such game")?;
    // A stock check changes price and stock and leaves the texts: a version may have had several of them.
    let at = versions
        .iter()
        .rposition(|version| is_shown(version, shown))
        .ok_or_else(|| never_so(versions, shown))?;
    let next = versions.get(at + 1);
    Ok(next.map_or(0, |next| (shown.asked_at - next.committed_at).max(0)))
}

/// Whether this version matches what was shown, as far as the response contained it.
fn is_shown(version: &Version, shown: &Shown) -> bool {
    let look = &shown.look;
    version.number == look.version
        && look.price_cents.is_none_or(|price| price == version.price_cents)
        && look.qty.is_none_or(|qty| qty == version.qty)
        && look.in_stock.is_none_or(|in_stock| in_stock == version.in_stock())
        && (look.words.is_none() || look.words == version.words)
        && (!version.hidden || shows_hidden(shown.route))
}

/// Whether a withdrawn game is still shown at this route: to the owners of lists.
fn shows_hidden(route: &str) -> bool {
    route.contains("cart") || route.contains("wishlist")
}

/// Says what is wrong, if the game was withdrawn neither during the request nor right before it.
fn wrongly_missing(truth: &Truth, missing: &Missing) -> Option<String> {
    let versions = truth.get(&missing.game)?;
    let is_excuse = |(at, version): (usize, &Version)| {
        let until = versions.get(at + 1).map_or(i64::MAX, |next| next.committed_at);
        version.hidden && version.committed_at <= missing.answered_at && missing.asked_at - limit() <= until
    };
    let excused = versions.iter().enumerate().any(is_excuse);
    (!excused).then(|| {
        let (route, game, node) = (missing.route, missing.game, missing.node);
        format!("{route}: game {game} is said not to exist, and it was there: on node {node}")
    })
}

fn never_so(versions: &[Version], shown: &Shown) -> String {
    let same = versions.iter().filter(|version| version.number == shown.look.version);
    let same: Vec<&Version> = same.collect();
    if !same.is_empty() {
        return format!("shown as {:?}, and that version was {same:?}", shown.look);
    }
    match versions.first() {
        Some(first) if shown.look.version < first.number => "a version from before the episode".to_owned(),
        _ => "a version that was never committed".to_owned(),
    }
}

fn id(shown: &Shown) -> String {
    let look = &shown.look;
    format!("game {} v{} on node {}", look.game, look.version, shown.node)
}

fn said(shown: &Shown, wrong: &str) -> String {
    format!("{}: {wrong}: {}", shown.route, id(shown))
}

#[cfg(test)]
mod tests {
    use super::super::looks::Look;
    use super::*;

    const NOW: i64 = 10_000_000;

    /// Version 1 with 5 copies, then without, then withdrawn.
    fn truth() -> Truth {
        let version = |qty, hidden, committed_at| Version {
            number: 1,
            price_cents: 100,
            qty,
            words: Some(1),
            hidden,
            committed_at,
        };
        let all = [
            version(5, false, 0),
            version(0, false, 7_000_000),
            version(0, true, 9_500_000),
        ];
        Truth::from([(3, all.into())])
    }

    fn judged(route: &'static str, qty: Option<i64>, in_stock: bool) -> Result<i64, String> {
        let look = Look {
            game: 3,
            version: 1,
            price_cents: Some(100),
            qty,
            in_stock: Some(in_stock),
            words: None,
        };
        let shown = Shown {
            asked_at: NOW,
            node: 0,
            route,
            look,
        };
        age(&truth(), &shown)
    }

    #[test]
    fn stock_is_as_old_as_a_price() {
        let list = "/api/games";
        assert_eq!(judged(list, Some(5), true), Ok(3_000_000));
        assert_eq!(judged(list, None, true), Ok(3_000_000));
        // It was withdrawn half a second ago; carts still show it.
        assert_eq!(judged(list, Some(0), false), Ok(500_000));
        assert_eq!(judged("/api/cart", None, false), Ok(0));
        assert!(judged(list, Some(4), true).is_err() && judged(list, Some(5), false).is_err());
    }

    #[test]
    fn only_what_is_withdrawn_may_be_said_not_to_exist() {
        let wrong = |asked_at, answered_at| {
            let missing = Missing {
                asked_at,
                answered_at,
                node: 0,
                route: "/api/games/{id}",
                game: 3,
            };
            wrongly_missing(&truth(), &missing).is_some()
        };
        assert!(wrong(9_000_000, 9_400_000));
        assert!(!wrong(9_000_000, 9_600_000) && !wrong(NOW, NOW));
    }
}
