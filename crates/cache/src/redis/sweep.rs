//! Removes the shop's keys that match a pattern, in a Redis that others use too: step by step, and no other keys.

use std::time::Duration;

use ::redis::Pipeline;
use domain::pattern::Pattern;

use super::link::{Link, Right};

/// About how many keys one step scans. Redis serves others between two steps.
const LOOKED_AT: usize = 1_000;

/// Milliseconds before a step is retried; after the last one the sweep ends.
const PAUSES: [u64; 4] = [50, 250, 500, 1_000];

/// The result of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RedisSwept {
    /// Keys that were removed.
    pub removed: u64,
    /// Whether every key was scanned: `false` when Redis was not in use or refused.
    pub is_complete: bool,
}

/// Removes every key that begins with `prefix` and whose rest `pattern` matches: one command for a single name,
/// otherwise a scan of all keys of this Redis.
pub(crate) async fn sweep(link: &Link, prefix: &str, pattern: &Pattern) -> RedisSwept {
    if !link.is_in_use() {
        return RedisSwept::default();
    }
    if let Some(name) = pattern.as_name() {
        let removed = unlink(link, vec![[prefix, name].concat().into_bytes()]).await;
        return RedisSwept {
            removed: removed.unwrap_or(0),
            is_complete: removed.is_some(),
        };
    }
    let glob = format!("{}{}", glob_of(prefix, false), glob_of(pattern.as_str(), true));
    let (mut swept, mut cursor) = (RedisSwept::default(), 0_u64);
    loop {
        let Some((next, mut found)) = scan(link, cursor, &glob).await else {
            return swept;
        };
        // Redis' own matching is not trusted where other applications' keys are at stake.
        found.retain(|name| {
            let own = std::str::from_utf8(name)
                .ok()
                .and_then(|name| name.strip_prefix(prefix));
            own.is_some_and(|name| pattern.matches(name))
        });
        if !found.is_empty() {
            let Some(removed) = unlink(link, found).await else {
                return swept;
            };
            swept.removed += removed;
        }
        cursor = next;
        if cursor == 0 {
            swept.is_complete = true;
            return swept;
        }
        tokio::task::yield_now().await;
    }
}

async fn unlink(link: &Link, names: Vec<Vec<u8>>) -> Option<u64> {
    let mut unlink = Pipeline::new();
    unlink.cmd("UNLINK").arg(names);
    one::<u64>(link, &mut unlink, Right::Remove).await
}

/// The reply to a command, retried while Redis is too busy to answer in time; `None` when it refuses, or was not in use
/// for too long.
async fn one<T: ::redis::FromRedisValue>(link: &Link, command: &mut Pipeline, right: Right) -> Option<T> {
    for pause in PAUSES {
        if let Some(mut replies) = link.send("sweep", command).await {
            return link.read(replies.pop()?, right);
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let reply = link.send("sweep", command).await?.pop()?;
    link.read(reply, right)
}

/// One step of a scan for `glob`: the cursor of the next step, 0 after the last, and the names that were found.
pub(super) async fn scan(link: &Link, cursor: u64, glob: &str) -> Option<(u64, Vec<Vec<u8>>)> {
    let mut scan = Pipeline::new();
    scan.cmd("SCAN")
        .arg(cursor)
        .arg("MATCH")
        .arg(glob)
        .arg("COUNT")
        .arg(LOOKED_AT);
    one(link, &mut scan, Right::Remove).await
}

/// Escapes `text` for Redis' matching: every character stands for itself, `*` too unless `keeps_stars`.
pub(super) fn glob_of(text: &str, keeps_stars: bool) -> String {
    let mut glob = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '?' | '[' | ']' | '\\' | '^' | '-') || (c == '*' && !keeps_stars) {
            glob.push('\\');
        }
        glob.push(c);
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_more_to_redis_is_escaped() {
        assert_eq!(glob_of("a[b]?c*\\", false), "a\\[b\\]\\?c\\*\\\\");
        assert_eq!(glob_of("game:*[x]", true), "game:*\\[x\\]");
    }
}
