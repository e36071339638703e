//! Disturbances: what breaks, for how long, and how it is repaired.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use super::Stage;
use super::readers::{Unavailable, now};
use crate::Kind;
use crate::link::State;

/// Responses with at least this many bytes at once are late; shorter ones are in time.
const LONG: usize = 2 << 10;
/// Long enough for some loads to begin and end although responses are late.
const LOADS: Duration = Duration::from_secs(12);

/// The minimum time to wait until a customer writes at one of three nodes.
const PATIENCE: Duration = Duration::from_secs(15);

/// A kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing breaks.
    Undisturbed,
    /// Redis is killed and comes back empty.
    RedisKilled,
    /// Redis is killed and comes back with an old snapshot.
    RedisFromOldSnapshot,
    /// Redis is stopped and resumed.
    RedisPaused,
    /// One node cannot reach Redis, then none can.
    RedisCutOff,
    /// Redis is out of memory and accepts no values.
    RedisFull,
    /// Redis is out of memory and evicts values.
    RedisEvicting,
    /// A replica without the last writes replaces Redis.
    RedisFailover,
    /// A node is killed and started again.
    NodeKilled,
    /// A node is stopped and resumed.
    NodePaused,
    /// The nodes' links to the database are frozen and restored.
    DatabasePaused,
    /// The nodes' links to the database are cut and restored.
    DatabaseCutOff,
    /// The database works, but its responses reach the nodes late and are outdated by then.
    DatabaseAnswersLate,
    /// Only long responses are late: nodes learn at once that something changed, and late what it is now.
    DatabaseLongAnswersLate,
    /// The database's processes are stopped and resumed.
    DatabaseStopped,
    /// The database crashes, recovers and starts again.
    DatabaseRestarted,
}

/// A request may have been waiting for this long when the outage began, in microseconds.
const BEFORE: i64 = 1_000_000;
/// How long after an outage connections may still have to be opened again, in microseconds.
const GRACE: i64 = 5_000_000;

/// When a disturbance was active: in microseconds of Unix time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DisturbanceRecord {
    /// A node that was stopped, and when it was resumed.
    still: Option<(usize, i64)>,
    /// The beginning and the end of the database's outage.
    outage: Option<(i64, i64)>,
}

impl DisturbanceRecord {
    /// Whether the node had a reason to answer 503.
    pub(super) fn excuses(&self, no: &Unavailable) -> bool {
        // A node that was stopped answers 503 to requests of that time.
        let was_still = self
            .still
            .is_some_and(|(node, until)| node == no.node && no.asked_at < until);
        let was_alone = self
            .outage
            .is_some_and(|(from, until)| (from - BEFORE..until + GRACE).contains(&no.asked_at));
        was_still || was_alone
    }

    /// The time of a request relative to the outage.
    pub(super) fn when(&self, asked_at: i64) -> String {
        let Some((from, until)) = self.outage else {
            return "and it never was away".to_owned();
        };
        if asked_at < from {
            format!("{} ms before it went away", (from - asked_at) / 1_000)
        } else {
            format!("{} ms after it was back", (asked_at - until) / 1_000)
        }
    }
}

