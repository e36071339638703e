//! `latchkey sync`: one sync in the foreground, with a progress bar.

use super::Ended;
use crate::progress::SyncBar;
use crate::settings::Loaded;
use crate::wire::{self, House};
use crate::stop;

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let House { shop, db, demo } = wire::house(loaded).await?;
    let bar = SyncBar::new();
    let show = |progress| bar.show(&progress);
    let holder = wire::process_name("sync");
    let ended = tokio::select! {
        report = shop.sync_catalogue(&holder, &show) => {
            bar.clear();
            let report = report?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            if report.error_count == 0 { Ended::Done } else { Ended::FoundWrong }
        }
        signal = stop::asked() => {
            bar.clear();
            signal?;
            println!("stopped: what was read is kept, and the next sync reads the rest");
            Ended::Interrupted
        }
    };
    if let Some(demo) = demo {
        demo.stop().await;
    }
    db.close().await?;
    Ok(ended)
}
