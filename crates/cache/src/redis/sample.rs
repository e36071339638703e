//! A sample of the values in Redis, for an audit.

use std::collections::BTreeSet;

use super::link::Link;
use super::sweep::{glob_of, scan};

/// The names of at most `most` of the values whose names begin with `prefix`, without it; `None` when Redis does not
/// answer. Redis returns names in the order of their hashes, with a random seed, so the first ones are as good a sample
/// as any.
pub(super) async fn names(link: &Link, prefix: &str, most: usize) -> Option<Vec<String>> {
    let glob = format!("{}*", glob_of(prefix, false));
    let (mut names, mut cursor) = (BTreeSet::new(), 0);
    loop {
        let (next, found) = scan(link, cursor, &glob).await?;
        let ours = found.into_iter().filter_map(|name| {
            let name = String::from_utf8(name).ok()?;
            // Leases are not values, and neither is the key that is read to check the permission.
            let name = name.strip_prefix(prefix)?;
            (!name.starts_with("lease:") && name != "probe").then(|| name.to_owned())
        });
        // A scan may return a name twice.
        for name in ours {
            if names.len() < most {
                names.insert(name);
            }
        }
        cursor = next;
        if cursor == 0 || names.len() >= most {
            return Some(names.into_iter().collect());
        }
    }
}
