//! The limit on open files: raised as far as it is needed, and how many connections it leaves room for.

use std::io;

use rlimit::{Resource, getrlimit, setrlimit};

use crate::settings::Settings;

/// The program's own: listeners, the runtime, Redis, supplier, mail, and their likes, each with room to spare.
const OWN: u64 = 64;
/// For each connection of the pool. SQLite has a database, a log and now and then a temporary file open.
const PER_DATABASE_CONNECTION: u64 = 4;
/// One file in so many is left for pictures, which stay open while they are sent.
const ONE_FOR_FILES_IN: u64 = 8;

/// The connections that may be open at one time: as many as are set, or as the limit on open files leaves.
pub(crate) fn connections_max(settings: &Settings) -> usize {
    let wanted = u64::from(settings.server.connections_max);
    let pool = settings.database.connections;
    let left = match raised_to(needed(wanted, pool)) {
        Ok(limit) => {
            let left = left(limit, pool).min(wanted);
            if left < wanted {
                tracing::warn!(
                    "[HTTP] server.connections_max is lowered from {wanted} to {left}: more are not left of the {limit} files \
                     that this process may have open (ulimit -n, LimitNOFILE)"
                );
            }
            left
        }
        Err(error) => {
            tracing::warn!(%error, "[HTTP] the limit on open files cannot be read; server.connections_max stands as it is set");
            wanted
        }
    };
    usize::try_from(left).unwrap_or(usize::MAX)
}

/// The limit in force, after it was raised to `needed` or as far as this process may.
fn raised_to(needed: u64) -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::NOFILE)?;
    let raised = needed.min(hard);
    // Some systems have a lower bound of their own beside the hard limit: then what is in force stays in force.
    if soft < raised && setrlimit(Resource::NOFILE, raised, hard).is_ok() {
        return Ok(raised);
    }
    Ok(soft)
}

/// The files that so many connections need with all that is open beside them.
fn needed(connections: u64, pool: u32) -> u64 {
    let all = connections + beside(pool);
    all + all.div_ceil(ONE_FOR_FILES_IN - 1)
}

/// The connections that so many files leave room for: at least one file in four.
fn left(files: u64, pool: u32) -> u64 {
    let beside = beside(pool) + files / ONE_FOR_FILES_IN;
    files.saturating_sub(beside).max(files / 4).max(1)
}

fn beside(pool: u32) -> u64 {
    OWN + PER_DATABASE_CONNECTION * u64::from(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_beside_the_connections() {
        for (files, pool, connections) in [(512, 8, 352), (256, 8, 128), (128, 8, 32), (1_024, 8, 800), (2, 8, 1)] {
            assert_eq!(left(files, pool), connections, "{files} files");
        }
        for connections in [1, 64, 2_048, 100_000] {
            assert!(left(needed(connections, 8), 8) >= connections, "{connections}");
        }
    }

    #[test]
    fn the_limit_is_raised_no_further_than_it_may_be() {
        let (_, hard) = getrlimit(Resource::NOFILE).unwrap();
        assert!(raised_to(1).unwrap() <= hard);
        assert_eq!(raised_to(u64::MAX).unwrap(), hard);
    }
}
