//! The caches of this process, from the settings.

use std::time::Duration;

use anyhow::Context;
use cache::Cache;
use cache::redis::Origin;
use vault::Secrets;

use crate::render_version;
use crate::settings::Settings;

/// Memory for cached values. A shop of 100,000 games keeps its busiest 10,000 pages in it.
const CACHE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The cache of this process, before the one that processes share if there is one.
pub(crate) async fn of_process(
    settings: &Settings,
    public_url: &str,
    is_demo: bool,
    secrets: &Secrets,
) -> anyhow::Result<Cache> {
    match redis(settings) {
        Some(redis) => {
            let origin = origin(public_url, is_demo, secrets).await;
            Cache::before_redis(CACHE_BYTES_MAX, redis, &origin).context("redis.url")
        }
        None => Ok(Cache::in_memory(CACHE_BYTES_MAX)),
    }
}

/// A cache that looks at what others put into Redis.
pub(crate) async fn inspector(
    settings: &Settings,
    public_url: &str,
    is_demo: bool,
    secrets: &Secrets,
) -> anyhow::Result<Cache> {
    match redis(settings) {
        Some(redis) => {
            let origin = origin(public_url, is_demo, secrets).await;
            Cache::inspector(redis, &origin).context("redis.url")
        }
        None => Ok(Cache::none()),
    }
}

/// Whose values in Redis this process uses: those of its own shop and render version.
async fn origin(public_url: &str, is_demo: bool, secrets: &Secrets) -> Origin {
    Origin {
        mac_key: secrets.cache_key,
        render_version: render_version::of(public_url, is_demo).await,
    }
}

/// The Redis that is set, if one is.
pub(crate) fn redis(settings: &Settings) -> Option<cache::redis::Settings> {
    Some(cache::redis::Settings {
        url: settings.redis.url.as_ref()?.reveal().to_owned(),
        prefix: settings.redis.prefix.clone(),
        answer_within: Duration::from_millis(u64::from(settings.redis.answer_ms)),
    })
}
