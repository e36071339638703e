//! What a form with a file sends. It is longer than other bodies, so its handler reads it, once it knows who sends it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use domain::refusal::FieldError;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fields::media;
use crate::layers::limits::BODY_MAX;
use crate::problem::Problem;

/// The addresses of forms with a file.
pub type UploadPaths = &'static [&'static str];

/// The longest file; of several files all together.
pub const FILE_MAX: usize = 5 * 1024 * 1024;
/// The most that is read: of a file that is too long the rest is thrown away, so that the form can be shown again as it was
/// typed.
const SENT_MAX: u64 = 2 * FILE_MAX as u64;
/// The most parts.
const PARTS_MAX: usize = 100;
/// How long everything may take to arrive.
pub(crate) const UPLOAD_TIME_MAX: Duration = Duration::from_secs(120);

/// Uploads that are in memory at the same time. Others wait, and their senders with them.
static SEATS: Semaphore = Semaphore::const_new(2);

/// The files of a form, as long as they are in memory.
pub(crate) struct Upload {
    pub(crate) texts: Vec<(String, String)>,
    files: Vec<(String, UploadedFile)>,
    _seat: SemaphorePermit<'static>,
}

enum UploadedFile {
    Whole(Vec<u8>),
    TooLarge,
}

/// Whether a request is what a form with a file sends to one of these addresses.
pub(crate) fn is_sent_to(paths: UploadPaths, request: &Request) -> bool {
    request.method() == Method::POST && paths.contains(&request.uri().path()) && has_parts(request)
}

/// Whether the body of a request has parts, as that of a form with a file.
pub fn has_parts(request: &Request) -> bool {
    media(request.headers()) == "multipart/form-data"
}

impl Upload {
    /// The file of a field; `None` when none was chosen. What a browser says of its name and kind is not looked at.
    pub(crate) fn file(&self, field: &str) -> Result<Option<&[u8]>, FieldError> {
        let found = self.files.iter().find(|(name, _)| name == field);
        match found.map(|(_, file)| file) {
            None => Ok(None),
            Some(UploadedFile::Whole(bytes)) => Ok(Some(bytes)),
            Some(UploadedFile::TooLarge) => Err(FieldError::new(field, "is larger than 5 MiB")),
        }
    }

    /// Reads the body of a request.
    pub(crate) async fn read(request: Request) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| Problem::unreadable())?;
        let received = tokio::time::timeout(UPLOAD_TIME_MAX, receive(request.into_body(), boundary));
        received.await.unwrap_or_else(|_| Err(Problem::too_slow()))
    }
}

async fn receive(body: Body, boundary: String) -> Result<Upload, Problem> {
    let seat = SEATS.acquire().await.map_err(|_| Problem::internal())?;
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(SENT_MAX));
    let stream: BodyDataStream = body.into_data_stream();
    let mut parts = Multipart::with_constraints(stream, boundary, limits);
    let mut upload = Upload {
        texts: Vec::new(),
        files: Vec::new(),
        _seat: seat,
    };
    let (mut text_room, mut file_room) = (BODY_MAX, FILE_MAX);
    for _ in 0..PARTS_MAX {
        let Some(mut part) = parts.next_field().await.map_err(|error| of_body(&error))? else {
            return Ok(upload);
        };
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let room = if file_name.is_some() {
            &mut file_room
        } else {
            &mut text_room
        };
        let content = whole(&mut part, *room).await?;
        *room -= content.as_ref().map_or(0, Vec::len);
        match (content, file_name) {
            (Some(text), None) => {
                upload.texts.push((name, String::from_utf8_lossy(&text).into_owned()));
            }
            (None, None) => return Err(Problem::too_large()),
            // What a browser sends for a field where no file was chosen.
            (Some(file), Some(file_name)) if file.is_empty() && file_name.is_empty() => {}
            (Some(file), Some(_)) => upload.files.push((name, UploadedFile::Whole(file))),
            (None, Some(_)) => upload.files.push((name, UploadedFile::TooLarge)),
        }
    }
    Err(Problem::unreadable())
}

