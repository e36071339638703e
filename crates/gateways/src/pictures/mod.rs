//! Pictures of games, downloaded from the supplier's addresses: limited in size and time, and only from public hosts;
//! and the store of downloaded pictures.

mod machines;
mod store;

use std::sync::Arc;
use std::time::Duration;

use domain::picture::PictureKind;
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use thiserror::Error as ThisError;
use url::Url;

pub(crate) use machines::is_public;
use machines::{PublicMachines, Reachable};
pub use store::{PictureStore, StoredPicture};

/// The largest picture, in bytes.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The time limit of one picture, redirects included.
const TIME_MAX: Duration = Duration::from_secs(8);
const CONNECT_MAX: Duration = Duration::from_secs(3);
const REDIRECTS_MAX: u32 = 3;

/// Downloads pictures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pictures {
    client: Client,
    reachable: Arc<Reachable>,
}

/// A downloaded picture.
#[derive(Debug)]
pub struct Fetched {
    /// Its format, by its bytes.
    pub kind: PictureKind,
    /// At most [`BYTES_MAX`].
    pub bytes: Vec<u8>,
}

/// Why a download failed. The text is for operators and logs.
#[derive(Debug, ThisError)]
pub enum PictureError {
    /// Not an allowed address.
    #[error("the address is not one that the shop asks: {0}")]
    Forbidden(String),
    /// The host cannot be reached, took too long, or limits requests.
    #[error("the machine does not answer: {0}")]
    Unreachable(String),
    /// It has no such picture.
    #[error("the answer is {0}")]
    Refused(StatusCode),
    /// The bytes are not a picture.
    #[error("the answer is no picture")]
    NoPicture,
    /// More than [`BYTES_MAX`].
    #[error("the picture is larger than {BYTES_MAX} bytes")]
    TooLarge,
}

impl Pictures {
    /// Downloads pictures from public hosts, and from the origin of the supplier's own address, wherever that is: the
    /// shop calls it anyway.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(supplier: Option<&Url>) -> Result<Self, PictureError> {
        let reachable = Arc::new(Reachable::besides(supplier));
        // A second caller finds it installed already, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_MAX)
            .timeout(TIME_MAX)
            // Each redirect is checked before it is followed.
            .redirect(redirect::Policy::none())
            // A proxy would resolve the names itself.
            .no_proxy()
            // The size limit applies to the bytes received.
            .no_gzip()
            .no_brotli()
            .dns_resolver(PublicMachines::new(Arc::clone(&reachable)))
            .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unreachable(&error))?;
        Ok(Self { client, reachable })
    }

    /// Downloads one picture, in 8 seconds at most.
    ///
    /// # Errors
    /// What keeps it from coming.
    pub async fn fetch(&self, address: &str) -> Result<Fetched, PictureError> {
        let fetched = tokio::time::timeout(TIME_MAX, async { read(self.answer(address).await?).await });
        fetched.await.unwrap_or_else(|_| {
            Err(PictureError::Unreachable(format!(
                "no whole picture within {TIME_MAX:?}"
            )))
        })
    }

    /// The first response that is not a redirect.
    async fn answer(&self, address: &str) -> Result<Response, PictureError> {
        let forbidden = |why: String| PictureError::Forbidden(why);
        let mut url = Url::parse(address).map_err(|error| forbidden(error.to_string()))?;
        for _ in 0..=REDIRECTS_MAX {
            if !self.reachable.may_be_asked(&url) {
                return Err(forbidden(url.into()));
            }
            let answer = self
                .client
                .get(url.clone())
                .send()
                .await
                .map_err(|error| unreachable(&error))?;
            let status = answer.status();
            if status.is_success() {
                return Ok(answer);
            }
            let next = answer.headers().get(LOCATION).filter(|_| status.is_redirection());
            let Some(next) = next.and_then(|next| next.to_str().ok()) else {
                let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
                return Err(if is_busy {
                    PictureError::Unreachable(status.to_string())
                } else {
                    PictureError::Refused(status)
                });
            };
            url = url.join(next).map_err(|error| forbidden(error.to_string()))?;
        }
        Err(forbidden(format!("more than {REDIRECTS_MAX} redirects")))
    }
}

/// The bytes of a response, if they are a picture.
async fn read(mut answer: Response) -> Result<Fetched, PictureError> {
    let said = answer.headers().get(CONTENT_LENGTH);
    let said: Option<usize> = said.and_then(|length| length.to_str().ok()?.parse().ok());
    if said.is_some_and(|length| length > BYTES_MAX) {
        return Err(PictureError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(said.unwrap_or_default());
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
        if bytes.len() + chunk.len() > BYTES_MAX {
            return Err(PictureError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    let kind = PictureKind::of(&bytes).ok_or(PictureError::NoPicture)?;
    Ok(Fetched { kind, bytes })
}

/// The whole chain of causes: the outermost one only says that something failed.
fn unreachable(error: &reqwest::Error) -> PictureError {
    let mut text = error.to_string();
    let mut reason: &dyn std::error::Error = error;
    while let Some(deeper) = reason.source() {
        text = format!("{text}: {deeper}");
        reason = deeper;
    }
    PictureError::Unreachable(text)
}
