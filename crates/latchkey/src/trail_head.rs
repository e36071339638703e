//! The head of the trail in the data folder, outside the database: so a tail that is cut off there is found.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use services::Shop;
use services::trail::KnownHead;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::data_folder;

/// In the data folder: the trail's id, the number of its last entry, and that entry's code.
const FILE: &str = "trail-head";
/// How often it is written down.
const EVERY: Duration = Duration::from_secs(60);

/// Writes the head down every minute until `stopping`, and once more then.
pub(crate) async fn keep(shop: Shop, folder: &Path, stopping: CancellationToken) {
    loop {
        write_down(&shop, folder).await;
        tokio::select! {
            () = stopping.cancelled() => break,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    write_down(&shop, folder).await;
}

/// Writes the head down once; a failure is logged.
pub(crate) async fn write_down(shop: &Shop, folder: &Path) {
    if let Err(error) = try_to_write_down(shop, folder).await {
        tracing::error!("[Trail] the head of the trail could not be written down: {error:#}");
    }
}

/// The head that was written down last, if one was.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn known(folder: &Path) -> anyhow::Result<Option<KnownHead>> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mut words = text.split_whitespace();
    let (Some(trail), Some(seq), Some(mac), None) = (words.next(), words.next(), words.next(), words.next()) else {
        bail!("{} was changed: it holds no head of a trail", path.display());
    };
    let head = Uuid::parse_str(trail).ok().zip(seq.parse().ok());
    let (trail, seq) = head.with_context(|| format!("{} was changed: it holds no head of a trail", path.display()))?;
    Ok(Some(KnownHead {
        trail,
        seq,
        mac: mac.to_owned(),
    }))
}

async fn try_to_write_down(shop: &Shop, folder: &Path) -> anyhow::Result<()> {
    // Before the head: another process may write down a later one meanwhile.
    let known = known(folder)?;
    let Some(head) = shop.trail().head().await? else {
        if known.is_some_and(|known| known.seq > 0) {
            bail!("the database has no trail, and the data folder remembers one: `latchkey audit` says more");
        }
        return Ok(());
    };
    match known {
        Some(known) if known == head => return Ok(()),
        // What was written down stays: it is the evidence.
        Some(known) if known.trail != head.trail || known.seq >= head.seq => bail!(
            "the trail in the database does not go on from entry {} that the data folder remembers: `latchkey audit` says more",
            known.seq
        ),
        _ if head.seq == 0 => return Ok(()),
        _ => {}
    }
    let text = format!("{} {} {}\n", head.trail, head.seq, head.mac);
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || replace(&folder, &text)).await??;
    Ok(())
}

/// Replaces the file as a whole, and syncs it to the disk.
fn replace(folder: &Path, text: &str) -> std::io::Result<()> {
    data_folder::make(folder)?;
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    data_folder::write(&draft, text)?;
    File::open(&draft)?.sync_all()?;
    fs::rename(&draft, folder.join(FILE))?;
    File::open(folder)?.sync_all()
}
