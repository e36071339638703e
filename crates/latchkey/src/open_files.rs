//! The limit on open files: raised as far as needed, and the number of connections that it allows.

use std::io;

use rlimit::{Resource, getrlimit, setrlimit};

use crate::settings::Settings;

/// The program's own files: listeners, runtime, Redis, supplier, mail and others, with some to spare.
const OWN: u64 = 64;
/// For each connection of the pool. SQLite opens a database, a log and sometimes a temporary file.
const PER_DATABASE_CONNECTION: u64 = 4;
/// One file in this many is reserved for pictures, which stay open while they are sent.
const ONE_FOR_FILES_IN: u64 = 8;

/// The most simultaneous connections: the setting, or fewer if the limit on open files requires it.
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

/// The limit in force, after raising it to `needed` or as far as this process may.
fn raised_to(needed: u64) -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::NOFILE)?;
    let raised = needed.min(hard);
    // Some systems have another limit below the hard limit: then the current one stays in force.
    if soft < raised && setrlimit(Resource::NOFILE, raised, hard).is_ok() {
        return Ok(raised);
    }
    Ok(soft)
}

/// The files for this many connections, with all others.
fn needed(connections: u64, pool: u32) -> u64 {
    let all = connections + beside(pool);
    all + all.div_ceil(ONE_FOR_FILES_IN - 1)
}

/// The connections that this many files allow: at least one for every four files.
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