/// A part, read to its end; `None` if it has more than `room` bytes.
async fn whole(part: &mut Field<'_>, room: usize) -> Result<Option<Vec<u8>>, Problem> {
    let mut content = Some(Vec::new());
    while let Some(chunk) = part.chunk().await.map_err(|error| of_body(&error))? {
        content = content.filter(|content| content.len() + chunk.len() <= room);
        if let Some(content) = &mut content {
            content.extend_from_slice(&chunk);
        }
    }
    Ok(content)
}

fn of_body(error: &multer::Error) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "VAL001",
            "The file is much larger than 5 MiB",
        ),
        _ => Problem::unreadable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "multipart/form-data; boundary=X";

    /// A part with this head.
    fn part(head: &str, content: &str) -> String {
        format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    }

    async fn read(kind: &str, body: String) -> Result<Upload, u16> {
        let request = Request::builder()
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap();
        Upload::read(request).await.map_err(|problem| problem.status.as_u16())
    }

    #[tokio::test]
    async fn texts_and_files_are_told_apart() {
        let body = part("name=\"a\"", "1\r\n2")
            + &part("name=\"none\"; filename=\"\"", "")
            + &part("name=\"f\"; filename=\"../../x\"", "\u{1}key")
            + &part("name=\"empty\"; filename=\"x\"", "")
            + "--X--\r\n";
        let upload = read(HEAD, body).await.ok().unwrap();
        assert_eq!(upload.texts, [("a".to_owned(), "1\r\n2".to_owned())]);
        let file = |name| upload.file(name).unwrap();
        assert_eq!(file("f"), Some(&b"\x01key"[..]));
        assert_eq!((file("empty"), file("none"), file("a")), (Some(&b""[..]), None, None));
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused_where_it_stands() {
        let file = |size: usize| part("name=\"f\"; filename=\"x\"", &"k".repeat(size));
        let end = part("name=\"after\"", "y") + "--X--\r\n";
        let upload = read(HEAD, file(FILE_MAX) + &end).await.ok().unwrap();
        assert_eq!(upload.file("f").unwrap().map(<[u8]>::len), Some(FILE_MAX));
        let upload = read(HEAD, file(FILE_MAX + 1) + &end).await.ok().unwrap();
        assert_eq!(upload.file("f").unwrap_err().message, "is larger than 5 MiB");
        assert_eq!(upload.texts, [("after".to_owned(), "y".to_owned())]);
        drop(upload);
        // Two files have no more room than one.
        let upload = read(HEAD, file(FILE_MAX) + &file(1).replace("\"f\"", "\"g\"") + &end).await;
        assert!(upload.ok().unwrap().file("g").is_err());
        assert_eq!(read(HEAD, file(2 * FILE_MAX) + &end).await.err(), Some(413));
        assert_eq!(
            read(HEAD, part("name=\"t\"", &"k".repeat(BODY_MAX + 1)) + &end)
                .await
                .err(),
            Some(413)
        );
        let many: String = (0..=PARTS_MAX).map(|_| part("name=\"t\"", "")).collect();
        assert_eq!(read(HEAD, many + &end).await.err(), Some(400));
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        let whole = part("name=\"a\"", "1") + "--X--\r\n";
        assert_eq!(
            read("multipart/form-data", whole.clone()).await.err(),
            Some(400),
            "no boundary"
        );
        assert_eq!(
            read("multipart/form-data; boundary=Y", whole.clone()).await.err(),
            Some(400)
        );
        for end in [whole.len() - 8, whole.len() / 2] {
            assert_eq!(read(HEAD, whole[..end].to_owned()).await.err(), Some(400), "cut off");
        }
        assert_eq!(read(HEAD, String::new()).await.err(), Some(400));
    }
}
