//! `latchkey serve`: runs pages, API and jobs until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use services::Shop;
use services::caches::LAG_BOUNDS;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Ended, work};
use crate::demo_accounts;
use crate::demo_goods;
use crate::open_files;
use crate::settings::{LimitsSettings, Loaded, Settings};
use crate::stop;
use crate::wire::{self, RunningShop};

/// Buckets of the histograms of durations, in seconds.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Those of syncs, which take as long as a list at the supplier's pace.
const SYNC_BUCKETS: [f64; 10] = [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0];

pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let settings = &loaded.settings;
    let metrics = record_metrics()?;
    let timetable = work::timetable(loaded)?;
    let listener = TcpListener::bind(settings.server.listen)
        .await
        .with_context(|| format!("server.listen: cannot listen on {}", settings.server.listen))?;
    let address = listener.local_addr()?;
    let metrics_listener = metrics_listener(loaded).await?;
    let public_url = wire::public_url(settings, address);
    let RunningShop {
        shop,
        db,
        demo,
        is_demo,
    } = wire::build_shop(loaded, public_url.clone()).await?;
    let site = site(loaded, public_url, address, demo.is_some(), &metrics);
    let stopping = CancellationToken::new();
    let pulse = tokio::spawn({
        let (shop, stopping) = (shop.clone(), stopping.clone());
        async move { shop.caches().keep_in_step(stopping).await }
    });
    let connections = connection_limits(settings);
    let server = tokio::spawn(web::serve(listener, shop.clone(), site, connections, stopping.clone()));
    if let Some(listener) = metrics_listener {
        let serving = web::serve_metrics(listener, shop.clone(), metrics.clone(), stopping.clone());
        tokio::spawn(serving);
    }
    announce(address, demo.is_some());
    // A failure is not fatal: reads fill the index then.
    let filling = shop.clone();
    tokio::spawn(async move { filling.catalog().fill_search_index().await });
    let worker = tokio::spawn(work::run(
        shop.clone(),
        timetable,
        wire::process_name("serve"),
        stopping.clone(),
    ));
    let trail = work::keep_trail_head(loaded, &shop, &stopping);
    // In the background: hashing their passwords takes a while, and a signal to stop must be handled meanwhile.
    let furnishing = tokio::spawn({
        let data_dir = settings.data_dir.clone();
        async move {
            if is_demo {
                furnish_demo(&shop, &data_dir).await;
            }
        }
    });
    let upkeep = tokio::spawn(keep_metrics(metrics));
    let signal = stop::asked().await?;
    tracing::info!("[HTTP] stopping: running requests and the current job step finish");
    stopping.cancel();
    let rest = async { tokio::join!(server, worker, pulse, trail) };
    if tokio::time::timeout(work::STOP_WITHIN, rest).await.is_err() {
        tracing::warn!(
            "[HTTP] some requests or jobs took longer than {:?} and were left; nothing committed is lost",
            work::STOP_WITHIN
        );
    }
    upkeep.abort();
    furnishing.abort();
    work::closed(demo, db, signal).await
}

/// The site's settings for the pages.
fn site(
    loaded: &Loaded,
    public_url: String,
    address: SocketAddr,
    has_demo_supplier: bool,
    metrics: &PrometheusHandle,
) -> web_kit::Site {
    let settings = &loaded.settings;
    web_kit::Site {
        public_url,
        demo: has_demo_supplier,
        metrics: metrics.clone(),
        metrics_readers: match (&settings.metrics.token, settings.metrics.listen) {
            (Some(token), _) => web_kit::MetricsReaders::Token(token.reveal().clone()),
            (None, Some(_)) => web_kit::MetricsReaders::Nobody,
            (None, None) => web_kit::MetricsReaders::Loopback,
        },
        node: wire::node_name(address),
        version: env!("CARGO_PKG_VERSION"),
        requests_in_flight_max: in_flight_max(loaded),
        changes_per_minute: per_minute(loaded, |limits| limits.changes_per_minute),
        reads_per_minute: per_minute(loaded, |limits| limits.reads_per_minute),
        costly_reads_per_minute: per_minute(loaded, |limits| limits.costly_reads_per_minute),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        allowed_origins: settings.server.allowed_origins.clone(),
    }
}

/// The listener of the metrics, if they have an address of their own.
async fn metrics_listener(loaded: &Loaded) -> anyhow::Result<Option<TcpListener>> {
    let Some(listen) = loaded.settings.metrics.listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("metrics.listen: cannot listen on {listen}"))?;
    tracing::info!("[HTTP] metrics on http://{}/metrics", listener.local_addr()?);
    Ok(Some(listener))
}

fn record_metrics() -> anyhow::Result<PrometheusHandle> {
    let durations = Matcher::Suffix("duration_seconds".to_owned());
    let lag = Matcher::Full("cache_invalidation_lag_seconds".to_owned());
    let syncs = Matcher::Full("sync_duration_seconds".to_owned());
    let database = |name: &str| Matcher::Full(format!("database_{name}_seconds"));
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(database("wait"), &BUCKETS)?
        .set_buckets_for_metric(database("write"), &BUCKETS)?
        .set_buckets_for_metric(syncs, &SYNC_BUCKETS)?
        .set_buckets_for_metric(durations, &BUCKETS)?
        .set_buckets_for_metric(lag, &LAG_BOUNDS)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| anyhow::anyhow!("metrics: {error}"))?;
    Ok(handle)
}

/// Aggregates recorded samples regularly, so that they do not pile up between two scrapes.
async fn keep_metrics(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}

fn connection_limits(settings: &Settings) -> web::ConnectionLimits {
    let per_address = settings.server.connections_per_address;
    web::ConnectionLimits {
        in_all: open_files::connections_max(settings),
        per_address: settings
            .limits
            .enabled
            .then(|| usize::try_from(per_address).unwrap_or(usize::MAX)),
    }
}

fn per_minute(loaded: &Loaded, of: impl Fn(&LimitsSettings) -> u32) -> Option<NonZeroU32> {
    let limits = &loaded.settings.limits;
    NonZeroU32::new(of(limits)).filter(|_| limits.enabled)
}

fn in_flight_max(loaded: &Loaded) -> usize {
    if loaded.settings.limits.enabled {
        usize::try_from(loaded.settings.limits.requests_in_flight_max).unwrap_or(usize::MAX)
    } else {
        tracing::warn!("[HTTP] LIMITS ARE OFF (limits.enabled = false): for load tests only");
        // The largest value that a semaphore accepts.
        tokio::sync::Semaphore::MAX_PERMITS
    }
}

/// Creates the demo's accounts, prints how to sign in, and brings what can be bought. The shop also runs without them.
async fn furnish_demo(shop: &Shop, data_dir: &Path) {
    match demo_accounts::find_or_make(shop, data_dir).await {
        Ok(lines) => say(&lines),
        Err(error) => {
            tracing::error!("[Auth] the demo's accounts could not be made: {error:#}");
            return;
        }
    }
    if let Err(error) = demo_goods::bring(shop).await {
        tracing::error!("[Keys] the demo's goods could not be brought: {error:#}");
    }
}

/// Prints the shop's address: scripts wait for the first line.
fn announce(address: SocketAddr, demo: bool) {
    let mut lines = format!("listening on http://{address}\n");
    if demo {
        lines += "demo shop: its supplier and games are made up; settings are explained in latchkey.default.toml\n";
    }
    say(&lines);
}

/// Writes to standard output. The shop runs even if nobody reads it.
fn say(lines: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(%error, "[HTTP] nobody reads standard output");
    }
}
