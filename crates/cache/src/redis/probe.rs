//! A probe of Redis for an operator: whether it answers, and which commands the shop may use.

use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, RedisError};
use thiserror::Error;

use super::Settings;
use super::fault::reason;

/// An operator waits longer than a reader.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The result of a probe.
#[derive(Clone, Debug)]
pub struct RedisProbe {
    /// Its version, if it reports one.
    pub version: Option<String>,
    /// The time that one command took.
    pub took: Duration,
    /// Commands that it refused, each with its reason.
    pub refused: Vec<(&'static str, String)>,
}

/// Why the probe failed.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address is not a Redis URL.
    #[error("the address is none of a Redis")]
    Address,
    /// It cannot be reached, or rejects the login.
    #[error("it cannot be used: {0}")]
    Unusable(String),
}

impl RedisProbe {
    /// Connects and tries each command that the shop uses, on a key of its own.
    ///
    /// # Errors
    ///
    /// Redis cannot be reached, or rejects the login.
    pub async fn at(settings: &Settings) -> Result<Self, ConnectError> {
        let look = async {
            let client = Client::open(settings.url.as_str()).map_err(|_| ConnectError::Address)?;
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(ANSWER_WITHIN))
                .set_response_timeout(Some(ANSWER_WITHIN));
            let connection = client.get_multiplexed_async_connection_with_config(&config).await;
            let connection = connection.map_err(|error| ConnectError::Unusable(reason(&error)))?;
            Ok(Self::through(connection, &format!("{}probe", settings.prefix)).await)
        };
        let late = |_| ConnectError::Unusable("it does not answer".to_owned());
        tokio::time::timeout(ANSWER_WITHIN * 2, look).await.map_err(late)?
    }

    async fn through(mut connection: MultiplexedConnection, probe: &str) -> Self {
        let started = Instant::now();
        let mut refused = Vec::new();
        let mut note = |command, outcome: Result<::redis::Value, RedisError>| {
            refused.extend(outcome.err().map(|error| (command, reason(&error))));
        };
        let get = ::redis::cmd("GET").arg(probe).query_async(&mut connection).await;
        let took = started.elapsed();
        note("GET", get);
        let pttl = ::redis::cmd("PTTL").arg(probe).query_async(&mut connection).await;
        note("PTTL", pttl);
        let mut set = ::redis::cmd("SET");
        set.arg(probe).arg("").arg("PX").arg(1);
        note("SET", set.query_async(&mut connection).await);
        let unlink = ::redis::cmd("UNLINK").arg(probe).query_async(&mut connection).await;
        note("UNLINK", unlink);
        let mut scan = ::redis::cmd("SCAN");
        scan.arg(0).arg("MATCH").arg(probe).arg("COUNT").arg(1);
        note("SCAN", scan.query_async(&mut connection).await);
        let info = ::redis::cmd("INFO")
            .arg("server")
            .query_async::<String>(&mut connection)
            .await;
        let version = info.ok().and_then(|info| {
            let line = info.lines().find_map(|line| line.strip_prefix("redis_version:"))?;
            Some(line.trim().to_owned())
        });
        Self { version, took, refused }
    }
}
