//! Pictures of games at the shop's own address: downloaded once from the supplier's address, stored, served.

mod downloads;

use std::io;
use std::time::Duration;

use domain::id::GameId;
use domain::picture::{Fingerprint, is_on_the_web};
use futures::future::BoxFuture;
use gateways::Pictures;
use gateways::pictures::{Fetched, PictureError, PictureStore, StoredPicture};

use crate::{Error, PictureService, costly};
pub(crate) use downloads::PictureDownloads;
use downloads::{Joined, PictureDownload};

/// How long a request waits for a download. The picture is stored even if it arrives later.
const PATIENCE: Duration = Duration::from_secs(4);

/// Settings of pictures.
#[derive(Clone, Debug)]
pub struct PictureRules {
    /// Downloads them.
    pub source: Pictures,
    /// Stores them.
    pub store: PictureStore,
}

/// The result of requesting a picture.
#[derive(Debug)]
pub enum Picture {
    /// The picture.
    Here(StoredPicture),
    /// The game shows another picture in its place now.
    Replaced(Fingerprint),
    /// It is not available, or not yet.
    Missing,
}

impl<'a> PictureService<'a> {
    /// Picture `number` of a game: 0 is its cover, from 1 on they are all of its pictures. The fingerprint is known
    /// from the game's page. `None`: the game is not shown, or has no such picture.
    ///
    /// A stored picture is served without the database. The address for a download comes from the database, never from
    /// the caller.
    pub fn get(
        self,
        game: GameId,
        number: usize,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'a, Result<Option<Picture>, Error>> {
        Box::pin(async move {
            if let Some(kept) = self.kept(fingerprint).await {
                return Ok(Some(Picture::Here(kept)));
            }
            let Some(address) = self.picture_address(game, number).await? else {
                return Ok(None);
            };
            let present = Fingerprint::of(&address);
            if present != fingerprint {
                return Ok(Some(Picture::Replaced(present)));
            }
            let mut ended = match self.shop.downloads.join(fingerprint, &address, self.shop.now()) {
                Joined::UnderWay(ended) => ended,
                Joined::Mine(download, ended) => {
                    // On an error the download is dropped and so ends: the next caller may begin it.
                    costly::spend()?;
                    // In a task of its own: a client that disconnects does not stop it for the others.
                    let shop = self.shop.clone();
                    tokio::spawn(async move { shop.pictures().run(download).await });
                    ended
                }
                Joined::NotNow => return Ok(Some(Picture::Missing)),
            };
            // No value is sent: the download's end closes the channel.
            let _ = tokio::time::timeout(PATIENCE, ended.changed()).await;
            let kept = self.kept(fingerprint).await;
            Ok(Some(kept.map_or(Picture::Missing, Picture::Here)))
        })
    }

    async fn picture_address(&self, game: GameId, number: usize) -> Result<Option<String>, Error> {
        let found = self.shop.db().catalog().pictures_of(game).await?;
        let address = found.and_then(|(cover, others)| match number.checked_sub(1) {
            None => Some(cover),
            Some(at) => others.into_iter().nth(at),
        });
        Ok(address.filter(|address| is_on_the_web(address)))
    }

    async fn kept(&self, fingerprint: Fingerprint) -> Option<StoredPicture> {
        let store = self.shop.parts.pictures.store.clone();
        // A task that panicked found no picture.
        tokio::task::spawn_blocking(move || store.find(fingerprint))
            .await
            .ok()
            .flatten()
    }

    async fn run(self, download: PictureDownload) {
        let fingerprint = download.fingerprint;
        // The previous download may have ended between this caller's look-up and its joining.
        if self.kept(fingerprint).await.is_some() {
            return;
        }
        let seat = self.shop.downloads.seat().await;
        // Another download may have found out meanwhile that the host does not answer.
        if self
            .shop
            .downloads
            .is_backing_off(fingerprint, &download.address, self.shop.now())
        {
            return;
        }
        let fetched = self.shop.parts.pictures.source.fetch(&download.address).await;
        drop(seat);
        let (outcome, for_all) = match fetched {
            // If a picture cannot be stored, it is not downloaded again for each reader.
            Ok(fetched) => match self.keep(fingerprint, fetched).await {
                Ok(()) => ("kept", None),
                Err(error) => {
                    tracing::error!(%error, "[Pictures] a picture cannot be stored");
                    ("not_kept", Some(false))
                }
            },
            Err(error) => {
                let address = &download.address;
                tracing::info!(%address, %error, "[Pictures] a picture cannot be downloaded");
                ("failed", Some(matches!(error, PictureError::Unreachable(_))))
            }
        };
        if let Some(for_all) = for_all {
            self.shop.downloads.failed(&download, for_all, self.shop.now());
        }
        metrics::counter!("pictures_fetched_total", "outcome" => outcome).increment(1);
    }

    async fn keep(&self, fingerprint: Fingerprint, fetched: Fetched) -> io::Result<()> {
        let store = self.shop.parts.pictures.store.clone();
        let keep = move || store.keep(fingerprint, fetched.kind, &fetched.bytes);
        tokio::task::spawn_blocking(keep).await?
    }
}
