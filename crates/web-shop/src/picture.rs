//! `/picture/{game}/{number}/{fingerprint}`: pictures of games, from the shop's own address.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::GameId;
use domain::picture::Fingerprint;
use services::pictures::Picture;
use services::view::StoredPicture;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;
use uuid::Uuid;
use web_kit::problem::Problem;
use web_kit::{App, conditional, links};

/// Shown where a picture is not available; one shape for all, since each place for a picture sets its own size.
const PLACEHOLDER: &str = include_str!("../static/no-picture.svg");

/// A picture that is opened by itself is a document: it may use its own styles, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// The bytes that are read from the disk at once: what one response holds in memory.
const CHUNK: usize = 64 * 1024;

pub(crate) async fn show(
    State(app): State<App>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (game, number, fingerprint) = path
        .ok()
        .and_then(|Path(path)| read(&path))
        .ok_or_else(Problem::no_such_address)?;
    let found = app.shop.pictures().get(game, number, fingerprint).await?;
    let mut answer = match found.ok_or_else(Problem::no_such_address)? {
        Picture::Here(kept) => send(kept, &headers),
        Picture::Replaced(present) => to(&links::picture_of(game, number, present)),
        Picture::Missing => placeholder(),
    };
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(answer)
}

fn read((game, number, fingerprint): &(String, String, String)) -> Option<(GameId, usize, Fingerprint)> {
    let game = Uuid::try_parse(game).ok()?;
    let number: u16 = number.parse().ok()?;
    Some((GameId(game), number.into(), Fingerprint::parse(fingerprint)?))
}

fn send(kept: StoredPicture, request_headers: &HeaderMap) -> Response {
    let mut answer = if conditional::holds(request_headers, &kept.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let file = tokio::fs::File::from_std(kept.file).take(kept.length);
        let mut answer = Response::new(Body::from_stream(ReaderStream::with_capacity(file, CHUNK)));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kept.kind.media()));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(kept.length));
        answer
    };
    let headers = answer.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    if let Ok(etag) = HeaderValue::from_str(&kept.etag) {
        headers.insert(header::ETAG, etag);
    }
    answer
}

/// Redirects readers of an older page to the current picture of the game.
fn to(address: &str) -> Response {
    let mut answer = conditional::go_on(address);
    *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    answer
}

/// A successful response, so that a page with it is complete; it is requested again soon.
fn placeholder() -> Response {
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "public, max-age=60"),
        ],
        PLACEHOLDER,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_the_shop_writes_is_one() {
        let game = "01890a5d-ac96-774b-bcce-b302099a8057";
        let of = |game: &str, number: &str, fingerprint: &str| {
            read(&(game.to_owned(), number.to_owned(), fingerprint.to_owned())).is_some()
        };
        assert!(of(game, "0", "00ff00ff00ff00ff") && of(game, "12", "00ff00ff00ff00ff"));
        for (game, number, fingerprint) in [
            ("..", "0", "00ff00ff00ff00ff"),
            (game, "-1", "00ff00ff00ff00ff"),
            (game, "99999", "00ff00ff00ff00ff"),
            (game, "0", "../../../etc/pwd"),
            (game, "0", "00ff00ff00ff00f/"),
            (game, "0", "00FF00FF00FF00FF"),
            (game, "0", ""),
        ] {
            assert!(!of(game, number, fingerprint), "{game} {number} {fingerprint}");
        }
    }

    #[test]
    fn the_placeholder_is_a_picture() {
        use domain::picture::PictureKind;
        assert_eq!(PictureKind::of(PLACEHOLDER.as_bytes()), Some(PictureKind::Svg));
    }
}
