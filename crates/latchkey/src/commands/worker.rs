//! `latchkey worker`: only jobs, for a second process beside `serve`.

use tokio_util::sync::CancellationToken;

use super::{Ended, work};
use crate::settings::Loaded;
use crate::stop;
use crate::wire::{self, RunningShop};

pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let timetable = work::timetable(loaded)?;
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let RunningShop { shop, db, demo, .. } = wire::build_shop(loaded, public_url).await?;
    let stopping = CancellationToken::new();
    let name = wire::process_name("worker");
    tracing::info!("[Job] {name} works until it is told to stop");
    let pulse = tokio::spawn({
        let (shop, stopping) = (shop.clone(), stopping.clone());
        async move { shop.caches().keep_in_step(stopping).await }
    });
    let trail = work::keep_trail_head(loaded, &shop, &stopping);
    let worker = tokio::spawn(work::run(shop, timetable, name, stopping.clone()));
    let signal = stop::asked().await?;
    tracing::info!("[Job] stopping: the current job step finishes");
    stopping.cancel();
    let rest = async { tokio::join!(worker, pulse, trail) };
    if tokio::time::timeout(work::STOP_WITHIN, rest).await.is_err() {
        tracing::warn!(
            "[Job] a step took longer than {:?} and was left; nothing committed is lost",
            work::STOP_WITHIN
        );
    }
    work::closed(demo, db, signal).await
}
