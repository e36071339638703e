//! Pictures of games from the shop's own address: downloaded once from where the supplier says, stored, shown.

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

/// How long a reader waits for a picture that is fetched. It is stored all the same when it comes later.
const PATIENCE: Duration = Duration::from_secs(4);

/// How a shop shows pictures.
#[derive(Clone, Debug)]
pub struct PictureRules {
    /// Whom it asks for them.
    pub source: Pictures,
    /// Where it stores them.
    pub store: PictureStore,
}

/// What there is at the address of a picture.
#[derive(Debug)]
pub enum Picture {
    /// The picture.
    Here(StoredPicture),
    /// The game shows another one in its place now.
    Replaced(Fingerprint),
    /// It cannot be had, or not yet.
    Missing,
}

impl<'a> PictureService<'a> {
    /// Picture `number` of a game: 0 is its cover, from 1 on they are all of its pictures. Whoever asks knows its
    /// fingerprint from the game's page. `None`: the game is not shown, or has no such picture.
    ///
    /// A stored one is shown without asking the database. Where one is downloaded from, the database says, never who asks.
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
                    // Given back, it is over: whoever asks next may begin it.
                    costly::spend()?;
                    // In a task of its own: who hangs up does not stop it for the others.
                    let shop = self.shop.clone();
                    tokio::spawn(async move { shop.pictures().run(download).await });
                    ended
                }
                Joined::NotNow => return Ok(Some(Picture::Missing)),
            };
            // Nothing is ever sent: the download's end closes the channel.
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
        // A task that panicked found nothing.
        tokio::task::spawn_blocking(move || store.find(fingerprint))
            .await
            .ok()
            .flatten()
    }

    async fn run(self, download: PictureDownload) {
        let fingerprint = download.fingerprint;
        // The download before this one may have ended between the reader's look and its joining.
        if self.kept(fingerprint).await.is_some() {
            return;
        }
        let seat = self.shop.downloads.seat().await;
        // Another one may have learned meanwhile that the machine does not answer.
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
            // Where one cannot be stored, downloading it for each reader helps nobody.
            Ok(fetched) => match self.keep(fingerprint, fetched).await {
                Ok(()) => ("kept", None),
                Err(error) => {
                    tracing::error!(%error, "[Pictures] a picture cannot be kept");
                    ("not_kept", Some(false))
                }
            },
            Err(error) => {
                let address = &download.address;
                tracing::info!(%address, %error, "[Pictures] a picture cannot be had");
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
