//! What `latchkey doctor` says of each supplier: whether it answers, how many products it has, how its last sync ended.

use std::sync::Arc;

use domain::id::SupplierName;
use gateways::Supplier;
use gateways::pace::LocalPace;
use storage::Db;

use super::Finding;
use crate::settings::Loaded;
use crate::wire;

/// Checks G2A, and each supplier of `[suppliers]`.
pub(super) async fn check(loaded: &Loaded) -> Vec<(String, Finding)> {
    // What the database says is an extra: that it does not answer is told above.
    let db = wire::open_database(&loaded.settings).await.ok();
    let name = SupplierName::g2a();
    let found = g2a(loaded).await;
    let mut findings = vec![(
        format!("supplier {name}"),
        with_last_sync(found, db.as_ref(), &name).await,
    )];
    for other in &loaded.settings.suppliers {
        let found = match wire::csv_supplier(other, &loaded.settings) {
            Ok(list) => answer(&list).await,
            Err(error) => Err(error),
        };
        let found = found.map_or_else(
            |error| {
                Finding::Wrong(
                    format!("{error:#}"),
                    "check source, encoding, separator and columns of this supplier, and that this machine may read the list",
                )
            },
            |total| Finding::Fine(format!("its list can be read, and has {total} products")),
        );
        let name = &other.name;
        findings.push((
            format!("supplier {name}"),
            with_last_sync(found, db.as_ref(), name).await,
        ));
    }
    if let Some(db) = db {
        let _closed = db.close().await;
    }
    findings
}

async fn g2a(loaded: &Loaded) -> Finding {
    let Some(account) = &loaded.settings.supplier.account else {
        return match loaded.resolve_demo() {
            Ok(true) => Finding::Fine("the built-in demo supplier, run by `latchkey serve`".to_owned()),
            _ if loaded.settings.suppliers.is_empty() => {
                Finding::Note("none is set: the shop sells what it knows and cannot sync".to_owned())
            }
            _ => Finding::Fine("not set: the shop has other suppliers".to_owned()),
        };
    };
    // A call outside the shared rate limit, so that it also works when the database does not.
    let checked = match wire::supplier(account, Arc::new(LocalPace::per_minute(600))) {
        Ok(supplier) => answer(&supplier).await,
        Err(error) => Err(error),
    };
    checked.map_or_else(
        |error| {
            Finding::Wrong(
                format!("{error:#}"),
                "check supplier.api_url, the credentials, and that the supplier knows this machine's address",
            )
        },
        |total| Finding::Fine(format!("answers, and has {total} products")),
    )
}

async fn answer(supplier: &dyn Supplier) -> anyhow::Result<u64> {
    Ok(supplier.check().await?)
}

/// Adds how the supplier's last sync ended, if it did not end well.
async fn with_last_sync(found: Finding, db: Option<&Db>, name: &SupplierName) -> Finding {
    let Finding::Fine(text) = found else { return found };
    let run = match db {
        Some(db) => db.sync_runs().latest_of(name).await.ok().flatten(),
        None => None,
    };
    let Some((run, outcome)) = run.and_then(|run| run.outcome.clone().map(|outcome| (run, outcome))) else {
        return Finding::Fine(text);
    };
    if outcome == "complete" && run.report.error_count == 0 {
        return Finding::Fine(text);
    }
    let reason = run.report.errors.first().map(|error| match &error.product_id {
        Some(product) => format!(": product {product}: {}", error.reason),
        None => format!(": {}", error.reason),
    });
    Finding::Note(format!(
        "{text}; its last sync ({}, {}) is {outcome} with {} errors{}",
        run.kind,
        run.started_at,
        run.report.error_count,
        reason.unwrap_or_default()
    ))
}