impl Disturbance {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Undisturbed,
        Self::RedisKilled,
        Self::RedisFromOldSnapshot,
        Self::RedisPaused,
        Self::RedisCutOff,
        Self::RedisFull,
        Self::RedisEvicting,
        Self::RedisFailover,
        Self::NodeKilled,
        Self::NodePaused,
        Self::DatabasePaused,
        Self::DatabaseCutOff,
        Self::DatabaseAnswersLate,
        Self::DatabaseLongAnswersLate,
        Self::DatabaseStopped,
        Self::DatabaseRestarted,
    ];

    /// Whether it applies to a shop with this database.
    #[must_use]
    pub fn applies_to(self, kind: Kind) -> bool {
        kind == Kind::Postgres || !self.takes_the_database()
    }

    /// Whether nodes have no database for a while, so that they have to answer 503.
    #[must_use]
    pub const fn takes_the_database(self) -> bool {
        matches!(
            self,
            Self::DatabasePaused
                | Self::DatabaseCutOff
                | Self::DatabaseAnswersLate
                | Self::DatabaseLongAnswersLate
                | Self::DatabaseStopped
                | Self::DatabaseRestarted
        )
    }

    /// Applies the disturbance for about `span`, and repairs everything.
    pub(super) async fn apply(self, stage: &mut Stage, span: Duration) -> DisturbanceRecord {
        let (third, mut record) = (span / 3, DisturbanceRecord::default());
        sleep(third).await;
        let from = now();
        self.break_and_mend(stage, third).await;
        if self.takes_the_database() {
            record.outage = Some((from, now()));
        }
        if self == Self::NodePaused {
            record.still = Some((1, now()));
        }
        sleep(third).await;
        record
    }

    async fn break_and_mend(self, stage: &mut Stage, third: Duration) {
        match self {
            Self::Undisturbed => sleep(third).await,
            Self::RedisKilled => {
                stage.redis.kill();
                sleep(third).await;
                stage.redis.come_back(&[]).await;
            }
            Self::RedisFromOldSnapshot => {
                let snapshot = stage.redis.snapshot("old.rdb").await;
                sleep(third).await;
                stage.redis.come_back_with(&snapshot).await;
            }
            Self::RedisPaused => {
                stage.redis.signal("STOP");
                sleep(third).await;
                stage.redis.signal("CONT");
            }
            Self::RedisCutOff => {
                stage.nodes[0].to_redis.set(State::Cut);
                sleep(third / 2).await;
                stage.nodes.iter().for_each(|node| node.to_redis.set(State::Cut));
                sleep(third / 2).await;
                stage.nodes.iter().for_each(|node| node.to_redis.set(State::Whole));
            }
            Self::RedisFull => Self::with_little_memory(stage, "noeviction", third).await,
            Self::RedisEvicting => Self::with_little_memory(stage, "allkeys-random", third).await,
            Self::RedisFailover => Self::fail_over(stage, third).await,
            Self::NodeKilled => Self::kill_twice(stage, third).await,
            Self::NodePaused => {
                stage.signal(1, "STOP").await;
                sleep(third).await;
                stage.signal(1, "CONT").await;
            }
            Self::DatabasePaused => Self::database(stage, State::Frozen, third).await,
            Self::DatabaseCutOff => Self::database(stage, State::Cut, third).await,
            Self::DatabaseAnswersLate => Self::with_late_answers(stage, Duration::from_secs(1), 0, third).await,
            Self::DatabaseLongAnswersLate => {
                Self::with_late_answers(stage, Duration::from_millis(2_500), LONG, third).await;
            }
            Self::DatabaseStopped => {
                let server = stage.postgres();
                server.pause().expect("a pause");
                sleep(third).await;
                server.go_on().expect("an end of the pause");
            }
            Self::DatabaseRestarted => stage.postgres().restart(third).await.expect("a server that is back"),
        }
    }

    /// Kills a node at a random moment; then, after its restart, directly after its own commit.
    async fn kill_twice(stage: &mut Stage, third: Duration) {
        stage.kill(1).await;
        sleep(third / 2).await;
        stage.revive_to_die(1, third.max(PATIENCE)).await;
        sleep(third / 2).await;
        stage.revive(1).await;
    }

    async fn with_little_memory(stage: &Stage, policy: &str, span: Duration) {
        let set = async |name: &str, value: &str| {
            let mut command = redis::cmd("CONFIG");
            stage.redis.ask::<()>(command.arg("SET").arg(name).arg(value)).await;
        };
        set("maxmemory-policy", policy).await;
        set("maxmemory", "1mb").await;
        sleep(span).await;
        set("maxmemory", "0").await;
    }

    /// The replica receives everything until it is cut off; it misses later writes.
    async fn fail_over(stage: &mut Stage, span: Duration) {
        let mut replica = crate::redis::Redis::start().await;
        let port = stage.redis.port().to_string();
        let mut follow = redis::cmd("REPLICAOF");
        replica.ask::<()>(follow.arg("127.0.0.1").arg(&port)).await;
        sleep(span / 2).await;
        let mut lead = redis::cmd("REPLICAOF");
        replica.ask::<()>(lead.arg("NO").arg("ONE")).await;
        sleep(span / 2).await;
        for node in &stage.nodes {
            node.to_redis.lead_to(&format!("127.0.0.1:{}", replica.port())).await;
        }
        std::mem::swap(&mut stage.redis, &mut replica);
        replica.kill();
    }

    async fn with_late_answers(stage: &Stage, by: Duration, from_bytes: usize, span: Duration) {
        stage.to_database(State::AnswersLate { by, from_bytes });
        // Long enough for some loads to run from beginning to end.
        sleep(span.max(LOADS)).await;
        stage.to_database(State::Whole);
    }

    async fn database(stage: &Stage, state: State, span: Duration) {
        // Short and long: a load that began before must not be served after.
        for part in [span / 4, span / 2] {
            stage.to_database(state);
            sleep(part).await;
            stage.to_database(State::Whole);
            sleep(span / 8).await;
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undisturbed => "undisturbed",
            Self::RedisKilled => "Redis killed, back empty",
            Self::RedisFromOldSnapshot => "Redis back from an old snapshot",
            Self::RedisPaused => "Redis paused",
            Self::RedisCutOff => "Redis cut off from one node, then from all",
            Self::RedisFull => "Redis full, takes nothing",
            Self::RedisEvicting => "Redis full, evicts",
            Self::RedisFailover => "Redis's replica promoted without the last writes",
            Self::NodeKilled => "a node killed",
            Self::NodePaused => "a node paused",
            Self::DatabasePaused => "the database paused",
            Self::DatabaseCutOff => "the database cut off",
            Self::DatabaseAnswersLate => "the database's answers late",
            Self::DatabaseLongAnswersLate => "the database's long answers late",
            Self::DatabaseStopped => "the database stopped and gone on",
            Self::DatabaseRestarted => "the database crashed and back",
        })
    }
}
