//! `latchkey audit`: checks the consistency of the shop's rows, and whether its caches would serve wrong values.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use services::Shop;
use services::audit::{CacheAudit, Compared};
use services::trail::TrailAudit;
use storage::audit::Invariant;
use tokio_util::sync::CancellationToken;

use super::Ended;
use crate::cli::AuditArgs;
use crate::settings::Loaded;
use crate::trail_head;
use crate::wire::{self, Inspector};

/// The findings of an audit.
struct Findings {
    rows: Vec<Invariant>,
    trail: TrailAudit,
    caches: CacheAudit,
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: AuditArgs) -> anyhow::Result<Ended> {
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let inspector = wire::inspector(loaded, public_url).await?;
    let stopping = CancellationToken::new();
    let pulse = tokio::spawn({
        let (shop, stopping) = (inspector.shop.clone(), stopping.clone());
        async move { shop.caches().keep_in_step(stopping).await }
    });
    let site = site(&inspector);
    let findings = findings(&inspector.shop, &site, &loaded.settings.data_dir).await;
    stopping.cancel();
    pulse.await?;
    inspector.db.close().await?;
    let findings = findings.context("the audit could not be ended")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings.as_json())?);
    } else {
        findings.lines().iter().for_each(|line| println!("{line}"));
    }
    Ok(if findings.all_hold() {
        Ended::Done
    } else {
        Ended::FoundWrong
    })
}

async fn findings(shop: &Shop, site: &web_kit::Site, data_dir: &Path) -> anyhow::Result<Findings> {
    Ok(Findings {
        rows: shop.operations().audit_rows().await?,
        trail: audited_trail(shop, data_dir).await?,
        caches: shop
            .operations()
            .audit_cache(async |key, shown| web::recompute(shop, site, key, shown).await)
            .await?,
    })
}

/// The trail, compared with the head in the data folder; one that cannot be read is a finding of its own.
async fn audited_trail(shop: &Shop, data_dir: &Path) -> Result<TrailAudit, services::Error> {
    let known = trail_head::known(data_dir);
    let mut audit = shop
        .trail()
        .verify(known.as_ref().ok().and_then(Option::as_ref))
        .await?;
    audit.findings.extend(known.err().map(|error| format!("{error:#}")));
    Ok(audit)
}

/// The site as `serve` configures it for the pages; no requests are served here, so its limits do not matter.
fn site(inspector: &Inspector) -> web_kit::Site {
    web_kit::Site {
        public_url: inspector.public_url.clone(),
        demo: inspector.has_demo_supplier,
        node: String::new(),
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        metrics_readers: web_kit::MetricsReaders::Nobody,
        version: env!("CARGO_PKG_VERSION"),
        requests_in_flight_max: 1,
        changes_per_minute: None,
        reads_per_minute: None,
        costly_reads_per_minute: None,
        trusted_proxies: Vec::new(),
        allowed_origins: Vec::new(),
    }
}

impl Findings {
    fn all_hold(&self) -> bool {
        let caches_lie = matches!(&self.caches, CacheAudit::Compared(compared) if !compared.differences.is_empty());
        let rows_hold = self.rows.iter().all(|invariant| invariant.breaches == 0);
        rows_hold && self.trail.findings.is_empty() && !caches_lie
    }

    /// One line for each consistency rule, and those of the caches.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.extend(trail_lines(&self.trail));
        match &self.caches {
            CacheAudit::NoRedis => lines.push("ok     caches: no Redis is set: each process has its own".to_owned()),
            CacheAudit::Away => {
                lines.push("note   caches: Redis does not answer, so nothing of it is served".to_owned());
            }
            CacheAudit::Compared(compared) => lines.extend(cache_lines(compared)),
        }
        lines
    }

    /// Every rule is a check; what else is known of the trail and the caches stands beside them.
    fn as_json(&self) -> Value {
        let check = |name: &str, findings: Vec<String>| json!({"name": name, "holds": findings.is_empty(), "findings": findings});
        let mut checks: Vec<Value> = self
            .rows
            .iter()
            .map(|invariant| check(invariant.promise, finding(invariant).into_iter().collect()))
            .collect();
        checks.push(check("the trail is one chain", self.trail.findings.clone()));
        let caches = match &self.caches {
            CacheAudit::NoRedis => json!({"redis": "not set"}),
            CacheAudit::Away => json!({"redis": "away"}),
            CacheAudit::Compared(compared) => {
                checks.push(check("Redis holds what the database says", differences(compared)));
                let differences = compared.differences.iter().map(|difference| {
                    json!({"key": difference.key, "ageSeconds": difference.age.as_secs(), "what": difference.what})
                });
                json!({
                    "redis": "compared",
                    "equal": compared.equal,
                    "notServed": compared.not_served,
                    "notNamed": compared.not_named,
                    "restless": compared.restless,
                    "differences": differences.collect::<Vec<_>>(),
                })
            }
        };
        let trail = json!({"entries": self.trail.entries, "erased": self.trail.erased});
        json!({"holds": self.all_hold(), "checks": checks, "trail": trail, "caches": caches})
    }
}

/// What breaks a rule, if anything does.
fn finding(invariant: &Invariant) -> Option<String> {
    let example = invariant.example.as_ref()?;
    Some(format!("not so for {}, such as {example}", invariant.breaches))
}

fn line(invariant: &Invariant) -> String {
    match finding(invariant) {
        None => format!("ok     rows: {}", invariant.promise),
        Some(finding) => format!("WRONG  rows: {}: {finding}", invariant.promise),
    }
}

fn trail_lines(audit: &TrailAudit) -> Vec<String> {
    if audit.findings.is_empty() {
        return vec![format!("ok     trail: {} entries in one chain", audit.entries)];
    }
    let findings = audit.findings.iter();
    findings.map(|finding| format!("WRONG  trail: {finding}")).collect()
}

/// What Redis would have the shop serve, and is wrong.
fn differences(compared: &Compared) -> Vec<String> {
    let wrong = compared.differences.iter().map(|difference| {
        format!(
            "{} is served, and {}; put there {} ago",
            difference.key,
            difference.what,
            in_words(difference.age)
        )
    });
    wrong.collect()
}

fn cache_lines(compared: &Compared) -> Vec<String> {
    let wrong = differences(compared).into_iter();
    let mut lines: Vec<String> = wrong.map(|wrong| format!("WRONG  caches: {wrong}")).collect();
    if lines.is_empty() {
        lines.push(format!(
            "ok     caches: {} values in Redis are what the database says",
            compared.equal
        ));
    }
    let left_out = [
        (
            compared.not_served,
            "would not be served: touched since, too old, or of another build or public URL",
        ),
        (
            compared.not_named,
            "are of searches and filters, which their names do not tell",
        ),
        (compared.restless, "changed too often to be compared"),
    ];
    let notes = left_out.into_iter().filter(|(count, _)| *count > 0);
    lines.extend(notes.map(|(count, why)| format!("note   caches: {count} values {why}")));
    lines
}

fn in_words(age: Duration) -> String {
    format!("{} min {} s", age.as_secs() / 60, age.as_secs() % 60)
}
