//! `latchkey sync`: one sync in the foreground with a progress bar, or a dry run.

use domain::difference::Difference;
use domain::id::SupplierName;
use domain::refusal::Refusal;
use domain::sync::SyncReport;
use services::Error;
use services::trail::Actor;
use tokio_util::sync::CancellationToken;

use super::Ended;
use crate::cli::SyncArgs;
use crate::progress::SyncBar;
use crate::settings::{Loaded, Settings, SettingsError, Source};
use crate::stop;
use crate::wire::{self, RunningShop};

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: &SyncArgs) -> anyhow::Result<Ended> {
    let order = args.order();
    check_is_configured(&order.supplier, &loaded.settings)?;
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let RunningShop { shop, db, demo, .. } = wire::build_shop(loaded, public_url).await?;
    let stopping = CancellationToken::new();
    let listening = tokio::spawn(stop_on_signal(stopping.clone()));
    let words = tokio::spawn({
        let (shop, stopping) = (shop.clone(), stopping.clone());
        async move { shop.caches().wake_others_until(&stopping).await }
    });
    let bar = SyncBar::new(&order.supplier);
    let watcher = |progress| {
        bar.show(&progress);
        !stopping.is_cancelled()
    };
    let holder = wire::process_name("sync");
    let outcome = match args.accept {
        Some(run) => {
            let by = Actor::command(&format!("latchkey sync --accept ({holder})"));
            shop.sync().accept(run, &by).await
        }
        None if args.dry_run => {
            let shown = |difference| bar.above(|| print(&difference));
            shop.sync().preview(&order, &watcher, &shown).await
        }
        None => shop.sync().run(&order, &holder, &watcher).await,
    };
    bar.clear();
    listening.abort();
    words.abort();
    // Notify of the last commit before the process ends. If that fails, the next pulse of the others finds it.
    shop.caches().wake_others_once().await;
    if let Some(demo) = demo {
        demo.stop().await;
    }
    tracing::debug!(statements = db.statements(), "[Database] statements sent");
    db.close().await?;
    match outcome {
        Ok(report) if args.dry_run => {
            println!("{}", summary(&report));
            Ok(Ended::Done)
        }
        Ok(report) => {
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(if report.error_count == 0 || args.accept.is_some() {
                Ended::Done
            } else {
                Ended::FoundWrong
            })
        }
        Err(Error::Refused(stopped @ Refusal::SyncStopped)) => {
            println!("{stopped}");
            Ok(Ended::Interrupted)
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses a supplier that no setting names. Without G2A's settings the shop itself says that there is no supplier.
fn check_is_configured(supplier: &SupplierName, settings: &Settings) -> Result<(), SettingsError> {
    let mut names = vec![SupplierName::g2a().to_string()];
    names.extend(settings.suppliers.iter().map(|other| other.name.to_string()));
    if names.iter().any(|name| name == supplier.as_str()) {
        return Ok(());
    }
    Err(SettingsError::Invalid {
        name: "--supplier".to_owned(),
        shown_value: supplier.to_string(),
        expected: format!("one of {}", names.join(", ")),
        source: Source::CommandLine,
    })
}

/// Prints one product that would change: `+` for a new one, `~` for a change, field by field, `-` for one that would be
/// hidden.
#[expect(clippy::print_stdout, reason = "the command's answer")]
fn print(difference: &Difference) {
    match difference {
        Difference::Added { product, facts } => {
            println!(
                "+ {product} {}: {} EUR, {} copies",
                facts.title, facts.price, facts.copies
            );
        }
        Difference::Changed {
            product,
            title,
            shown_again,
            fields,
        } => {
            let again = if *shown_again { " (comes back)" } else { "" };
            println!("~ {product} {title}{again}");
            for change in fields {
                println!("    {}: {} -> {}", change.field, change.before, change.after);
            }
        }
        Difference::Hidden { product, title } => println!("- {product} {title}"),
    }
}

fn summary(report: &SyncReport) -> String {
    let mut text = format!(
        "{} added, {} changed, {} hidden, {} not readable or not to be sold; nothing was written",
        report.added, report.updated, report.removed, report.error_count
    );
    for error in &report.errors {
        let product = error.product_id.as_deref().unwrap_or("-");
        text += &format!("\n! {product} {}", error.reason);
    }
    text
}

/// Stops the sync after the current batch: the lease is released, and another sync may begin at once. The next crawl
/// resumes an interrupted one.
async fn stop_on_signal(stopping: CancellationToken) {
    match stop::asked().await {
        Ok(_) => stopping.cancel(),
        Err(error) => {
            tracing::warn!(%error, "signals cannot be heard: Ctrl-C does not stop this sync in an orderly way");
        }
    }
}
