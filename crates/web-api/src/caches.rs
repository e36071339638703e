//! `/api/admin/cache`: what operators see of the caches, and have forgotten.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::pattern::Pattern;
use serde::{Deserialize, Serialize};
use services::caches::{CacheStatistics, Histogram};
use services::view::{RedisState, Swept};
use utoipa::ToSchema;
use web_kit::App;
use web_kit::fields::Fields;
use web_kit::parameters::pattern;
use web_kit::problem::Problem;
use web_kit::staff::{CachesEdit, CachesRead, Staff};

use super::cache_kinds::KindBody;
use super::{Success, because, personal};

/// The caches of the process that answers; the same counters stand in `/metrics`.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheStatistics)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatisticsBody {
    /// Values in memory.
    values: u64,
    /// Bytes that they take.
    bytes: u64,
    /// `none`: not set; `inUse`; `takesNothing`: it is full or read-only; `away`.
    #[schema(example = "inUse")]
    redis: &'static str,
    /// Milliseconds since the last pulse from the database was sent; left out before the first. From 700 on nothing cached
    /// is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pulse_age_millis: Option<u64>,
    /// How long the changes of the last hour took to void what is cached here.
    lag: LagBody,
    /// What happened to values since the process began.
    kinds: Vec<KindBody>,
    /// The process that answers.
    #[schema(example = "shop-1, process 42, 0.0.0.0:8080")]
    node: String,
}

/// From when a change was recorded, right before its commit, until nothing older was served: at most.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheLag)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LagBody {
    /// Changes that this process wrote.
    by_write: SpreadBody,
    /// Changes of other processes.
    by_pulse: SpreadBody,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CacheLagSpread)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpreadBody {
    /// How many there were.
    changes: u64,
    /// What half of them did not exceed, in milliseconds; left out when there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p50_millis: Option<f64>,
    /// What 99 of a hundred did not exceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p99_millis: Option<f64>,
}

impl From<&Histogram> for SpreadBody {
    fn from(spread: &Histogram) -> Self {
        let millis = |percent| spread.percentile(percent).map(|span| span.as_secs_f64() * 1_000.0);
        Self {
            changes: spread.changes(),
            p50_millis: millis(50),
            p99_millis: millis(99),
        }
    }
}

impl StatisticsBody {
    fn of(statistics: &CacheStatistics, node: &str) -> Self {
        Self {
            values: statistics.values,
            bytes: statistics.bytes,
            redis: match statistics.redis {
                None => "none",
                Some(RedisState::InUse) => "inUse",
                Some(RedisState::TakesNothing) => "takesNothing",
                Some(RedisState::Away) => "away",
            },
            pulse_age_millis: statistics
                .pulse_age
                .map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            lag: LagBody {
                by_write: SpreadBody::from(&statistics.lag.by_write),
                by_pulse: SpreadBody::from(&statistics.lag.by_pulse),
            },
            kinds: statistics.kinds().iter().map(KindBody::from).collect(),
            node: node.to_owned(),
        }
    }
}

/// What was removed. What other processes hold in memory is void all the same.
#[derive(Serialize, ToSchema)]
#[schema(as = CacheRemoved)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovedBody {
    /// Values from the memory of the process that answers.
    in_memory: u64,
    /// Values from Redis; left out where none is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    in_redis: Option<u64>,
    /// Whether Redis was gone through to its end by now. What is left there is void, and leaves with its lifetime.
    complete: bool,
}

impl From<Swept> for RemovedBody {
    fn from(swept: Swept) -> Self {
        Self {
            in_memory: swept.in_memory,
            in_redis: swept.in_redis.map(|redis| redis.removed),
            complete: swept.in_redis.is_none_or(|redis| redis.is_complete),
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct PatternBody {
    /// `*` is any run of characters; everything else means itself.
    #[schema(example = "game:*")]
    pattern: String,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

/// How the caches are
#[utoipa::path(
    get, path = "/api/admin/cache/statistics", tag = "Operations", operation_id = "getCacheStatistics",
    security(("token" = ["staff"])),
    responses((status = 200, description = "Of the process that answers", body = Success<StatisticsBody>))
)]
pub(crate) async fn statistics(_staff: Staff<CachesRead>, State(app): State<App>) -> Response {
    let statistics = StatisticsBody::of(&app.shop.caches().statistics(), &app.site.node);
    personal(StatusCode::OK, statistics)
}

/// Forget what a pattern means, on every node
///
/// When this answers, nothing that the pattern means and that was cached before is served by this process; by the others
/// within a second.
#[utoipa::path(
    post, path = "/api/admin/cache/invalidate", tag = "Operations", operation_id = "invalidateCache",
    request_body = PatternBody,
    security(("token" = ["staff"])),
    responses((status = 200, description = "What was removed", body = Success<RemovedBody>))
)]
pub(crate) async fn invalidate(
    staff: Staff<CachesEdit>,
    State(app): State<App>,
    Fields(asked): Fields<PatternBody>,
) -> Result<Response, Problem> {
    let pattern = pattern(&asked.pattern)?;
    let actor = because(&staff.actor, asked.reason.as_deref())?;
    let swept = app.shop.caches().invalidate(&pattern, &actor).await?;
    Ok(personal(StatusCode::OK, RemovedBody::from(swept)))
}

/// Forget everything that is cached, on every node
#[utoipa::path(
    post, path = "/api/admin/cache/clear", tag = "Operations", operation_id = "clearCache",
    security(("token" = ["staff"])),
    responses((status = 200, description = "What was removed", body = Success<RemovedBody>))
)]
pub(crate) async fn clear(staff: Staff<CachesEdit>, State(app): State<App>) -> Result<Response, Problem> {
    let swept = app
        .shop
        .caches()
        .invalidate(&Pattern::everything(), &staff.actor)
        .await?;
    Ok(personal(StatusCode::OK, RemovedBody::from(swept)))
}
