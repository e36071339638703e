//! What happened to cached values, by kind, as programs read it.

use serde::Serialize;
use services::caches::KindCounts;
use services::view::cache_metrics::Tier;
use utoipa::ToSchema;

/// What happened to values of one kind since the process began.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheKind)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KindBody {
    /// `game`, `home`, `catalog`, `cart`, `wishlist`; `game row`: games to make lists of.
    #[schema(example = "game")]
    kind: &'static str,
    /// Which part of the reads was answered without asking the database, from 0 to 1; left out when nothing was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hit_rate: Option<f64>,
    reads: ReadsBody,
    /// Values that memory took, loaded or found in Redis.
    filled: u64,
    /// Values that Redis took.
    filled_redis: u64,
    leases: LeasesBody,
    /// Values that were in hand and not served.
    rejected: Vec<RejectedBody>,
}

/// How reads were answered.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheReads)]
#[serde(rename_all = "camelCase")]
struct ReadsBody {
    /// By a whole answer, found by its address.
    at_hand: u64,
    /// From memory.
    memory: u64,
    /// By a load that ran already.
    joined: u64,
    /// From Redis.
    redis: u64,
    /// By a list whose order was looked at again and found the same.
    confirmed: u64,
    /// By a load.
    missed: u64,
}

/// What became of the right to load a value for all nodes.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheLeases)]
#[serde(rename_all = "camelCase")]
struct LeasesBody {
    taken: u64,
    /// Looks of readers while another node had it.
    waited: u64,
    /// Readers who waited for as long as they may, and loaded.
    waited_in_vain: u64,
    /// It lapsed before its load had ended.
    lost: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CacheRejected)]
#[serde(rename_all = "camelCase")]
struct RejectedBody {
    /// `atHand`, `memory` or `redis`.
    #[schema(example = "memory")]
    tier: &'static str,
    /// `slot`: it was touched; `order`, `floor`, `incarnation`, `pulse age`, `lifetime` and others.
    #[schema(example = "slot")]
    reason: &'static str,
    values: u64,
}

impl From<&KindCounts> for KindBody {
    fn from(counts: &KindCounts) -> Self {
        let [at_hand, memory, joined, redis, confirmed, missed] = counts.reads;
        let [taken, waited, waited_in_vain, lost] = counts.leases;
        let rejected = counts.rejected.iter().map(|rejected| RejectedBody {
            tier: match rejected.tier {
                Tier::Response => "atHand",
                Tier::Memory => "memory",
                Tier::Redis => "redis",
            },
            reason: rejected.reason,
            values: rejected.values,
        });
        Self {
            kind: counts.kind,
            hit_rate: counts.visits().hit_rate(),
            reads: ReadsBody {
                at_hand,
                memory,
                joined,
                redis,
                confirmed,
                missed,
            },
            filled: counts.filled,
            filled_redis: counts.written,
            leases: LeasesBody {
                taken,
                waited,
                waited_in_vain,
                lost,
            },
            rejected: rejected.collect(),
        }
    }
}
