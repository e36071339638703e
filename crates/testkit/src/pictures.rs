//! Picture folders for test shops, and a server with pictures: valid ones, and everything that can go wrong.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use gateways::Pictures;
use gateways::pictures::PictureStore;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use tokio::net::TcpListener;
use url::Url;

use crate::database::own_folder;
use crate::shop::Rules;
use crate::{Kind, TestShop};

/// Space for every picture of a test that does not set a limit.
const PLENTY: u64 = 64 * 1024 * 1024;

/// A folder for pictures, deleted with its last holder.
#[derive(Clone, Debug)]
pub struct PictureFolder(Arc<Owned>);

#[derive(Debug)]
struct Owned(PathBuf);

impl PictureFolder {
    /// A new one, empty.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self(Arc::new(Owned(own_folder().join("pictures"))))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.0.0
    }

    /// Pictures from public hosts and from this origin, stored here in at most so many bytes.
    ///
    /// # Panics
    /// When no client can be made.
    #[must_use]
    pub fn rules(&self, from: &str, bytes_max: u64) -> PictureRules {
        let from: Url = from.parse().expect("an address");
        PictureRules {
            source: Pictures::new(Some(&from)).expect("a client"),
            store: PictureStore::in_folder(self.path(), bytes_max),
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Leftovers are in the system's folder for temporary files.
        let _ignored = std::fs::remove_dir_all(self.0.parent().unwrap_or(&self.0));
    }
}

/// For a shop whose pictures are not requested.
///
/// # Panics
/// When no client can be made.
#[must_use]
pub fn none() -> PictureRules {
    PictureRules {
        source: Pictures::new(None).expect("a client"),
        store: PictureStore::in_folder(std::path::Path::new("/nonexistent"), 0),
    }
}

pub(crate) fn from_supplier(folder: &PictureFolder, url: &str) -> PictureRules {
    folder.rules(url, PLENTY)
}

impl TestShop {
    /// A shop without games, whose pictures come from `server` and are stored in `folder`, in at most so many bytes.
    ///
    /// # Panics
    /// When it cannot be built: then no test can run.
    pub async fn showing(kind: Kind, server: &PictureServer, folder: &PictureFolder, bytes_max: u64) -> Self {
        let rules = Rules {
            sync: SyncRules::default(),
            pictures: Some(folder.rules(&server.url, bytes_max)),
            ..Rules::default()
        };
        Box::pin(Self::built(kind, rules)).await
    }
}

/// A server on this machine that counts its requests.
#[derive(Clone, Debug)]
pub struct PictureServer {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl PictureServer {
    /// Starts one. It has `/fine/{anything}`, a picture of 10,000 bytes; and `/slow`, `/large`, `/page` (with a
    /// picture's type), `/drawing` (an SVG with a script in it), `/cut` (which ends too soon), `/to/{address}` (a
    /// redirect). All else is 404.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Self {
            url,
            asked: Arc::default(),
        };
        let router = Router::new().route("/{*path}", get(answer)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// The number of requests for this path.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        self.counts().get(path).copied().unwrap_or_default()
    }

    /// The number of all requests.
    #[must_use]
    pub fn asked_at_all(&self) -> usize {
        self.counts().values().sum()
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<String, usize>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file of so many bytes with the header of a PNG.
#[must_use]
pub fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(length, 7);
    bytes
}

async fn answer(State(server): State<PictureServer>, Path(path): Path<String>) -> Response {
    *server.counts().entry(format!("/{path}")).or_default() += 1;
    let picture = [(header::CONTENT_TYPE, "image/png")];
    match path.split_once('/').unwrap_or((&path, "")) {
        ("fine", _) => {
            // Long enough for readers to share a download.
            tokio::time::sleep(Duration::from_millis(100)).await;
            (picture, png(10_000)).into_response()
        }
        ("slow", _) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            (picture, png(100)).into_response()
        }
        ("large", "said") => (picture, png(5 * 1024 * 1024)).into_response(),
        ("large", _) => {
            let pieces = (0..5).map(|_| Ok::<_, std::io::Error>(png(1024 * 1024)));
            (picture, Body::from_stream(futures::stream::iter(pieces))).into_response()
        }
        ("cut", _) => {
            let pieces = [Ok(png(1_000)), Err(std::io::Error::other("cut off"))];
            (picture, Body::from_stream(futures::stream::iter(pieces))).into_response()
        }
        ("page", _) => (picture, "<!doctype html><script>alert(1)</script>").into_response(),
        ("drawing", _) => {
            let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
            // The declared type does not matter.
            ([(header::CONTENT_TYPE, "text/plain")], drawing).into_response()
        }
        ("to", address) => Redirect::temporary(address).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
