//! Where a feed comes from: a file of this machine or a web address, copied to a private file, bounded in size and time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    LOCATION,
};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::{CsvFeed, CsvSource, CsvVersion, SupplierError, unreachable, unusable};

/// From the request to the last byte: a server that sends a byte a minute would hold the sync for ever.
const TIME_MAX: Duration = Duration::from_secs(30 * 60);
const REDIRECTS_MAX: u32 = 3;
/// Copied at once.
const COPIED_BYTES: usize = 64 * 1024;

/// A private copy of the file. It has no name, so that it is gone when it is closed.
pub(super) struct Copy {
    pub(super) file: File,
    pub(super) bytes: u64,
    pub(super) version: CsvVersion,
}

impl CsvFeed {
    /// Copies the file; `None` if it is still the `known` version.
    pub(super) async fn copy(&self, known: Option<&CsvVersion>) -> Result<Option<Copy>, SupplierError> {
        let folder = self.folder.clone();
        match (&self.settings.source, &self.client) {
            (CsvSource::Path(path), _) => {
                let (path, bytes_max) = (path.clone(), self.bytes_max);
                let copied = tokio::task::spawn_blocking(move || of_path(&path, nameless(&folder)?, bytes_max)).await;
                copied
                    .unwrap_or_else(|gone| Err(unreachable(gone.to_string())))
                    .map(Some)
            }
            (CsvSource::Address { url, .. }, Some(client)) => {
                let copied = tokio::time::timeout(TIME_MAX, async {
                    match self.answer(client, url, known).await? {
                        Some(answer) => of_answer(answer, nameless(&folder)?, self.bytes_max).await.map(Some),
                        None => Ok(None),
                    }
                });
                copied.await.unwrap_or_else(|_| {
                    Err(unreachable(format!(
                        "no whole file within {} minutes",
                        TIME_MAX.as_secs() / 60
                    )))
                })
            }
            (CsvSource::Address { .. }, None) => Err(unreachable("there is no HTTP client")),
        }
    }

    /// The first answer that is no redirect; `None` if the file is still the `known` version.
    async fn answer(
        &self,
        client: &Client,
        first: &Url,
        known: Option<&CsvVersion>,
    ) -> Result<Option<Response>, SupplierError> {
        let mut url = first.clone();
        for _ in 0..=REDIRECTS_MAX {
            let answer = client.get(url.clone()).headers(self.headers(known)).send().await;
            let answer = answer.map_err(failed)?;
            let status = answer.status();
            if status == StatusCode::NOT_MODIFIED && known.is_some() {
                return Ok(None);
            }
            if status.is_success() {
                return Ok(Some(answer));
            }
            let next = answer.headers().get(LOCATION).filter(|_| status.is_redirection());
            let Some(next) = next.and_then(|next| next.to_str().ok()) else {
                return Err(refused(status));
            };
            url = url
                .join(next)
                .map_err(|error| unusable(format!("a redirect to no address: {error}")))?;
            // The credential goes with it: the same scheme, name and port.
            if url.origin() != first.origin() {
                return Err(unusable("a redirect to another host"));
            }
        }
        Err(unusable(format!("more than {REDIRECTS_MAX} redirects")))
    }

    fn headers(&self, known: Option<&CsvVersion>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let CsvSource::Address {
            authorization: Some(value),
            ..
        } = &self.settings.source
        {
            headers.insert(AUTHORIZATION, value.clone());
        }
        let conditions = [
            (IF_NONE_MATCH, known.and_then(|known| known.etag.as_deref())),
            (
                IF_MODIFIED_SINCE,
                known.and_then(|known| known.last_modified.as_deref()),
            ),
        ];
        for (name, value) in conditions {
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

/// Copies a regular file, and compares its size and time before and after.
fn of_path(path: &Path, mut copy: File, bytes_max: u64) -> Result<Copy, SupplierError> {
    let shown = path.display();
    let cannot = |error: io::Error| unreachable(format!("{shown}: {error}"));
    // Looked at before it is opened: whoever opens a pipe waits for its other end.
    if !fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(unreachable(format!("{shown} is not a regular file")));
    }
    let mut file = File::open(path).map_err(cannot)?;
    let before = file.metadata().map_err(cannot)?;
    if before.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    // One byte more than there was at first: a file that grows shows it.
    let mut source = (&mut file).take(before.len() + 1);
    let mut buffer = vec![0; COPIED_BYTES];
    let mut bytes = 0;
    loop {
        let read = source.read(&mut buffer).map_err(cannot)?;
        if read == 0 {
            break;
        }
        copy.write_all(&buffer[..read]).map_err(|error| not_kept(&error))?;
        bytes += read as u64;
    }
    let after = fs::metadata(path).map_err(cannot)?;
    let is_same =
        bytes == before.len() && after.len() == before.len() && after.modified().ok() == before.modified().ok();
    if !is_same {
        return Err(unusable(format!(
            "{shown} changed while it was read: it had {} bytes, then {}",
            before.len(),
            after.len().max(bytes)
        )));
    }
    Ok(Copy {
        file: copy,
        bytes,
        version: CsvVersion::default(),
    })
}

async fn of_answer(mut answer: Response, copy: File, bytes_max: u64) -> Result<Copy, SupplierError> {
    if answer.headers().contains_key(CONTENT_ENCODING) {
        return Err(unusable("the file is sent compressed, which was not asked for"));
    }
    if answer.content_length().is_some_and(|bytes| bytes > bytes_max) {
        return Err(too_large(bytes_max));
    }
    let header = |name: HeaderName| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    let version = CsvVersion {
        etag: header(ETAG),
        last_modified: header(LAST_MODIFIED),
        ..CsvVersion::default()
    };
    let mut copy = tokio::fs::File::from_std(copy);
    let mut bytes = 0;
    // An answer that ends before the length that it promised is an error of the connection.
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        bytes += chunk.len() as u64;
        if bytes > bytes_max {
            return Err(too_large(bytes_max));
        }
        tokio::io::AsyncWriteExt::write_all(&mut copy, &chunk)
            .await
            .map_err(|error| not_kept(&error))?;
    }
    tokio::io::AsyncWriteExt::flush(&mut copy)
        .await
        .map_err(|error| not_kept(&error))?;
    Ok(Copy {
        file: copy.into_std().await,
        bytes,
        version,
    })
}

/// A new file without a name, to write and to read.
fn nameless(folder: &Path) -> Result<File, SupplierError> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder).map_err(|error| not_kept(&error))?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("feed-{}-{number}", std::process::id()));
    // What a process of the same number left when it was killed between the two lines below.
    let _ = fs::remove_file(&path);
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = file.map_err(|error| not_kept(&error))?;
    fs::remove_file(&path).map_err(|error| not_kept(&error))?;
    Ok(file)
}

fn refused(status: StatusCode) -> SupplierError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SupplierError::Credentials(status.to_string()),
        StatusCode::TOO_MANY_REQUESTS => SupplierError::Rate(status.to_string()),
        status => unreachable(format!("the server answers {status}")),
    }
}

fn too_large(bytes_max: u64) -> SupplierError {
    unusable(format!("the file has more than {bytes_max} bytes"))
}

fn not_kept(error: &io::Error) -> SupplierError {
    unreachable(format!("the copy of the file cannot be written: {error}"))
}

/// The chain of causes, without the address: its query may hold a secret.
pub(super) fn failed(error: reqwest::Error) -> SupplierError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    unreachable(text)
}
