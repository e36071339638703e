//! `latchkey sync`: one sync in the foreground, with a progress bar.

use domain::refusal::Refusal;
use services::Error;
use tokio_util::sync::CancellationToken;

use super::Ended;
use crate::progress::SyncBar;
use crate::settings::Loaded;
use crate::stop;
use crate::wire::{self, House};

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let House { shop, db, demo } = wire::house(loaded).await?;
    let stopping = CancellationToken::new();
    let listening = tokio::spawn(stop_on_signal(stopping.clone()));
    let bar = SyncBar::new();
    let watcher = |progress| {
        bar.show(&progress);
        !stopping.is_cancelled()
    };
    let outcome = shop.sync_catalogue(&wire::process_name("sync"), &watcher).await;
    bar.clear();
    listening.abort();
    if let Some(demo) = demo {
        demo.stop().await;
    }
    db.close().await?;
    match outcome {
        Ok(report) => {
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(if report.error_count == 0 {
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

/// Stops the sync after the batch in hand: the lease goes back, and another sync may begin at once.
async fn stop_on_signal(stopping: CancellationToken) {
    match stop::asked().await {
        Ok(_) => stopping.cancel(),
        Err(error) => {
            tracing::warn!(%error, "signals cannot be heard: Ctrl-C does not stop this sync in an orderly way");
        }
    }
}
