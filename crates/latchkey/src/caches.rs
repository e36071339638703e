//! Builds the caches of this process from the settings.

use std::time::Duration;

use anyhow::Context;
use cache::Cache;
use cache::redis::Origin;
use vault::Secrets;

use crate::render_version;
use crate::settings::Settings;

/// The cache of this process, with the shared one behind it if there is one.
pub(crate) async fn of_process(
    settings: &Settings,
    public_url: &str,
    is_demo: bool,
    secrets: &Secrets,
) -> anyhow::Result<Cache> {
    let bytes_max = u64::from(settings.cache.memory_megabytes) * 1024 * 1024;
    match redis(settings) {
        Some(redis) => {
            let origin = origin(public_url, is_demo, secrets).await;
            Cache::before_redis(bytes_max, redis, &origin).context("redis.url")
        }
        None => Ok(Cache::in_memory(bytes_max)),
    }
}

/// A cache that inspects the values of other processes in Redis.
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

/// Which values in Redis this process uses: those of its shop and render version.
async fn origin(public_url: &str, is_demo: bool, secrets: &Secrets) -> Origin {
    Origin {
        mac_key: secrets.cache_key,
        render_version: render_version::of(public_url, is_demo).await,
    }
}

/// The Redis of the settings, if there is one.
pub(crate) fn redis(settings: &Settings) -> Option<cache::redis::Settings> {
    Some(cache::redis::Settings {
        url: settings.redis.url.as_ref()?.reveal().to_owned(),
        prefix: settings.redis.prefix.clone(),
        answer_within: Duration::from_millis(u64::from(settings.redis.answer_ms)),
    })
}
