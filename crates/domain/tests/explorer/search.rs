//! The search: every world that can be reached, each once, and from each the way to rest.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

use crate::steps::{Happened, Steps};
use crate::world::World;

/// More steps than any way to rest has.
const CALM_STEPS_MAX: usize = 200;

/// What a search found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The worlds that were visited.
    pub(crate) states: usize,
    /// What was broken first, and how one gets there.
    pub(crate) violation: Option<Violation>,
}

/// Something that must not happen, and the shortest way to it.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) what: String,
    pub(crate) way: Vec<Happened>,
}

type Fingerprint = u64;

pub(crate) fn explore(steps: &Steps<'_>, starts: Vec<World>) -> Found {
    let mut reached: HashMap<Fingerprint, (Fingerprint, Happened)> = HashMap::new();
    let (mut queue, mut rests) = (VecDeque::new(), HashSet::new());
    for start in starts {
        reached.insert(fingerprint(&start), (0, Happened::Otherwise("a start")));
        queue.push_back(start);
    }
    let violation = |what: String, last: Happened, reached: &HashMap<_, _>, from| Found {
        states: reached.len(),
        violation: Some(Violation {
            what,
            way: way(reached, from, last),
        }),
    };
    while let Some(world) = queue.pop_front() {
        let from = fingerprint(&world);
        if let Err(what) = reaches_rest(steps, &world, &mut rests) {
            return violation(what, Happened::Otherwise("from here on all is calm"), &reached, from);
        }
        for (words, after) in steps.of(&world) {
            let after = match after {
                Ok(after) => after,
                Err(what) => return violation(what, words, &reached, from),
            };
            let to = fingerprint(&after);
            reached.entry(to).or_insert_with(|| {
                queue.push_back(after);
                (from, words)
            });
        }
    }
    Found {
        states: reached.len(),
        violation: None,
    }
}

/// Whether all ends once nothing goes wrong any more. The worlds of which that is known are kept in `rests`.
fn reaches_rest(steps: &Steps<'_>, world: &World, rests: &mut HashSet<Fingerprint>) -> Result<(), String> {
    let (mut passed, mut world) = (Vec::new(), world.clone());
    for _ in 0..CALM_STEPS_MAX {
        let at = fingerprint(&world);
        if world.is_at_rest() || rests.contains(&at) {
            rests.extend(passed);
            rests.insert(at);
            return Ok(());
        }
        passed.push(at);
        let (words, after) = steps.calm(&world);
        world = after.map_err(|what| format!("{what}: by {words:?}"))?;
    }
    Err(format!("does not come to rest: {world:?}"))
}

fn fingerprint(world: &World) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

fn way(
    reached: &HashMap<Fingerprint, (Fingerprint, Happened)>,
    mut from: Fingerprint,
    last: Happened,
) -> Vec<Happened> {
    let mut way = vec![last];
    while let Some((before, words)) = reached.get(&from) {
        way.push(*words);
        from = *before;
    }
    way.reverse();
    way
}
